using System.Collections.Immutable;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>
/// An actor whose state follows from events that a journal keeps.
/// <code>
///   start ─▶ recovery (<see cref="RecoveryProcess"/>): snapshot, events, RecoveryCompleted; commands wait in the internal stash
///            ─▶ processing ──a command that called Persist──▶ persisting: commands wait ──its last handler ran──▶ processing
/// </code>
/// Events that were persisted while one command ran go out together when it is done, or with what else has gathered when the write
/// before them is answered: an actor has one write in flight. PersistAsync and DeferAsync let commands through meanwhile. Handlers run
/// in the order of the calls, whichever they were, with the sender of the command.
/// Invariants: a handler runs at most once, after its event is stored; no command runs while a Persist handler is due; the replies
/// to an earlier incarnation change nothing. After a failed write the actor stops, and what was stored is unknown until recovery.
/// </summary>
public abstract class Eventsourced : ActorBase, IPersistentIdentity, IPersistenceRecovery, IWithUnboundedStash
{
    private static int _instances;

    private readonly int _instanceId = Interlocked.Increment(ref _instances);
    private readonly string _writerGuid = Guid.NewGuid().ToString();
    private readonly IStash _waiting;
    private readonly Queue<PendingHandler> _pending = new();
    private readonly List<IPersistentEnvelope> _batch = [];
    private RecoveryProcess? _recovery;
    private PersistenceStash? _stash;
    private IActorRef? _journal;
    private IActorRef? _snapshotStore;
    private ILoggingAdapter? _log;
    private long _sequenceNr;
    private int _pendingStashing;
    private bool _persisting;
    private bool _writeInProgress;
    private bool _commandOpen;
    private bool _taskRunning;

    protected Eventsourced()
    {
        Extension = Persistence.Instance.Apply(Context.System);
        _waiting = new UnboundedStash(Cell);
    }

    public abstract string PersistenceId { get; }

    public string JournalPluginId { get; protected set; } = "";

    public string SnapshotPluginId { get; protected set; } = "";

    /// <summary>Whose snapshots are loaded and saved: those of <see cref="PersistenceId"/>.</summary>
    public string SnapshotterId => PersistenceId;

    public virtual Recovery Recovery => Recovery.Default;

    public IStash Stash
    {
        get => _stash!;
        set => _stash = new PersistenceStash(value, _waiting);
    }

    public IActorRef Journal => _journal ??= Extension.JournalFor(JournalPluginId);

    public IActorRef SnapshotStore => _snapshotStore ??= Extension.SnapshotStoreFor(SnapshotPluginId);

    public bool IsRecovering => _recovery is { IsFinished: false };

    public bool IsRecoveryFinished => !IsRecovering;

    /// <summary>The highest sequence number that is stored or was replayed.</summary>
    public long LastSequenceNr { get; private set; }

    public long SnapshotSequenceNr => LastSequenceNr;

    protected PersistenceExtension Extension { get; }

    protected virtual ILoggingAdapter Log => _log ??= Context.GetLogger();

    internal IActorRef SelfRef => Self;

    internal IActorContext ActorContext => Context;

    /// <summary>Stores an event; no other command runs before <paramref name="handler"/> did.</summary>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler) => Add(@event, handler, stashing: true);

    /// <summary>Stores an event; other commands run meanwhile.</summary>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler) => Add(@event, handler, stashing: false);

