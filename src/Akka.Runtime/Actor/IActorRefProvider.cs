namespace Akka.Actor;

/// <summary>Resolves paths to references, and knows the addresses of its system.</summary>
public interface IActorRefProvider
{
    ActorPath RootPath { get; }

    Address DefaultAddress { get; }

    IActorRef DeadLetters { get; }

    IActorRef ResolveActorRef(string path);

    IActorRef ResolveActorRef(ActorPath actorPath);

    /// <summary>The address by which that one can reach this system; null if it cannot.</summary>
    Address? GetExternalAddressFor(Address address);
}
