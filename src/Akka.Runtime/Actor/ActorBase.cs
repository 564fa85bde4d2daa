using Akka.Actor.Internal;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The base of all actors. The runtime makes the instance in the actor's own turn; a restart makes a new one.
/// <code>
///   new ──▶ PreStart ──▶ messages ──▶ PostStop
///                          │ failure, supervisor says restart
///                          └──▶ PreRestart (old) ──▶ new ──▶ PostRestart (new) ──▶ messages
/// </code>
/// The Around… methods wrap these and are for base classes such as those of persistence.
/// </summary>
public abstract class ActorBase : IInternalActor
{
    private readonly ActorCell _cell;
    private SupervisorStrategy? _supervisorStrategy;

    protected ActorBase()
    {
        _cell = InternalCurrentActorCellKeeper.Current is { IsCreatingActor: true } cell
            ? cell
            : throw new ActorInitializationException($"An actor cannot be made with 'new {GetType().Name}()'; use ActorOf with Props");
        cell.IsCreatingActor = false;
        Self = cell.Self;
        // Before the subclass's constructor, which may choose another behaviour.
        cell.Become(Receive);
    }

    protected static Receive EmptyReceive { get; } = _ => false;

    protected static IActorContext Context =>
        InternalCurrentActorCellKeeper.Current ?? throw new NotSupportedException(
            "There is no active ActorContext, this is most likely due to use of async operations from within this actor.");

    protected IActorRef Self { get; }

    protected IActorRef Sender => _cell.Sender;

    IActorContext IInternalActor.ActorContext => _cell;

    internal ActorCell Cell => _cell;

    public virtual void AroundPreStart() => PreStart();

    public virtual void AroundPostStop() => PostStop();

#nullable disable annotations
    public virtual void AroundPreRestart(Exception cause, object message) => PreRestart(cause, message);

    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);
#nullable restore annotations

    internal SupervisorStrategy SupervisorStrategyInternal =>
        _supervisorStrategy ??= _cell.Props.SupervisorStrategy ?? SupervisorStrategy() ?? Actor.SupervisorStrategy.DefaultStrategy;

    protected internal virtual bool AroundReceive(Receive receive, object message)
    {
        if (receive(message))
            return true;
        Unhandled(message);
        return false;
    }

    protected abstract bool Receive(object message);

    protected virtual void PreStart()
    {
    }

    protected virtual void PostStop()
    {
    }

#nullable disable annotations
    /// <summary>Called on the instance that failed: by default stops all children and calls <see cref="PostStop"/>.</summary>
    protected virtual void PreRestart(Exception reason, object message)
#nullable restore annotations
    {
        foreach (var child in Context.GetChildren())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }
        PostStop();
    }

    /// <summary>Called on the new instance: by default calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>A message that no behaviour took: the end of a watched actor is a failure, all else is published.</summary>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
            throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    protected void Become(Receive receive) => _cell.Become(receive);

    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);
}
