using Akka.Actor;

namespace Akka.Dispatch.SysMsg;

/// <summary>The base of the system messages. One instance is sent once: it is its own link in the mailbox's queue.</summary>
internal abstract class SystemMessage : ISystemMessage
{
    /// <summary>The next older message of the queue that holds this one.</summary>
    internal SystemMessage? Next;

    /// <summary>Waits while the actor, having failed, waits for its supervisor.</summary>
    internal virtual bool IsStashedWhenFailed => false;

    /// <summary>Waits while the actor waits for its children to stop.</summary>
    internal virtual bool IsStashedWhenWaitingForChildren => false;
}

/// <summary>The first message of every cell.</summary>
internal sealed class Create : SystemMessage;

internal sealed class Recreate(Exception cause) : SystemMessage
{
    public Exception Cause { get; } = cause;

    internal override bool IsStashedWhenWaitingForChildren => true;
}

internal sealed class Suspend : SystemMessage
{
    internal override bool IsStashedWhenWaitingForChildren => true;
}

internal sealed class Resume(Exception? causedByFailure) : SystemMessage
{
    public Exception? CausedByFailure { get; } = causedByFailure;

    internal override bool IsStashedWhenWaitingForChildren => true;
}

internal sealed class Terminate : SystemMessage, IPossiblyHarmful, Event.IDeadLetterSuppression;

/// <summary>A child's failure, for its parent to decide on.</summary>
internal sealed class Failed(IActorRef child, Exception cause, long uid) : SystemMessage
{
    public IActorRef Child { get; } = child;

    public Exception Cause { get; } = cause;

    public long Uid { get; } = uid;

    internal override bool IsStashedWhenFailed => true;

    internal override bool IsStashedWhenWaitingForChildren => true;

    public override string ToString() => $"<Failed>: {Child} ({Uid}) {Cause.GetType().Name}: {Cause.Message}";
}

internal sealed class Watch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;
}

internal sealed class Unwatch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;
}

internal sealed class DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    : SystemMessage, Event.IDeadLetterSuppression
{
    public IActorRef Actor { get; } = actor;

    public bool ExistenceConfirmed { get; } = existenceConfirmed;

    public bool AddressTerminated { get; } = addressTerminated;
}

/// <summary>A node is gone, and so are its actors that watched this one.</summary>
internal sealed class ForgetWatchers(Address node) : SystemMessage, Event.IDeadLetterSuppression
{
    public Address Node { get; } = node;
}

/// <summary>A continuation of the actor's own asynchronous handler, to run in the actor's turn.</summary>
internal sealed class ActorTask(Action run) : SystemMessage, Event.IDeadLetterSuppression
{
    public Action Run { get; } = run;
}
