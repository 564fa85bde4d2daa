namespace Akka.Actor;

/// <summary>Whether the actor lives in this process.</summary>
public interface IActorRefScope
{
    bool IsLocal { get; }
}
