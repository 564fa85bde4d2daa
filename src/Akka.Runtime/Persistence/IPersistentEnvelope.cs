using Akka.Actor;

namespace Akka.Persistence;

/// <summary>One entry of what a persistent actor hands to its journal.</summary>
public interface IPersistentEnvelope
{
    object Payload { get; }

    IActorRef Sender { get; }

    int Size { get; }
}
