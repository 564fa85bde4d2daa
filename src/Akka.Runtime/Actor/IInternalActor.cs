namespace Akka.Actor;

/// <summary>Access to an actor's context from outside of its class.</summary>
public interface IInternalActor
{
    IActorContext ActorContext { get; }
}
