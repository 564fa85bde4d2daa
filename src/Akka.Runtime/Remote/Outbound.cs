using Akka.Actor;

namespace Akka.Remote;

/// <summary>
/// What waits for a connection's writer: a message; a system message, which has a number in an
/// epoch of the outbox; or, without a message, a call to look at what the association wants sent beside messages.
/// </summary>
internal readonly record struct Outbound(object? Message, IActorRef? Sender, RemoteActorRef? Recipient, ulong SystemNumber = 0, int Epoch = 0);
