namespace Akka.Actor;

/// <summary>A handle to an actor: the only thing that others hold of it. Equality is by path and uid.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, IComparable
{
    ActorPath Path { get; }
}
