using Akka.Actor;

namespace Akka.Persistence;

/// <summary>
/// The start of one incarnation of a persistent actor, in its turns only:
/// <code>
///   wait for a permit ─▶ load a snapshot ─▶ SnapshotOffer ─▶ replay: each event ─▶ RecoverySuccess ─▶ RecoveryCompleted ─▶ processing
///                             │ failed, or nothing for recovery-event-timeout         │ likewise, or a handler threw
///                             └───────────────────────── OnRecoveryFailure, stop ◀────┘
/// </code>
/// Whatever else comes waits in the actor's internal stash.
/// </summary>
internal sealed class RecoveryProcess(Eventsourced actor, PersistenceExtension extension)
{
    private enum Phase
    {
        WaitingForPermit,
        LoadingSnapshot,
        Replaying,
        Failed,
        Finished,
    }

    private static int _recoveries;

    private Phase _phase = Phase.WaitingForPermit;
    private bool _holdsPermit;
    private Recovery _recovery = Recovery.Default;
    private TimeSpan _eventTimeout;
    private ICancelable? _timer;
    private bool _seenInInterval;

    /// <summary>Tells the replies to this recovery from those to an earlier one of the same actor.</summary>
    public int Id { get; } = Interlocked.Increment(ref _recoveries);

    public bool IsFinished => _phase == Phase.Finished;

    public void Start(Recovery recovery)
    {
        _recovery = recovery ?? Recovery.Default;
        if (extension.RecoveryPermits.TryTake(actor.SelfRef, Id))
        {
            Begin();
        }
    }

    public void Receive(object message)
    {
        switch (message)
        {
            case JournalReply reply:
                HandleReply(reply);
                break;
            case var _ when _phase == Phase.Failed:
                break;
            default:
                actor.StashWhileRecovering();
                break;
        }
    }

    /// <summary>The incarnation ends.</summary>
    public void Leave()
    {
        _timer?.Cancel();
        if (_holdsPermit)
        {
            ReturnPermit();
        }
        else if (_phase == Phase.WaitingForPermit)
        {
            _phase = Phase.Failed;
            extension.RecoveryPermits.Leave(actor.SelfRef, Id);
        }
    }

    private void Begin()
    {
        _holdsPermit = true;
        _phase = Phase.LoadingSnapshot;
        _eventTimeout = extension.RecoveryEventTimeout(actor.JournalPluginId);
        if (_eventTimeout > TimeSpan.Zero)
        {
            _timer = actor.ActorContext.System.Scheduler.ScheduleTellOnceCancelable(
                _eventTimeout, actor.SelfRef, new RecoveryTick(snapshot: true, Id), actor.SelfRef);
        }

        actor.LoadSnapshot(actor.SnapshotterId, _recovery.FromSnapshot, _recovery.ToSequenceNr);
    }

    private void HandleReply(JournalReply reply)
    {
        if (reply is RecoveryReply { RecoveryId: var id } && id != Id)
        {
            return;
        }

        switch (_phase, reply)
        {
            case (Phase.WaitingForPermit, RecoveryPermitGranted):
                Begin();
                break;
            case (Phase.LoadingSnapshot, LoadSnapshotResult result):
                OfferSnapshot(result);
                break;
            case (Phase.LoadingSnapshot, LoadSnapshotFailed failed):
                Fail(failed.Cause, null);
                break;
            case (Phase.LoadingSnapshot, RecoveryTick { Snapshot: true }):
                Fail(new RecoveryTimedOutException($"Recovery of {actor.PersistenceId} timed out: no snapshot within {_eventTimeout.TotalSeconds}s"), null);
                break;
            case (Phase.Replaying, ReplayedMessage replayed):
                Replay(replayed.Persistent);
                break;
            case (Phase.Replaying, RecoverySuccess success):
                Complete(success.HighestSequenceNr);
                break;
            case (Phase.Replaying, ReplayMessagesFailure failure):
                Fail(failure.Cause, null);
                break;
            case (Phase.Replaying, RecoveryTick { Snapshot: false }):
                if (!_seenInInterval)
                {
                    Fail(
                        new RecoveryTimedOutException(
                            $"Recovery of {actor.PersistenceId} timed out: no event within {_eventTimeout.TotalSeconds}s, highest sequence number seen {actor.LastSequenceNr}"),
                        null);
                }

                _seenInInterval = false;
                break;
        }
    }

    private void OfferSnapshot(LoadSnapshotResult result)
    {
        _timer?.Cancel();
        if (result.Snapshot is { } selected)
        {
            actor.Replayed(selected.Metadata.SequenceNr);
            var offer = new SnapshotOffer(selected.Metadata, selected.Snapshot);
            if (!TryRecover(offer))
            {
                return;
            }
        }

        _phase = Phase.Replaying;
        _seenInInterval = true;
        if (_eventTimeout > TimeSpan.Zero)
        {
            _timer = actor.ActorContext.System.Scheduler.ScheduleTellRepeatedlyCancelable(
                _eventTimeout, _eventTimeout, actor.SelfRef, new RecoveryTick(snapshot: false, Id), actor.SelfRef);
        }

        actor.Journal.Tell(
            new ReplayMessages(actor.LastSequenceNr + 1, result.ToSequenceNr, _recovery.ReplayMax, actor.PersistenceId, actor.SelfRef, Id),
            actor.SelfRef);
    }

    private void Replay(IPersistentRepresentation persistent)
    {
        _seenInInterval = true;
        actor.Replayed(persistent.SequenceNr);
        TryRecover(persistent.Payload);
    }

    private void Complete(long highestSequenceNr)
    {
        _timer?.Cancel();
        ReturnPermit();
        actor.ReplayDone(highestSequenceNr);
        _phase = Phase.Finished;
        try
        {
            actor.Recover(RecoveryCompleted.Instance);
        }
        finally
        {
            actor.EnterProcessing();
        }
    }

    private bool TryRecover(object message)
    {
        try
        {
            actor.Recover(message);
            return true;
        }
        catch (Exception e)
        {
            Fail(e, message);
            return false;
        }
    }

    private void Fail(Exception reason, object? message)
    {
        _timer?.Cancel();
        _phase = Phase.Failed;
        ReturnPermit();
        actor.FailRecovery(reason, message);
    }

    private void ReturnPermit()
    {
        if (_holdsPermit)
        {
            _holdsPermit = false;
            extension.RecoveryPermits.Release();
        }
    }
}
