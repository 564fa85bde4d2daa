using Akka.Event;

namespace Akka.Actor;

/// <summary>How an actor deals with the failures of its children. Runs in the supervisor's turn.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Stops a child that could not be created, was killed or did not expect a death; restarts it after any other exception.</summary>
    public static IDecider DefaultDecider = Actor.Decider.From(cause => cause switch
    {
        ActorInitializationException or ActorKilledException or DeathPactException => Directive.Stop,
        _ => Directive.Restart,
    });

    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    public abstract IDecider Decider { get; }

    protected bool LoggingEnabled { get; set; }

    /// <summary>Deals with a child's failure; false escalates it.</summary>
    internal bool HandleFailure(ActorCell cell, IActorRef child, Exception cause, ChildStats stats, IReadOnlyCollection<ChildStats> all)
    {
        var directive = Handle(child, cause);
        switch (directive)
        {
            case Directive.Resume:
                LogFailure(cell, child, cause, directive);
                ResumeChild(child, cause);
                return true;
            case Directive.Restart:
                LogFailure(cell, child, cause, directive);
                ProcessFailure(cell, restart: true, child, cause, stats, all);
                return true;
            case Directive.Stop:
                LogFailure(cell, child, cause, directive);
                ProcessFailure(cell, restart: false, child, cause, stats, all);
                return true;
            default:
                LogFailure(cell, child, cause, directive);
                return false;
        }
    }

    /// <summary>Restarts or stops the child, and others with it if the strategy says so.</summary>
    internal abstract void ProcessFailure(
        ActorCell cell, bool restart, IActorRef child, Exception cause, ChildStats stats, IReadOnlyCollection<ChildStats> all);

    protected abstract Directive Handle(IActorRef child, Exception exception);

    protected void ResumeChild(IActorRef child, Exception exception) => ((IInternalActorRef)child).Resume(exception);

    protected void RestartChild(IActorRef child, Exception cause, bool suspendFirst)
    {
        var internalChild = (IInternalActorRef)child;
        if (suspendFirst)
            internalChild.Suspend();
        internalChild.Restart(cause);
    }

    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        if (!LoggingEnabled)
            return;
        var actual = cause is ActorInitializationException { InnerException: { } inner } ? inner : cause;
        var source = child.Path.ToString();
        LogEvent? line = directive switch
        {
            Directive.Resume => new Warning(source, GetType(), actual.Message),
            Directive.Escalate => null,
            _ => new Error(cause, source, GetType(), actual.Message),
        };
        if (line is not null)
            context.System.EventStream.Publish(line);
    }
}
