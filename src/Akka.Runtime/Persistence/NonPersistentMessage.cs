using Akka.Actor;

namespace Akka.Persistence;

/// <summary>A deferred event: passes through the journal, so that it keeps its place among the writes, and is not stored.</summary>
internal sealed class NonPersistentMessage(object payload, IActorRef? sender) : IPersistentEnvelope
{
    public object Payload { get; } = payload;

    public IActorRef Sender { get; } = sender!;

    public int Size => 1;
}
