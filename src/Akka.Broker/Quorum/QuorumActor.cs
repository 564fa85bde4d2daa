using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Quorum;

/// <summary>
/// Carries this node's <see cref="QuorumMachine"/>: hands it messages, time and the log's progress, and does what it wants done. The only writer of the metadata
/// log and of the election state.
/// <code>
///             ┌────────────┐  log open   ┌─────────────────────────────────────────────┐
///  start ───▶ │  Opening   │ ──────────▶ │ Running                                     │
///             │ all waits  │             │  event ─▶ machine ─▶ effects, in order:     │
///             └────────────┘             │    persist ┄ off the dispatcher ┄▶ go on    │
///                   ▲                    │    send query ┄ connection ┄▶ reply         │
///             retry │                    │    send reply ─▶ gateway's handler          │
///             ┌─────┴──────┐  log failed │    watermark ─▶ loader, journal's writes    │
///             │  Failed    │ ◀────────── │    won, lost ─▶ controller's guardian       │
///             └────────────┘             └─────────────────────────────────────────────┘
/// </code>
/// <para>
/// Invariants: effects behind a persist wait until it is on the disk; a decision of the controller is answered once, as written only when the watermark has passed
/// it in the epoch that it was appended in.
/// </para>
/// A crash leaves what the log and the election state hold.
/// </summary>
public sealed class QuorumActor : ReceiveActor, IWithUnboundedStash, IWithTimers
{
    public const string Name = "quorum";

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PlanInterval = TimeSpan.FromSeconds(1);

    private readonly QuorumServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly QuorumPeers _peers;
    private readonly QuorumSender _sender;
    private readonly ReplicaKey _self;
    private readonly Queue<QuorumEffect> _effects = new();
    private readonly Dictionary<long, TaskCompletionSource<QuorumReply>> _incoming = [];
    private readonly Dictionary<long, TaskCompletionSource<bool>> _confirmations = [];
    private readonly PendingDecisions _decisions = new();
    private readonly VoterKeeper _voters;
    private readonly LeaseProofs _proofs;
    private readonly LogForgetting _forgetting;
    private QuorumMachine _machine = null!;
    private QuorumLog _metadataLog = null!;
    private IActorRef _loader = ActorRefs.Nobody;
    private ImmutableArray<int> _candidates = [];
    private long _lastIncoming;
    private long _tickAt = long.MaxValue;
    private int _wonEpoch;
    private bool _isPersisting;
    private bool _isWritingSnapshot;
    private SnapshotDue? _nextSnapshot;
    private bool _isUnfit;
    private string? _lastFailure;
    private string? _lastUnreadable;
    private object _electionOwner = new();

    public QuorumActor(QuorumServices services)
    {
        _services = services;
        _self = new ReplicaKey(services.Logs.Options.NodeId, services.Logs.DirectoryIds[0]);
        _peers = new QuorumPeers(services.Connections, services.InterBrokerListener);
        _sender = new QuorumSender(services, _peers, Self, _log);
        _voters = new VoterKeeper(services, _self);
        _proofs = new LeaseProofs(services.Port.Lease);
        _forgetting = new LogForgetting(services, _log);
        Opening();
    }

    public IStash Stash { get; set; } = null!;

    public ITimerScheduler Timers { get; set; } = null!;

    private long NowMs => _services.Port.NowMs;

    public static Props Props(QuorumServices services) => Akka.Actor.Props.Create(() => new QuorumActor(services));

    protected override void PreStart()
    {
        _services.Membership?.Subscribe(Self);
        _services.Port.Attach(Self);
        Open();
    }

    protected override void PostStop()
    {
        _services.Membership?.Unsubscribe(Self);
        _services.Port.Detach(Self);
        if (_machine is { Role: QuorumRole.Leader })
            SendLastWords(_machine.Resign("it stops.", NowMs));
        EndAll("This node's metadata quorum has stopped.");
        _services.Metadata.ControllerId = -1;
        _sender.DisposeSoon();
    }

    /// <summary>A loader that has met what it cannot apply is not started again: it would meet it again.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    // ---- Opening, failing ----

    private void Opening()
    {
        Receive<Opened>(opened =>
        {
            Become(Running);
            Stash.UnstashAll();
            Begin(opened);
        });
        Receive<OpenFailed>(failed => Fail("The metadata log cannot be opened", failed.Cause));
        Receive<MembershipView>(view => _candidates = view.Candidates);
        Receive<BrokerEpochKnown>(known => _services.BrokerEpoch.Value = known.BrokerEpoch);
        ReceiveAny(_ => Stash.Stash());
    }

