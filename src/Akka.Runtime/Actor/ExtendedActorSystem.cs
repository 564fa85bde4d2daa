namespace Akka.Actor;

/// <summary>What extensions may do with a system.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    public abstract IActorRefProvider Provider { get; }

    /// <summary>The parent of the actors that the application makes.</summary>
    public abstract IInternalActorRef Guardian { get; }

    /// <summary>The parent of the runtime's own actors, which outlive the application's.</summary>
    public abstract IInternalActorRef SystemGuardian { get; }

    /// <summary>Where selections start.</summary>
    public abstract IInternalActorRef LookupRoot { get; }

    public abstract IActorRef SystemActorOf(Props props, string? name = null);

    public abstract IActorRef SystemActorOf<TActor>(string? name = null)
        where TActor : ActorBase, new();
}
