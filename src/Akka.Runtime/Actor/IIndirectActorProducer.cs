namespace Akka.Actor;

/// <summary>Makes actors in a way of its own, such as from a container of dependencies.</summary>
public interface IIndirectActorProducer
{
    Type ActorType { get; }

    ActorBase Produce();

    void Release(ActorBase actor);
}