    private void Failed()
    {
        Receive<Retry>(_ =>
        {
            Become(Opening);
            Open();
        });
        Receive<MembershipView>(view => _candidates = view.Candidates);
        Receive<BrokerEpochKnown>(known => _services.BrokerEpoch.Value = known.BrokerEpoch);
        Receive<AppendDecision>(append => append.Written.TrySetException(new QuorumWriteException("The metadata log has failed.")));
        Receive<IncomingQuery>(query => query.Answer.TrySetResult(null!));
        Receive<DescribeCommand>(command => command.Answer.TrySetResult(null!));
        Receive<ConfirmCommand>(command => command.Answer.TrySetResult(false));
        Receive<ChangeVotersCommand>(command => command.Answer.TrySetResult(VoterRefusal.NotNow("The metadata log of this node has failed.")));
        Receive<LogEndCommand>(command => command.Answer.TrySetResult(-1));
        Receive<ForgetCommand>(command => command.Answer.TrySetResult("the metadata log of this node has failed"));
        ReceiveAny(_ => { });
    }

    private void Open()
    {
        var (services, self, notes, owner) = (_services, Self, _log, _electionOwner = new object());
        Task.Run(async () =>
        {
            services.Port.Election.TakeOver(owner);
            var log = await QuorumLog.OpenAsync(services.Logs, told => self.Tell(told), mended => notes.Warning("{0}", mended)).ConfigureAwait(false);
            return new Opened(log, ElectionStateFile.Read(services.Logs.Options.Disk, log.Log.Folder));
        }).ContinueWith(
            opened => self.Tell(opened.IsCompletedSuccessfully ? opened.Result : new OpenFailed(opened.Exception!.GetBaseException())),
            TaskContinuationOptions.ExecuteSynchronously);
    }

    private void Begin(Opened opened)
    {
        _metadataLog = opened.Log;
        (_isWritingSnapshot, _nextSnapshot) = (false, null);
        _isUnfit = false;
        var options = _services.Settings.OptionsOf(_self, () => _services.Time.GetUtcNow().ToUnixTimeMilliseconds());
        var first = QuorumBootstrap.FirstVoters(_services.Logs, _metadataLog.Log);
        _machine = new QuorumMachine(
            options, _metadataLog, opened.Election, first.IsEmpty ? _services.LearnFrom : first, new Random(_services.Random.Next()))
        {
            BrokerEpoch = _services.BrokerEpoch.Value,
        };
        _loader = Context.ActorOf(MetadataLoader.Props(_services, _metadataLog.Log, _metadataLog.Snapshots));
        _forgetting.Begin(_metadataLog, _loader);
        if (_metadataLog.Snapshot is { Offset: > 0 } snapshot)
            _loader.Tell(new LoadSnapshot(snapshot));
        Do(_machine.Start(NowMs));
        Do(_machine.MembershipChanged(_candidates, NowMs));
        Timers.StartPeriodicTimer(nameof(PlanVoters), PlanVoters.Instance, PlanInterval);
    }

