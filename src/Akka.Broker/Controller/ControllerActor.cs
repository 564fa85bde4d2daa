using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;
using Akka.Event;
using Akka.Persistence;

namespace Akka.Broker.Controller;

/// <summary>
/// The one writer of metadata. Each command is decided by <see cref="ControllerState"/> on the newest draft and persisted as one batch; many may be on
/// their way to the disk at once, and what is answered is committed.
/// <code>
/// recover ─▶ draft = committed image ─▶ Ready to the parent
/// command ─▶ decide(draft) ─▶ draft' ─▶ PersistAsync(batch) ┄┄▶ publish(draft') ─▶ NodeActor ─▶ answer
///                 └─ nothing to write: answered behind what is on its way
/// failed write ─▶ stop; the parent starts another, which recovers from the log
/// </code>
/// <para>
/// Invariants: a draft's offset is the last one's plus its records; images are published in the order of the log, and none before this start of
/// the process is registered, so that no partition is led in an epoch from before an unclean stop.
/// </para>
/// <para>A crash leaves whole decisions in the log, perhaps ones that nobody was told of.</para>
/// </summary>
public sealed class ControllerActor : ReceivePersistentActor, IWithTimers
{
    public const string JournalId = "akka.persistence.journal.quorum";
    public const string SnapshotStoreId = "akka.persistence.snapshot-store.quorum";

    private readonly ControllerOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private MetadataImageBuilder? _recovering;
    private MetadataImage _draft = MetadataImage.Empty;
    private readonly BrokerSessions _sessions;
    private readonly long _started;
    private readonly int _epoch;

    public ControllerActor(ControllerOptions options)
    {
        _options = options;
        _sessions = new BrokerSessions(options.NodeId, options.Sessions);
        _started = options.Time.GetTimestamp();
        _epoch = options.Epoch;
        JournalPluginId = JournalId;
        SnapshotPluginId = SnapshotStoreId;
        Recover<SnapshotOffer>(offer => _recovering = new MetadataImageBuilder((MetadataImage)offer.Snapshot));
        Recover<MetadataBatch>(decision => Replay(decision.Batch));
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Command<AdminCommand>(OnAdmin);
        Command<RegisterBroker>(OnRegister);
        Command<AllocateProducerIds>(OnAllocate);
        Command<ShutDownBroker>(OnShutDown);
        Command<ReportOfflineReplicas>(OnOffline);
        Command<MetadataFetched>(fetched => _sessions.OnFetched(fetched.BrokerId, fetched.BrokerEpoch, fetched.EndOffset, NowMs));
        Command<AppendVoters>(OnVoters);
        Command<MembershipView>(view => _sessions.OnMembers(view.NodeIds, view.Unreachable));
        Command<SessionCheck>(_ => CheckSessions());
        Command<Maintenance>(_ => Maintain());
        Command<Balance>(_ => Carry(_options.State.BalanceLeaders(_draft, _options.BalancePercentage)));
    }

    public override string PersistenceId => "controller";

    public ITimerScheduler Timers { get; set; } = null!;

    private long NowMs => (long)_options.Time.GetElapsedTime(_started).TotalMilliseconds;

    public static Props Props(ControllerOptions options) => Akka.Actor.Props.Create(() => new ControllerActor(options));

    protected override void PostStop()
    {
        _options.Membership?.Unsubscribe(Self);
        base.PostStop();
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        Context.Parent.Tell(new ControllerStopped(reason.Message));
        base.OnRecoveryFailure(reason, message);
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new ControllerStopped(cause.Message));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    private bool IsRegistered(MetadataImage image) =>
        image.Brokers.TryGetValue(_options.NodeId, out var self) && self.IncarnationId == _options.IncarnationId;

    private void Replay(RecordBatch batch)
    {
        _recovering ??= new MetadataImageBuilder(MetadataImage.Empty);
        foreach (var record in MetadataRecordCodec.DecodeBatch(batch))
            _recovering.Apply(record);
        _recovering.Advance(batch.LastOffset, batch.PartitionLeaderEpoch);
    }

