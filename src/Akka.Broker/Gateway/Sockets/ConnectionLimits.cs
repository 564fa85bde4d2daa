namespace Akka.Broker.Gateway.Sockets;

/// <summary>What one connection, and all of them together, may cost. Where Kafka has a setting of that meaning, its name stands beside it.</summary>
public sealed record ConnectionLimits
{
    /// <summary>The longest request frame; a longer one closes its connection unread (<c>socket.request.max.bytes</c>).</summary>
    public int RequestBytesMax { get; init; } = 100 * 1024 * 1024;

    /// <summary>Request memory of all connections together; beyond it they are read no further until some is free (<c>queued.max.request.bytes</c>).</summary>
    public long QueuedRequestBytesMax { get; init; } = 512L * 1024 * 1024;

    /// <summary>Requests of one connection that are worked on at a time; further ones stay in the socket.</summary>
    public int RequestsInFlightMax { get; init; } = 128;

    /// <summary>Bytes of one connection's requests that are worked on at a time; a single larger one is let through alone.</summary>
    public int RequestBytesInFlightMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Memory of finished responses that a client has not read yet; while it is exceeded no further request is read.</summary>
    public int ResponseBytesPendingMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Open connections of all listeners (<c>max.connections</c>); one more is closed at once.</summary>
    public int ConnectionsMax { get; init; } = int.MaxValue;

    /// <summary>Of one address (<c>max.connections.per.ip</c>); one more is closed at once.</summary>
    public int ConnectionsPerIpMax { get; init; } = int.MaxValue;

    /// <summary>A connection without a request for so long, and with none in work, is closed (<c>connections.max.idle.ms</c>).</summary>
    public int IdleMsMax { get; init; } = 10 * 60 * 1000;

    /// <summary>A client that takes nothing of what is sent to it for so long is cut off.</summary>
    public int SendBlockedMsMax { get; init; } = 30 * 1000;

    /// <summary>Socket buffers (<c>socket.send.buffer.bytes</c>, <c>socket.receive.buffer.bytes</c>); -1 leaves them to the operating system.</summary>
    public int SendBufferBytes { get; init; } = -1;

    public int ReceiveBufferBytes { get; init; } = -1;
}
