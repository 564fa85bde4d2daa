using Akka.Actor;
using Akka.Broker.Journals;
using Akka.Broker.Protocol;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Segments;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;

namespace Akka.Broker.Partitions;

/// <summary>
/// The leader of one partition: an entity of region <c>partition</c> and a persistent actor whose events are record batches.
/// <code>
///            image does not name this node, or no log          Lead / any command
///  woken ──────────────────────────────────────────▶ Refusing ─────────────────▶ refused; idle ones passivate
///    │ named leader                                     ▲
///    ▼ snapshot = log taken over                        │ Resign, a newer epoch, a failed write
///  Recovering ──────────────────────────────▶ Leading ──┘
/// </code>
/// It decides offsets, sequences and the watermark, and runs ahead of the disk: an append is checked against all that is queued, persisted with
/// PersistAsync, and answered from the handler, in order. A failed or timed-out write is unknown: everything queued is answered with an error, the
/// entity stops, and the next incarnation recovers from the log.
/// <para>
/// Invariants: batches are persisted in offset order without gaps; the head of <see cref="_queued"/> is the next to be completed; nothing is
/// acknowledged before its own write, and with acks=all before the watermark; no delete is answered as done before the low watermark has reached it.
/// </para>
/// </summary>
public sealed class PartitionActor : ReceivePersistentActor, IWithTimers
{
    private const string RetryTimer = "retry";

    /// <summary>Whether a follower that a delete waits for has been fenced is looked at so often: the partition may not have changed by it.</summary>
    private static readonly TimeSpan DeleteCheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RefusingIdle = TimeSpan.FromSeconds(30);
    private readonly PartitionServices _services;
    private readonly TopicIdPartition _id;
    private readonly ErrorCode _refusal;
    private readonly Queue<BatchAppended> _queued = [];
    private readonly PendingAcks _pending = new();
    private readonly PendingDeletes _deletes = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private PartitionLeadership? _leadership;
    private AppendReply _lost = AppendReply.Refused(ErrorCode.NotLeaderOrFollower);

