using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The life cycle of one cell: creation, failure, restart, end.
/// <code>
///   Create ──▶ running ──exception──▶ failed: suspended with its children, parent told by Failed
///                 ▲                        │ Resume ─▶ running
///                 │                        │ Recreate ─▶ PreRestart ─▶ (waits for stopping children) ─▶ new instance ─▶ running
///                 └────────────────────────┘
///   Terminate ──▶ children stopped ──▶ PostStop ──▶ mailbox closed ──▶ parent and watchers told
/// </code>
/// Suspensions are counted: a failing actor suspends itself and its children once, and exactly one Resume or Recreate answers it.
/// All in the actor's turns.
/// </summary>
internal sealed class FaultHandling(ActorCell cell)
{
    /// <summary>Who failed: this actor, or the child whose failure it escalated. Null while all is well.</summary>
    private IActorRef? _perpetrator;

    private object? _failedMessage;
    private IActorRef? _failedSender;

    public void Create()
    {
        try
        {
            cell.NewActor().AroundPreStart();
            LogLifecycle("started");
        }
        catch (Exception e)
        {
            // An instance whose PreStart failed was never alive: no PostStop, and a restart only makes another one.
            cell.ReleaseActor();
            if (e is ActorInitializationException { Actor: not null })
                throw;
            throw new ActorInitializationException(cell.Self, $"Exception during creation: {e.Message}", e);
        }
    }

    public void HandleFailure(Exception cause) => HandleFailure(cause, cell.Self, []);

    /// <summary>The decision on <paramref name="child"/>'s failure is left to the parent; the child stands still already.</summary>
    public void HandleFailure(Exception cause, IActorRef child) => HandleFailure(cause, child, [child]);

    public void HandleChildFailure(Failed failed)
    {
        if (!cell.Children.TryGet(failed.Child, out var stats) || stats.Uid != failed.Uid)
            return;
        var strategy = cell.Actor?.SupervisorStrategyInternal ?? SupervisorStrategy.DefaultStrategy;
        if (!strategy.HandleFailure(cell, failed.Child, failed.Cause, stats, cell.Children.Stats()))
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failed.Cause);
    }

    public void HandleDeath(DeathWatchNotification death)
    {
        cell.Watches.OnDeath(death);
        if (!cell.Children.TryGet(death.Actor, out _))
            return;
        var cause = cell.Children.RecreationCause;
        switch (cell.Children.Remove(death.Actor))
        {
            case Children.Waiting.ForRecreation:
                FinishRecreate(cause!);
                break;
            case Children.Waiting.ForCreation:
                FinishCreate();
                break;
            case Children.Waiting.ForTermination:
                FinishTerminate();
                break;
        }
    }

    public void Suspend()
    {
        cell.Mailbox.Suspend();
        SuspendChildren([]);
    }

    public void Resume(Exception? causedByFailure)
    {
        if (cell.Actor is null)
        {
            // There is no instance to go on with.
            Recreate(causedByFailure ?? new ActorInitializationException(cell.Self, "resumed without an instance"));
            return;
        }
        var perpetrator = _perpetrator;
        cell.Mailbox.Resume();
        if (causedByFailure is not null)
            ClearFailure();
        foreach (var child in cell.Children.Refs())
            child.Resume(child.Equals(perpetrator) ? causedByFailure : null);
    }

    public void Recreate(Exception cause)
    {
        if (!cell.Children.IsNormal)
        {
            // Already ending: keep the suspensions balanced.
            cell.Mailbox.Resume();
            return;
        }
        if (cell.Actor is null)
        {
            foreach (var child in cell.Children.Refs())
                cell.Stop(child);
            if (!cell.Children.WaitFor(Children.Waiting.ForCreation))
                FinishCreate();
            return;
        }
        try
        {
            cell.SetContext(_failedMessage, _failedSender);
            cell.Actor.AroundPreRestart(cause, _failedMessage!);
        }
        catch (Exception e)
        {
            var error = new PreRestartException(cell.Self, e, cause, _failedMessage);
            cell.Publish(new Error(error, cell.Self.Path.ToString(), cell.Props.Type, error.Message));
        }
        finally
        {
            cell.ReleaseActor();
            cell.ClearContext();
        }
        if (!cell.Children.WaitFor(Children.Waiting.ForRecreation, cause))
            FinishRecreate(cause);
    }

    public void Terminate()
    {
        if (cell.Mailbox.IsClosed)
            return;
        var wasTerminating = cell.IsTerminating;
        cell.Children.RefuseNew();
        cell.SetReceiveTimeout(null);
        cell.Watches.UnwatchAll();
        foreach (var child in cell.Children.Refs())
            cell.Stop(child);
        if (!cell.Children.WaitFor(Children.Waiting.ForTermination))
        {
            FinishTerminate();
        }
        else if (!wasTerminating)
        {
            // No message is handled while the children stop, and no failure is reported.
            cell.Mailbox.Suspend();
            _perpetrator = cell.Self;
            LogLifecycle("stopping");
        }
    }

    /// <summary>The actor's code threw: the actor and its children stand still until the supervisor has decided.</summary>
    private void HandleFailure(Exception cause, IActorRef perpetrator, IReadOnlyCollection<IActorRef> alreadySuspended)
    {
        if (_perpetrator is not null || cell.Mailbox.IsClosed)
            return;
        _perpetrator = perpetrator;
        _failedMessage = cell.CurrentMessage;
        _failedSender = cell.SenderOrNull;
        cell.Mailbox.Suspend();
        SuspendChildren(alreadySuspended);
        cell.Parent.SendSystemMessage(new Failed(cell.Self, cause, cell.Self.Path.Uid));
    }

    private void FinishCreate()
    {
        ClearFailure();
        cell.Mailbox.Resume();
        try
        {
            Create();
        }
        catch (Exception e)
        {
            HandleFailure(e);
        }
    }

    private void FinishRecreate(Exception cause)
    {
        var survivors = cell.Children.Refs();
        var (message, sender) = (_failedMessage, _failedSender);
        ClearFailure();
        cell.Mailbox.Resume();
        try
        {
            cell.SetContext(message, sender);
            cell.NewActor().AroundPostRestart(cause, message!);
            LogLifecycle("restarted");
            foreach (var child in survivors)
                child.Restart(cause);
        }
        catch (Exception e)
        {
            cell.ReleaseActor();
            HandleFailure(new PostRestartException(cell.Self, e, cause), cell.Self, survivors);
        }
        finally
        {
            cell.ClearContext();
        }
    }

    private void FinishTerminate()
    {
        try
        {
            cell.Actor?.AroundPostStop();
        }
        catch (Exception e)
        {
            cell.Publish(new Error(e, cell.Self.Path.ToString(), cell.Props.Type, e.Message));
        }
        cell.Watches.UnwatchAll();
        cell.ReleaseActor();
        cell.Close();
        cell.Parent.SendSystemMessage(new DeathWatchNotification(cell.Self, existenceConfirmed: true, addressTerminated: false));
        cell.Watches.TellWatchers();
        LogLifecycle("stopped");
    }

    private void ClearFailure()
    {
        _perpetrator = null;
        _failedMessage = null;
        _failedSender = null;
    }

    private void SuspendChildren(IReadOnlyCollection<IActorRef> except)
    {
        foreach (var child in cell.Children.Refs())
        {
            if (!except.Contains(child))
                child.Suspend();
        }
    }

    private void LogLifecycle(string what)
    {
        if (cell.SystemImpl.Settings.DebugLifecycle)
            cell.Publish(new Debug(cell.Self.Path.ToString(), cell.Props.Type, what));
    }
}
