namespace Akka.Remote;

/// <summary>
/// What goes over a connection: <c>length (int32 LE, of the rest) │ kind │ body</c>, one after the other.
/// <code>
///   Hello     initiator: magic, version, own address, uid, the address it means, its attempt, the receiver's last attempt it accepted
///   Welcome   acceptor:  magic, version, own address, uid
///   Refuse    acceptor:  reason, text; then closes
///   Message   recipient, sender, serializer, manifest, payload
///   System    number, then as Message
///   Ack       all system messages up to a number are delivered
///   Heartbeat
///   Goodbye   reason, text; then closes
/// </code>
/// </summary>
internal enum FrameKind : byte
{
    Hello = 1,
    Welcome = 2,
    Refuse = 3,
    Message = 4,
    System = 5,
    Ack = 6,
    Heartbeat = 7,
    Goodbye = 8,
}

/// <summary>Why one side wants no connection.</summary>
internal enum PartingReason : byte
{
    Shutdown = 1,
    Quarantined = 2,

    /// <summary>There is a connection already, or another attempt goes first.</summary>
    Duplicate = 3,

    /// <summary>The address that was meant is not this system's, or the version is another.</summary>
    Misdirected = 4,
}