    /// <summary>Stores all events or none; the handler runs for each.</summary>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) => AddAll(events, handler, stashing: true);

    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) => AddAll(events, handler, stashing: false);

    /// <summary>Runs a handler, without storing anything, when all handlers that are due now have run.</summary>
    public void DeferAsync<TEvent>(TEvent evt, Action<TEvent> handler)
    {
        RefuseWhileRecovering();
        if (_pending.Count == 0)
        {
            handler(evt);
            return;
        }

        _pending.Enqueue(new PendingHandler<TEvent>(evt, handler, stashing: false));
        _batch.Add(new NonPersistentMessage(evt!, Sender));
    }

    /// <summary>Deletes events up to a sequence number, inclusive; answered by DeleteMessagesSuccess or DeleteMessagesFailure.</summary>
    public void DeleteMessages(long toSequenceNr) => Journal.Tell(new DeleteMessagesTo(PersistenceId, toSequenceNr, Self), Self);

    public void LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr) =>
        SnapshotStore.Tell(new LoadSnapshot(persistenceId, criteria, toSequenceNr, _recovery?.Id ?? 0), Self);

    /// <summary>Saves a snapshot at <see cref="SnapshotSequenceNr"/>; answered by SaveSnapshotSuccess or SaveSnapshotFailure.</summary>
    public void SaveSnapshot(object snapshot) =>
        SnapshotStore.Tell(new SaveSnapshot(new SnapshotMetadata(SnapshotterId, SnapshotSequenceNr), snapshot), Self);

    public void DeleteSnapshot(long sequenceNr) =>
        SnapshotStore.Tell(new DeleteSnapshot(new SnapshotMetadata(SnapshotterId, sequenceNr)), Self);

    public void DeleteSnapshots(SnapshotSelectionCriteria criteria) =>
        SnapshotStore.Tell(new DeleteSnapshots(SnapshotterId, criteria), Self);

    public override void AroundPreStart()
    {
        StartRecovery();
        base.AroundPreStart();
    }

    public override void AroundPostRestart(Exception reason, object message)
    {
        StartRecovery();
        base.AroundPostRestart(reason, message);
    }

    public override void AroundPreRestart(Exception cause, object message)
    {
        try
        {
            Leave();
        }
        finally
        {
            base.AroundPreRestart(cause, message is WriteMessageSuccess success ? success.Persistent.Payload : message);
        }
    }

    public override void AroundPostStop()
    {
        try
        {
            Leave();
        }
        finally
        {
            base.AroundPostStop();
        }
    }

    protected internal override bool AroundReceive(Receive receive, object message)
    {
        if (IsRecovering)
        {
            _recovery!.Receive(message);
        }
        else if (message is JournalReply reply)
        {
            HandleReply(reply);
        }
        else if (_persisting)
        {
            _waiting.Stash();
        }
        else
        {
            _commandOpen = true;
            var failed = true;
            try
            {
                base.AroundReceive(receive, message);
                failed = false;
            }
            finally
            {
                CommandDone(failed);
            }
        }

        return true;
    }

    /// <summary>Given a SnapshotOffer, the events, and RecoveryCompleted; must persist nothing before the last.</summary>
    protected abstract bool ReceiveRecover(object message);

    protected abstract bool ReceiveCommand(object message);

    /// <summary>The journal could not say that the event is stored. The actor stops when this returns.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Log.Error(
        cause, "Failed to persist event type [{0}] with sequence number [{1}] for persistenceId [{2}]", @event.GetType(), sequenceNr, PersistenceId);

    /// <summary>The journal refused the event, which is not stored; the actor goes on without its handler.</summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Log.Error(
        cause, "Rejected to persist event type [{0}] with sequence number [{1}] for persistenceId [{2}]", @event.GetType(), sequenceNr, PersistenceId);

    /// <summary>Recovery failed. The actor stops when this returns.</summary>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null)
    {
        if (message is null)
        {
            Log.Error(
                reason,
                "Persistence failure when replaying events for persistenceId [{0}]. Last known sequence number [{1}]",
                PersistenceId,
                LastSequenceNr);
        }
        else
        {
            Log.Error(
                reason,
                "Exception in ReceiveRecover when replaying event type [{0}] with sequence number [{1}] for persistenceId [{2}]",
                message.GetType(),
                LastSequenceNr,
                PersistenceId);
        }
    }

    /// <summary>All events are replayed; RecoveryCompleted comes next.</summary>
    protected virtual void OnReplaySuccess()
    {
    }

    /// <summary>Runs an asynchronous action; no message is taken before it is complete, and it may persist.</summary>
    protected void RunTask(Func<Task> action)
    {
        _taskRunning = true;
        _commandOpen = true;
        ActorTaskScheduler.RunTask(async () =>
        {
            var failed = true;
            try
            {
                await action();
                failed = false;
            }
            finally
            {
                _taskRunning = false;
                CommandDone(failed);
            }
        });
    }

    protected override void Unhandled(object message)
    {
        switch (message)
        {
            case RecoveryCompleted:
                break;
            case SaveSnapshotFailure m:
                Log.Warning("Failed to save snapshot given metadata [{0}] due to: [{1}]", m.Metadata, m.Cause);
                break;
            case DeleteSnapshotFailure m:
                Log.Warning("Failed to delete snapshot given metadata [{0}] due to: [{1}]", m.Metadata, m.Cause);
                break;
            case DeleteSnapshotsFailure m:
                Log.Warning("Failed to delete snapshots given criteria [{0}] due to: [{1}]", m.Criteria, m.Cause);
                break;
            case DeleteMessagesFailure m:
                Log.Warning("Failed to delete messages toSequenceNr [{0}] for persistenceId [{1}] due to: [{2}]", m.ToSequenceNr, PersistenceId, m.Cause);
                break;
            default:
                base.Unhandled(message);
                break;
        }
    }

    internal void StashWhileRecovering() => _waiting.Stash();

    internal void Recover(object message) => base.AroundReceive(ReceiveRecover, message);

    internal void Replayed(long sequenceNr) => LastSequenceNr = Math.Max(LastSequenceNr, sequenceNr);

    internal void ReplayDone(long highestSequenceNr)
    {
        LastSequenceNr = highestSequenceNr;
        _sequenceNr = highestSequenceNr;
        OnReplaySuccess();
    }

    internal void FailRecovery(Exception reason, object? message)
    {
        try
        {
            OnRecoveryFailure(reason, message);
        }
        finally
        {
            Context.Stop(Self);
        }
    }

    /// <summary>Recovery is over and RecoveryCompleted was handled: commands come in, the stashed ones first.</summary>
    internal void EnterProcessing()
    {
        FlushBatch();
        if (_pendingStashing > 0)
        {
            _persisting = true;
        }
        else if (!_taskRunning)
        {
            _waiting.UnstashAll();
        }
    }

    private void StartRecovery()
    {
        if (string.IsNullOrEmpty(PersistenceId))
        {
            throw new ActorInitializationException($"PersistenceId of {GetType()} at {Self.Path} is null or empty");
        }

        // Plugins that are missing fail the start, not the first write.
        _ = Journal;
        _ = SnapshotStore;
        _recovery = new RecoveryProcess(this, Extension);
        _recovery.Start(Recovery);
    }

    private void Leave()
    {
        _recovery?.Leave();
        _stash?.ReturnTo(_waiting);
        _waiting.UnstashAll();
    }

    private void Add<TEvent>(TEvent @event, Action<TEvent> handler, bool stashing)
    {
        RefuseWhileRecovering();
        ArgumentNullException.ThrowIfNull(handler);
        _pendingStashing += stashing ? 1 : 0;
        _pending.Enqueue(new PendingHandler<TEvent>(@event, handler, stashing));
        _batch.Add(new AtomicWrite(Represent(@event)));
    }

    private void AddAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler, bool stashing)
    {
        RefuseWhileRecovering();
        ArgumentNullException.ThrowIfNull(handler);
        var all = ImmutableArray.CreateBuilder<IPersistentRepresentation>();
        foreach (var @event in events)
        {
            _pendingStashing += stashing ? 1 : 0;
            _pending.Enqueue(new PendingHandler<TEvent>(@event, handler, stashing));
            all.Add(Represent(@event));
        }

        if (all.Count > 0)
        {
            _batch.Add(new AtomicWrite(all.ToImmutable()));
        }
    }

    private Persistent Represent(object? @event) =>
        new(@event!, ++_sequenceNr, PersistenceId, sender: Sender, writerGuid: _writerGuid);

    private void RefuseWhileRecovering()
    {
        if (IsRecovering)
        {
            throw new InvalidOperationException(
                "Cannot persist during replay. Events can be persisted when receiving RecoveryCompleted or later.");
        }
    }

    private void FlushBatch()
    {
        if (_batch.Count > 0 && !_writeInProgress)
        {
            _writeInProgress = true;
            Journal.Tell(new WriteMessages(_batch.ToArray(), Self, _instanceId), Self);
            _batch.Clear();
        }
    }

    private void CommandDone(bool failed)
    {
        if (_taskRunning || !_commandOpen)
        {
            return;
        }

        _commandOpen = false;
        FlushBatch();
        if (_pendingStashing > 0)
        {
            _persisting = true;
        }
        else
        {
            LetIn(all: failed);
        }
    }

    private void LetIn(bool all)
    {
        if (_waiting.IsEmpty || _taskRunning)
        {
            return;
        }

        if (all)
        {
            _waiting.UnstashAll();
        }
        else
        {
            _waiting.Unstash();
        }
    }

    private void HandleReply(JournalReply reply)
    {
        switch (reply)
        {
            case WriteMessageSuccess m when m.ActorInstanceId == _instanceId:
                Replayed(m.Persistent.SequenceNr);
                RunHandler();
                break;
            case LoopMessageSuccess m when m.ActorInstanceId == _instanceId:
                RunHandler();
                break;
            case WriteMessagesSuccessful m when m.ActorInstanceId == _instanceId:
            case WriteMessagesFailed f when f.ActorInstanceId == _instanceId:
                _writeInProgress = false;
                // After a failure nothing more goes out: the failure of the first event stops the actor.
                if (reply is WriteMessagesSuccessful)
                {
                    FlushBatch();
                }

                break;
            case WriteMessageRejected m when m.ActorInstanceId == _instanceId:
                Replayed(m.Persistent.SequenceNr);
                HandlerDone(failed: false);
                OnPersistRejected(m.Cause, m.Persistent.Payload, m.Persistent.SequenceNr);
                break;
            case WriteMessageFailure m when m.ActorInstanceId == _instanceId:
                try
                {
                    OnPersistFailure(m.Cause, m.Persistent.Payload, m.Persistent.SequenceNr);
                }
                finally
                {
                    Context.Stop(Self);
                }

                break;
        }
    }

    private void RunHandler()
    {
        var failed = true;
        try
        {
            _pending.Peek().Invoke();
            failed = false;
        }
        finally
        {
            HandlerDone(failed);
        }
    }

    private void HandlerDone(bool failed)
    {
        if (_pending.Dequeue().Stashing)
        {
            _pendingStashing--;
        }

        FlushBatch();
        _persisting = _pendingStashing > 0;
        if (!_persisting)
        {
            LetIn(all: failed);
        }
    }
}