    /// <summary>The log is not what the machine believes: all of it begins anew, from what the disk holds.</summary>
    private void Fail(string what, Exception cause)
    {
        if (cause.Message != _lastFailure)
            _log.Error(cause, "{0}; it is tried again in {1} s. If that does not help, check the disk of {2} and start the node anew.", what, RetryInterval.TotalSeconds, _services.Logs.Options.DataFolders[0]);
        _lastFailure = cause.Message;
        if (_machine is { Role: QuorumRole.Leader })
            SendLastWords(_machine.Resign("its log has failed.", NowMs));
        EndAll("The metadata log has failed.");
        Context.Stop(_loader);
        _loader = ActorRefs.Nobody;
        _effects.Clear();
        _isPersisting = false;
        _tickAt = long.MaxValue;
        Timers.CancelAll();
        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryInterval);
        Become(Failed);
    }

    /// <summary>Of a machine that ends: the others need not wait for its silence.</summary>
    private void SendLastWords(IReadOnlyList<QuorumEffect> effects)
    {
        foreach (var effect in effects)
        {
            if (effect is SendMessage { Message: EndEpochQuery query })
                _sender.Send(query, _machine.Voters);
        }
    }

    private void EndAll(string reason)
    {
        if (_wonEpoch > 0)
            _services.Guardian.Tell(new EpochLost(_wonEpoch, reason));
        _wonEpoch = 0;
        _decisions.FailAll(reason);
        _forgetting.End(reason);
        foreach (var answer in _incoming.Values)
            answer.TrySetResult(null!);
        _incoming.Clear();
        foreach (var answer in _confirmations.Values)
            answer.TrySetResult(false);
        _confirmations.Clear();
        _services.Port.Lease.EndAlone(NowMs);
        _proofs.Reset();
        _services.Port.Publish(_services.Port.Status with { Role = QuorumRole.Unattached, LeaderId = -1, Leader = null, MayDecide = false });
    }

    // ---- Running ----

    private void Running()
    {
        Receive<LogProgress>(OnProgress);
        Receive<IncomingQuery>(OnQuery);
        Receive<QuorumReply>(reply =>
        {
            _sender.OnReply(reply);
            Do(_machine.Receive(reply, NowMs));
        });
        Receive<QueryLost>(lost =>
        {
            _sender.OnLost(lost);
            Do(_machine.QueryFailed(lost.Id, lost.NobodyListens, NowMs));
        });
        Receive<Tick>(_ =>
        {
            _tickAt = long.MaxValue;
            Do(_machine.Tick(NowMs));
        });
        Receive<Persisted>(persisted =>
        {
            if (persisted.By != _machine)
                return;
            _isPersisting = false;
            if (persisted.Failure is { } failure)
                Fail("The election state of the metadata quorum cannot be written", failure);
            else
                Do([]);
        });
        Receive<AppendDecision>(OnAppend);
        Receive<MembershipView>(view =>
        {
            if (view.Candidates.AsSpan().SequenceEqual(_candidates.AsSpan()))
                return;
            _candidates = view.Candidates;
            Do(_machine.MembershipChanged(_candidates, NowMs));
        });
        Receive<BrokerEpochKnown>(known => _machine.BrokerEpoch = _services.BrokerEpoch.Value = known.BrokerEpoch);
        Receive<PeerKnown>(known => _peers.Learn(known.NodeId, known.Address));
        Receive<PeerTold>(told => _peers.Learn(told.NodeId, told.Address));
        Receive<ResignEpoch>(resign =>
        {
            if (resign.Epoch == _machine.Epoch)
                Do(_machine.Resign(resign.Reason, NowMs));
        });
        Receive<ConfirmCommand>(command =>
        {
            _confirmations.Add(++_lastIncoming, command.Answer);
            Do(_machine.Confirm(_lastIncoming, NowMs));
        });
        Receive<MetadataShown>(shown => _proofs.OnApplied(shown.EndOffset));
        Receive<SnapshotDue>(OnSnapshotDue);
        Receive<SnapshotWritten>(OnSnapshotWritten);
        Receive<LoadFailed>(OnLoadFailed);
        Receive<ForgetCommand>(_forgetting.Ask);
        Receive<LogUnreadable>(_forgetting.OnUnreadable);
        Receive<NotAppliedYet>(_forgetting.OnNotApplied);
        Receive<PlanVoters>(_ => OnPlanVoters());
        Receive<ChangeVotersCommand>(command => command.Answer.TrySetResult(_voters.Change(_machine, command.Change)));
        Receive<DescribeCommand>(command => command.Answer.TrySetResult(Describe()));
        Receive<LogEndCommand>(command => command.Answer.TrySetResult(_machine.MayDecide ? _metadataLog.EndOffset : -1));
    }

    private void OnProgress(LogProgress progress)
    {
        if (progress.Of != _metadataLog)
            return;
        try
        {
            if (_metadataLog.OnProgress(progress))
                Do(_machine.LogSynced(NowMs));
        }
        catch (LogFailedException cause)
        {
            Fail("Writing to the metadata log failed", cause);
        }
    }

    private void OnQuery(IncomingQuery incoming)
    {
        // Others count from above; a machine's own ids are positive.
        var id = -++_lastIncoming;
        var query = incoming.Query with { Id = id };
        _incoming.Add(id, incoming.Answer);
        Do(_machine.Receive(query, NowMs));
        if (query is FetchQuery fetch && _machine.Role == QuorumRole.Leader && fetch.Epoch == _machine.Epoch)
            _services.Guardian.Tell(new MetadataFetched(fetch.From, fetch.BrokerEpoch, fetch.LogEnd.Offset));
    }

    private void OnAppend(AppendDecision append)
    {
        var end = _metadataLog.EndOffset;
        if (_machine.TryAppend(append.Batch, NowMs, out var refusal, out var effects))
        {
            Invariant.Check(_metadataLog.EndOffset > end);
            _decisions.Add(_metadataLog.EndOffset, append.Written);
        }
        else
        {
            append.Written.TrySetException(new QuorumWriteException(refusal));
        }
        Do(effects);
    }

    private void OnSnapshotDue(SnapshotDue due)
    {
        if (_isWritingSnapshot)
        {
            _nextSnapshot = due;
            return;
        }
        _isWritingSnapshot = true;
        var id = Replication.Metadata.MetadataSnapshot.IdOf(due.Image);
        var voters = _machine.VotersAt(id.Offset);
        var (snapshots, self, timestamp) = (_metadataLog.Snapshots, Self, _services.Time.GetUtcNow().ToUnixTimeMilliseconds());
        Task.Run(() => snapshots.Write(id, Replication.Metadata.MetadataSnapshot.Write(due.Image, voters, timestamp))).ContinueWith(
            written => self.Tell(new SnapshotWritten(id, snapshots, written.Exception?.GetBaseException())), TaskContinuationOptions.ExecuteSynchronously);
    }

    private void OnSnapshotWritten(SnapshotWritten written)
    {
        if (written.Folder != _metadataLog.Snapshots)
            return;
        _isWritingSnapshot = false;
        if (_nextSnapshot is { } next)
        {
            _nextSnapshot = null;
            Self.Tell(next);
        }
        if (written.Failure is { } failure)
        {
            _log.Warning(failure, "The snapshot {0} of the metadata could not be written; the metadata log grows until one can.", written.Id);
            _forgetting.OnSnapshot(failure);
            return;
        }
        var isNew = _metadataLog.Snapshot is not { } newest || newest.Offset < written.Id.Offset;
        if (isNew)
            _metadataLog.Took(written.Id, _services.Time.GetUtcNow().ToUnixTimeMilliseconds());
        if (!_forgetting.OnSnapshot(null) && !isNew)
            return;
        _log.Info("Snapshot {0} of the metadata is written; the metadata log begins at {1}.", written.Id, _metadataLog.StartOffset);
        Do(_machine.LogStartMoved(NowMs));
        _forgetting.OnShown();
    }

    private void OnLoadFailed(LoadFailed failed)
    {
        if (failed.Cause is CorruptFileException or IOException or MalformedMessageException && failed.Cause.Message != _lastUnreadable)
        {
            // What a start mends is mended by opening the log anew; what that does not help against is told below.
            _lastUnreadable = failed.Cause.Message;
            Fail("The metadata log cannot be read", failed.Cause);
            return;
        }
        _forgetting.End("this node cannot apply the metadata");
        _log.Error(failed.Cause, "The committed metadata cannot be applied: {0} This node shows what it had before and cannot lead.", failed.Cause.Message);
        _isUnfit = true;
        _services.Guardian.Tell(new MetadataUnreadable(failed.Cause.Message));
        if (_machine.Voters.Count > 1)
            Do(_machine.Resign("it cannot apply the metadata.", NowMs));
    }

    private void OnPlanVoters()
    {
        if (_voters.Plan(_machine, _candidates, NowMs) is { } refusal)
            _log.Debug("The voters stay: {0}", refusal.Message);
    }

    private QuorumDescription Describe()
    {
        var now = NowMs;
        var known = _machine.Voters.All.Select(v => v.Id).Concat(_machine.Replicas?.Keys.Select(k => k.Id) ?? []).Distinct();
        return new QuorumDescription(
            Status(),
            _self,
            _machine.Replicas?.Select(r => new ReplicaStatus(r.Key, r.Value.FetchOffset, now - r.Value.LastFetchMs, r.Value.CaughtUpMs < 0 ? -1 : now - r.Value.CaughtUpMs)).ToList(),
            known.Select(id => (id, AddressOf(id))).Where(p => p.Item2 is not null).ToDictionary(p => p.id, p => p.Item2!.Value));
    }

    private BrokerAddress? AddressOf(int id) => id == _self.Id ? _services.Address : _peers.Find(id, _machine.Voters, _services.Port.Committed);

    // ---- Effects ----

    private void Do(IReadOnlyList<QuorumEffect> effects)
    {
        foreach (var effect in effects)
            _effects.Enqueue(effect);
        while (!_isPersisting && _effects.TryDequeue(out var effect))
            Carry(effect);
        ExtendLease();
        _services.Port.Publish(Status());
        ScheduleTick();
    }

    private void Carry(QuorumEffect effect)
    {
        switch (effect)
        {
            case PersistElection persist: Persist(persist.State); break;
            case SendMessage { Message: QuorumQuery query }: _sender.Send(query, _machine.Voters); break;
            case SendMessage { Message: QuorumReply reply }: Answer(reply); break;
            case HighWatermarkMoved moved: OnCommitted(moved.HighWatermark); break;
            case SnapshotInstalled installed: _loader.Tell(new LoadSnapshot(installed.Id)); break;
            case LeadershipWon won: OnWon(won); break;
            case LeadershipLost lost: OnLost(lost); break;
            case LeaderKnown known: OnLeader(known); break;
            case LeadershipConfirmed confirmed:
                if (_confirmations.Remove(confirmed.Token, out var asker))
                    asker.TrySetResult(confirmed.Holds);
                break;
            case VotersChanged: _voters.OnChanged(NowMs); break;
            case Decided { IsWarning: true } warning: _log.Warning("{0}", warning.Text); break;
            case Decided decided: _log.Info("{0}", decided.Text); break;
        }
    }

    private void Persist(ElectionState state)
    {
        _isPersisting = true;
        var (disk, folder, machine, self) = (_services.Logs.Options.Disk, _metadataLog.Log.Folder, _machine, Self);
        var (writer, owner) = (_services.Port.Election, _electionOwner);
        Task.Run(() => writer.Write(owner, disk, folder, state)).ContinueWith(
            written => self.Tell(new Persisted(machine, written.Exception?.GetBaseException())), TaskContinuationOptions.ExecuteSynchronously);
    }

    private void Answer(QuorumReply reply)
    {
        if (_incoming.Remove(reply.Id, out var answer))
            answer.TrySetResult(reply);
    }

    private void OnCommitted(long highWatermark)
    {
        _metadataLog.Log.HighWatermark = highWatermark;
        _loader.Tell(new ApplyCommitted(highWatermark));
        _decisions.Complete(highWatermark);
    }

    private void OnWon(LeadershipWon won)
    {
        _wonEpoch = won.Epoch;
        if (_isUnfit && _machine.Voters.Count > 1)
        {
            Self.Tell(new ResignEpoch(won.Epoch, "it cannot apply the metadata."));
            return;
        }
        _services.Metadata.ControllerId = _self.Id;
        _services.Guardian.Tell(new EpochWon(won.Epoch));
    }

    private void OnLost(LeadershipLost lost)
    {
        _decisions.FailAll(lost.Reason);
        if (_wonEpoch == lost.Epoch)
            _services.Guardian.Tell(new EpochLost(lost.Epoch, lost.Reason));
        _wonEpoch = 0;
    }

    private void OnLeader(LeaderKnown known)
    {
        // This node is the controller only when it may decide.
        if (known.LeaderId != _self.Id)
            _services.Metadata.ControllerId = known.LeaderId;
    }

    private void ExtendLease()
    {
        var lease = _services.Port.Lease;
        if (_machine.MayDecide && _machine.Voters.Count == 1 && _machine.IsVoter)
            lease.HoldAlone();
        else
            lease.EndAlone(NowMs);
        if (_machine.CurrentMs is { } current)
            _proofs.OnCurrent(_machine.HighWatermark, current);
    }

    private QuorumStatus Status() => new(
        _machine.Role, _machine.Epoch, _machine.CurrentLeader, _machine.CurrentLeader >= 0 ? AddressOf(_machine.CurrentLeader) : null,
        _machine.Voters, _machine.HighWatermark, _metadataLog.StartOffset, _metadataLog.EndOffset, _machine.MayDecide);

    private void ScheduleTick()
    {
        var next = _machine.NextTickMs;
        // One that comes early asks again; most events move the next tick, and few should set a timer.
        if (next >= _tickAt)
            return;
        _tickAt = next;
        Timers.StartSingleTimer(nameof(Tick), Tick.Instance, TimeSpan.FromMilliseconds(Math.Clamp(next - NowMs, 1, 60_000)));
    }

    private sealed record Opened(QuorumLog Log, ElectionState? Election);

    private sealed record OpenFailed(Exception Cause);

    private sealed record Persisted(QuorumMachine By, Exception? Failure);

    private sealed record SnapshotWritten(LogPosition Id, SnapshotFolder Folder, Exception? Failure);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }

    private sealed class PlanVoters
    {
        public static readonly PlanVoters Instance = new();
    }
}