    private void OnRecovered()
    {
        _draft = _recovering?.Build() ?? MetadataImage.Empty;
        _recovering = null;
        if (_options.ClusterId is { } expected && _draft.ClusterId.Length > 0 && _draft.ClusterId != expected)
        {
            Context.Parent.Tell(new ControllerStopped(
                $"The metadata log is of cluster '{_draft.ClusterId}', but meta.properties says '{expected}': folders of two clusters are mixed in akka.broker.data-dirs."));
            Context.Stop(Self);
            return;
        }
        if (_draft.ClusterId.Length == 0)
            Carry(new Decision<object?>(ControllerState.Form(_options.ClusterId ?? _options.NewClusterId(), _options.State.Levels), null), (_, _) => { });
        _log.Info("Metadata recovered up to offset {0}; this controller's epoch is {1}.", _draft.Offset, _epoch);
        _sessions.OnImage(_draft, NowMs);
        StartTimers();
        Context.Parent.Tell(ControllerReady.Instance);
    }

    private void StartTimers()
    {
        _options.Membership?.Subscribe(Self);
        Timers.StartPeriodicTimer(nameof(SessionCheck), SessionCheck.Instance, _options.SessionCheckInterval);
        Timers.StartPeriodicTimer(nameof(Maintenance), Maintenance.Instance, _options.MaintenanceInterval);
        if (_options.BalanceInterval is { } interval)
            Timers.StartPeriodicTimer(nameof(Balance), Balance.Instance, interval);
    }

    private void OnAdmin(AdminCommand command)
    {
        if (!IsRegistered(_draft))
        {
            Sender.Tell(new ControllerUnavailable(ErrorCode.BrokerNotAvailable, "The controller's node is not registered yet."));
            return;
        }
        var before = _draft;
        var asker = Sender;
        if (_options.Quorum is { } quorum && command.Request is AddRaftVoterRequest or RemoveRaftVoterRequest or DescribeQuorumRequest)
        {
            // A change of voters comes back from the quorum's actor: see OnVoters.
            quorum(command.Request, before.ClusterId).PipeTo(asker, success: response => new AdminAnswer(response, before.Offset) { Version = command.Version });
            return;
        }
        Carry(_options.State.Decide(_draft, command.Request, _options.Voters()), (response, image) => Answer(asker, command, response, before, image));
    }

    private void OnRegister(RegisterBroker command)
    {
        var asker = Sender;
        var isOwn = command.Registration.BrokerId == _options.NodeId;
        Carry(_options.State.Register(_draft, command.Registration, fenced: !isOwn), (result, image) => asker.Tell(result.Error == ErrorCode.None
            ? new BrokerRegistered(result.BrokerEpoch, image.Offset)
            : new ControllerUnavailable(result.Error, result.Message ?? "")));
    }

    private void OnAllocate(AllocateProducerIds command)
    {
        var asker = Sender;
        Carry(_options.State.AllocateProducerIds(_draft, command.BrokerId, command.BrokerEpoch), (first, _) => asker.Tell(first is { } id
            ? new ProducerIdBlock(ErrorCode.None, id, ControllerState.ProducerIdBlockSize)
            : new ProducerIdBlock(ErrorCode.StaleBrokerEpoch, -1, 0)));
    }

    private void OnShutDown(ShutDownBroker command)
    {
        var asker = Sender;
        Carry(
            _options.State.ShutDown(_draft, command.BrokerId, command.BrokerEpoch),
            (progress, image) => asker.Tell(new BrokerShuttingDown(progress.Error, progress.Remaining, image.Offset)));
    }

    private void OnOffline(ReportOfflineReplicas command)
    {
        var asker = Sender;
        Carry(_options.State.TakeOffline(_draft, command.Report), (error, image) => asker.Tell(new OfflineReplicasNoted(error, image.Offset)));
    }