    public PartitionActor(PartitionServices services)
    {
        _services = services;
        var name = Self.Path.Name;
        PersistenceId = PartitionEntity.PersistenceIdOf(name);
        SnapshotPluginId = BrokerStorage.SegmentSnapshotStoreId;
        JournalPluginId = BrokerStorage.SegmentJournalId;
        (_id, _refusal) = Assess(name);

        Recover<SnapshotOffer>(offer => Lead((RecoveredLog)offer.Snapshot));
        Recover<BatchReplayed>(replayed => _leadership?.OnReplayed(replayed.Header));
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Refusing();
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery => _refusal == ErrorCode.None ? Recovery.Default : Recovery.None;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(PartitionServices services) => Akka.Actor.Props.Create(() => new PartitionActor(services));

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _lost = cause is LogWriteException { Status: AppendStatus.StaleToken }
            ? AppendReply.Refused(ErrorCode.NotLeaderOrFollower, "Another leader has taken this log over.")
            : AppendReply.Refused(ErrorCode.KafkaStorageError, $"The write to the log failed: {cause.Message}");
        _log.Error(cause, "A write to {0} failed; what was queued is answered with {1} and the partition recovers from its log.", _id, _lost.Error);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
        _log.Error(reason, "Partition {0} could not recover from its log.", _id);

    protected override void PostStop()
    {
        Resign();
        base.PostStop();
    }

    private (TopicIdPartition Id, ErrorCode Refusal) Assess(string name)
    {
        var (topicId, partition) = PartitionEntity.Parse(name);
        if (!_services.Metadata.Current.TryGetTopic(topicId, out var topic) || !topic.TryGetPartition(partition, out var image))
            return (new TopicIdPartition(topicId, "", partition), ErrorCode.UnknownTopicOrPartition);
        var id = topic.IdOf(partition);
        if (image.Leader != _services.NodeId || _services.Storage.Find(PersistenceId) is not { } log)
            return (id, ErrorCode.NotLeaderOrFollower);
        if (log.Failure is not null)
            return (id, ErrorCode.KafkaStorageError);
        JournalPluginId = _services.Storage.JournalOf(log);
        return (id, ErrorCode.None);
    }

    // ---- Recovering ----

    private void Lead(RecoveredLog recovered)
    {
        if (!_services.Metadata.Current.TryGetPartition(_id, out var image) || image.Leader != _services.NodeId)
            return;
        _leadership = new PartitionLeadership(_services, _id, image, recovered, Self);
    }

    private void OnRecovered()
    {
        if (_leadership is null)
            return;
        var self = Self;
        _leadership.Begin(onLogStartMoved: () => self.Tell(LogStartMoved.Instance));
        Timers.StartPeriodicTimer(nameof(ExpireProducers), ExpireProducers.Instance, ExpiryInterval);
        Become(Leading);
        WatchReplicas(_leadership);
        _log.Info(
            "Leads {0} at epoch {1} from offset {2}, watermark {3}, ISR [{4}].",
            _id, _leadership.Epoch, _leadership.LogEndOffset, _leadership.HighWatermark, string.Join(", ", _leadership.InSync));
    }

    // ---- Leading ----

    private void Leading()
    {
        SetReceiveTimeout(null);
        Command<AppendRecords>(OnAppend);
        Command<Lead>(OnLead);
        Command<DeleteRecordsBefore>(OnDeleteRecords);
        Command<LogStartIncremented>(OnLogStartIncremented);
        Command<DeleteFailed>(failed => failed.Asker.Tell(new DeleteRecordsReply(ErrorCode.KafkaStorageError, -1)));
        Command<LogStartMoved>(_ => OnLogStartMoved());
        Command<CheckDeletes>(_ => ReleaseDeletes());
        Command<GetProducers>(OnGetProducers);
        Command<Refresh>(_ => OnRefresh());
        Command<ExpireProducers>(_ => _leadership!.ExpireProducers());
        Command<FollowerFetched>(OnFollowerFetched);
        Command<IsrAnswered>(OnIsrAnswered);
        Command<Tick>(_ => OnTick());
        Command<Resign>(OnResign);
        Command<StopEntity>(_ => Context.Stop(Self));
    }

    private void OnAppend(AppendRecords command)
    {
        var leadership = _leadership!;
        var refusal = leadership.Check(command);
        if (refusal is not null)
        {
            if (RefusedBatches.Passes(refusal.Error))
                _services.Refused.Note(_id, new BatchHeader(command.Batch.Span), refusal.Error);
            Sender.Tell(refusal);
            return;
        }

        _services.Refused.Took(_id, new BatchHeader(command.Batch.Span));
        if (leadership.TryFindDuplicate(command, out var first))
        {
            Acknowledge(new PendingAck(Sender, command.Acks, first.LastOffset + 1, leadership.Reply(first.BaseOffset, -1)));
            return;
        }

        var append = leadership.Assign(command, Sender);
        _queued.Enqueue(append);
        PersistAsync(append, OnAppended);
    }

    /// <summary>The batch is in the log, as durable as the topic asks.</summary>
    private void OnAppended(BatchAppended append)
    {
        if (_leadership is not { } leadership)
            return;
        Invariant.Check(_queued.Dequeue() == append);
        leadership.OnAppended(append);
        Acknowledge(new PendingAck(append.Producer, append.Acks, append.NextOffset, leadership.Reply(append.BaseOffset, append.LogAppendTimeMs)));
        _pending.Release(leadership);
    }

    private void Acknowledge(PendingAck ack)
    {
        if (!ack.TrySend(_leadership!))
            _pending.Add(ack);
    }

    private void OnLead(Lead command)
    {
        if (command.LeaderEpoch <= _leadership!.Epoch)
        {
            // Behind what is queued: who asks finds in the log what it has appended before.
            var asker = Sender;
            DeferAsync(command, lead => asker.Tell(new Leading(_id, lead.LeaderEpoch, ErrorOf(lead))));
            return;
        }

        // A new epoch begins with a new incarnation, which takes the log over; the region holds the command until then.
        LeaveLeading();
        Context.Parent.Tell(new Passivate(StopEntity.Instance));
        ClusterSharding.Get(Context.System).ShardRegion(PartitionRegion.TypeName).Tell(command, Sender);
    }

    private ErrorCode ErrorOf(Lead command)
    {
        if (_leadership is not { } leadership)
            return RefusalCode;
        return command.LeaderEpoch == leadership.Epoch ? ErrorCode.None : ErrorCode.FencedLeaderEpoch;
    }

    private void OnDeleteRecords(DeleteRecordsBefore command)
    {
        var leadership = _leadership!;
        var offset = command.Offset == -1 ? leadership.HighWatermark : command.Offset;
        if (leadership.Fence(command.LeaderEpoch) is var fenced && fenced != ErrorCode.None)
            Sender.Tell(new DeleteRecordsReply(fenced, -1));
        else if (offset < 0 || offset > leadership.HighWatermark)
            Sender.Tell(new DeleteRecordsReply(ErrorCode.OffsetOutOfRange, -1));
        else
        {
            var asker = Sender;
            leadership.IncrementLogStartAsync(offset)
                .PipeTo(
                    Self,
                    success: _ => new LogStartIncremented(new PendingDelete(asker, offset, command.DeadlineTimestamp)),
                    failure: _ => new DeleteFailed(asker));
        }
    }

    private void OnLogStartIncremented(LogStartIncremented done)
    {
        _deletes.Add(done.Delete);
        OnLogStartMoved();
    }

    private void OnLogStartMoved()
    {
        // Followers hear of it by this.
        _leadership!.Publish();
        ReleaseDeletes();
    }

    private void ReleaseDeletes()
    {
        if (_deletes.IsEmpty)
            return;
        var now = _services.Time.GetTimestamp();
        _deletes.Release(_leadership!.LowWatermark, now);
        if (_deletes.IsEmpty)
        {
            Timers.Cancel(nameof(CheckDeletes));
            return;
        }

        var left = _services.Time.GetElapsedTime(now, _deletes.FirstDeadline);
        Timers.StartSingleTimer(nameof(CheckDeletes), CheckDeletes.Instance, left < DeleteCheckInterval ? left : DeleteCheckInterval);
    }

    private void OnGetProducers(GetProducers command)
    {
        var fenced = _leadership!.Fence(command.LeaderEpoch);
        Sender.Tell(fenced == ErrorCode.None ? new ProducersReply(ErrorCode.None, _leadership.ActiveProducers()) : new ProducersReply(fenced, []));
    }

    private void OnRefresh()
    {
        _leadership!.OnRefresh();
        AfterReplicas();
    }

    private void OnFollowerFetched(FollowerFetched fetched)
    {
        _leadership!.OnFollowerFetched(fetched);
        AfterReplicas();
    }

    private void OnIsrAnswered(IsrAnswered answered)
    {
        if (answered.Proposal.LeaderEpoch != _leadership!.Epoch)
            return;
        _leadership.OnProposalAnswered(answered);
        AfterReplicas();
    }

    private void OnTick()
    {
        _leadership!.OnTick();
        AfterReplicas();
    }

    private void AfterReplicas()
    {
        var leadership = _leadership!;
        _pending.Release(leadership);
        ReleaseDeletes();
        WatchReplicas(leadership);
    }

    private void WatchReplicas(PartitionLeadership leadership)
    {
        if (leadership.HasFollowers && !Timers.IsTimerActive(nameof(Tick)))
            Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.FromMilliseconds(Math.Max(1, _services.ReplicaLagTimeMaxMs / 2)));
        if (leadership.InFlight is not null && !Timers.IsTimerActive(RetryTimer))
            Timers.StartSingleTimer(RetryTimer, Tick.Instance, TimeSpan.FromMilliseconds(LeaderState.RetryAfterMs));
    }