    /// <summary>A voter set is a record of the log's own: no image shows it, but it takes an offset among the decisions.</summary>
    private void OnVoters(AppendVoters command)
    {
        if (command.Epoch != _epoch)
            return;
        var offset = _draft.Offset + 1;
        var bytes = ControlBatches.Voters(command.Voters, _epoch, offset, _options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        _draft = new MetadataImageBuilder(_draft).Advance(offset, _epoch).Build();
        PersistAsync(new MetadataBatch(new RecordBatch(bytes)), _ => _log.Info("The voters of the metadata log are {0} from offset {1} on.", command.Voters, offset));
    }

    private void CheckSessions()
    {
        foreach (var (broker, reason) in _sessions.Ended(_draft, NowMs))
        {
            Carry(_options.State.Fence(_draft, broker, reason));
            _sessions.OnFenced(broker, _draft.Offset);
        }
        foreach (var (broker, epoch) in _sessions.Returned(_draft, NowMs))
            Carry(_options.State.Unfence(_draft, broker, epoch));
    }

    private void Maintain()
    {
        Carry(_options.State.ElectMissingLeaders(_draft));
        Carry(_options.State.GrowInternalTopics(_draft));
    }

    /// <summary>Carries out what nobody waits for; most of the time that is nothing.</summary>
    private void Carry<T>(Decision<T> decision)
    {
        if (decision.Records.Count > 0)
            Carry(decision, (_, _) => { });
    }

    /// <summary>Makes a decision the draft, persists it, and answers once it and all before it are committed.</summary>
    private void Carry<T>(Decision<T> decision, Action<T, MetadataImage> answer)
    {
        if (decision.Records.Count == 0)
        {
            var seen = _draft;
            DeferAsync(decision, _ =>
            {
                Write(decision.Lines);
                answer(decision.Response, seen);
            });
            return;
        }
        var version = _draft.MetadataVersion == 0 ? MetadataVersion.Initial : _draft.MetadataVersion;
        var bytes = MetadataRecordCodec.EncodeBatch(
            decision.Records, version, _draft.Offset + 1, _epoch, _options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        _draft = MetadataImageBuilder.Apply(_draft, decision.Records, _draft.Offset + decision.Records.Count, _epoch);
        var image = _draft;
        _sessions.OnImage(_draft, NowMs);
        PersistAsync(new MetadataBatch(new RecordBatch(bytes)), _ =>
        {
            Write(decision.Lines);
            answer(decision.Response, image);
        });
    }

    private void Write(IReadOnlyList<DecisionLine> lines)
    {
        foreach (var line in lines)
        {
            if (line.IsWarning)
                _log.Warning("{0}", line);
            else
                _log.Info("{0}", line);
        }
    }

    /// <summary>Whoever made partitions hears of it when they can be written to, or after a while.</summary>
    private void Answer(IActorRef asker, AdminCommand command, IResponse response, MetadataImage before, MetadataImage image)
    {
        var request = command.Request;
        var answer = new AdminAnswer(response, image.Offset) { Version = command.Version };
        if (request is not (CreateTopicsRequest or CreatePartitionsRequest) || ReferenceEquals(before, image))
        {
            asker.Tell(answer);
            return;
        }
        var changed = Names(request)
            .Select(n => image.Topics.GetValueOrDefault(n))
            .Where(t => t is not null && !ReferenceEquals(t, before.Topics.GetValueOrDefault(t.Name)))
            .Select(t => t!.Id)
            .ToImmutableArray();
        var leaders = _options.Node.Ask<LeadersUp>(new AwaitLeaders(changed, image.Offset), _options.LeadersTimeout);
        leaders.ContinueWith(_ => answer, TaskContinuationOptions.ExecuteSynchronously).PipeTo(asker);
    }

    private static IEnumerable<string> Names(IRequest request) => request switch
    {
        CreateTopicsRequest create => create.Topics.Select(t => t.Name),
        CreatePartitionsRequest create => create.Topics.Select(t => t.Name),
        _ => [],
    };

    private sealed class SessionCheck
    {
        public static readonly SessionCheck Instance = new();
    }

    private sealed class Maintenance
    {
        public static readonly Maintenance Instance = new();
    }

    private sealed class Balance
    {
        public static readonly Balance Instance = new();
    }
}