    private void OnResign(Resign command)
    {
        if (_leadership?.Failure is { } failure)
            _lost = AppendReply.Refused(ErrorCode.KafkaStorageError, $"The log is offline: {failure.Message}");
        LeaveLeading();
        Sender.Tell(new Resigned(command.Target));
        Context.Parent.Tell(new Passivate(StopEntity.Instance));
    }

    private void LeaveLeading()
    {
        Resign();
        Timers.CancelAll();
        Become(Refusing);
    }

    private void Resign()
    {
        _leadership?.End();
        _leadership = null;
        var unwritten = _lost with { IsMemoryInUse = true };
        while (_queued.TryDequeue(out var append))
        {
            _services.Refused.Note(_id, new BatchHeader(append.Batch.Span), _lost.Error);
            append.Producer.Tell(unwritten);
        }
        _pending.RefuseAll(_lost);
        _deletes.RefuseAll(_lost.Error);
    }

    // ---- Refusing: what is refused here never touches the log ----

    private void Refusing()
    {
        SetReceiveTimeout(RefusingIdle);
        Command<AppendRecords>(OnAppendWhileRefusing);
        Command<DeleteRecordsBefore>(_ => Sender.Tell(new DeleteRecordsReply(RefusalCode, -1)));
        Command<GetProducers>(_ => Sender.Tell(new ProducersReply(RefusalCode, [])));
        Command<Lead>(OnLeadWhileRefusing);
        Command<Resign>(command => Sender.Tell(new Resigned(command.Target)));
        Command<Refresh>(_ => { });
        Command<LogStartIncremented>(done => done.Delete.Asker.Tell(new DeleteRecordsReply(RefusalCode, -1)));
        Command<DeleteFailed>(failed => failed.Asker.Tell(new DeleteRecordsReply(RefusalCode, -1)));
        Command<ReceiveTimeout>(_ => Context.Parent.Tell(new Passivate(StopEntity.Instance)));
        Command<StopEntity>(_ => Context.Stop(Self));
        CommandAny(_ => { });
    }

    private void OnAppendWhileRefusing(AppendRecords command)
    {
        var error = _lost.Error == ErrorCode.KafkaStorageError ? _lost.Error : RefusalCode;
        _services.Refused.Note(_id, new BatchHeader(command.Batch.Span), error);
        Sender.Tell(AppendReply.Refused(error));
    }

    private ErrorCode RefusalCode => _refusal == ErrorCode.None ? ErrorCode.NotLeaderOrFollower : _refusal;

    private void OnLeadWhileRefusing(Lead command)
    {
        // The image may have changed since this incarnation looked; the next one looks again. Who asks repeats an unanswered Lead.
        Sender.Tell(new Leading(_id, command.LeaderEpoch, RefusalCode));
        Context.Parent.Tell(new Passivate(StopEntity.Instance));
    }

    private sealed record LogStartIncremented(PendingDelete Delete);

    private sealed record DeleteFailed(IActorRef Asker);

    private sealed class LogStartMoved
    {
        public static readonly LogStartMoved Instance = new();
    }

    private sealed class CheckDeletes
    {
        public static readonly CheckDeletes Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed class ExpireProducers
    {
        public static readonly ExpireProducers Instance = new();
    }

    /// <summary>The stop message of this entity: passivation and hand-off.</summary>
    internal sealed class StopEntity
    {
        public static readonly StopEntity Instance = new();
    }
}
