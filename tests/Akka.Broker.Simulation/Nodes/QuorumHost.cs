using System.Collections.Immutable;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>
/// Carries one <see cref="QuorumMachine"/>: its disk, its messages and timers, and the image that follows from what it commits. Effects behind a write of
/// the election state wait until that is on the disk.
/// </summary>
internal sealed class QuorumHost
{
    private readonly NodeLife _node;
    private readonly QuorumDisk _disk;
    private readonly MetadataSnapshots _snapshots;
    private readonly QuorumBends _bends;
    private readonly Queue<QuorumEffect> _effects = [];
    private readonly Dictionary<long, Scheduled> _timeouts = [];
    private Scheduled? _tick;
    private bool _isPersisting;
    private bool _isSyncing;
    private bool _isPumping;
    private bool _hasHeard;

    public QuorumHost(NodeLife node, QuorumDisk disk, VoterSet firstVoters)
    {
        _node = node;
        _disk = disk;
        var times = node.World.QuorumTimes;
        Machine = new QuorumMachine(
            new QuorumOptions
            {
                Self = new ReplicaKey(node.Id, disk.DirectoryId),
                TimestampMs = () => node.Clock.UnixMs,
                FetchTimeoutMs = times.FetchTimeoutMs,
                CheckQuorumMs = times.CheckQuorumMs,
                ElectionTimeoutMs = times.ElectionTimeoutMs,
                RequestTimeoutMs = times.RequestTimeoutMs,
                FetchBytesMax = times.FetchBytes,
                ClaimStepMs = times.ClaimStepMs,
                ClaimJitterMs = times.ClaimJitterMs,
            },
            disk.Log, disk.Election, firstVoters, new Random(node.World.Random.Next()));
        _snapshots = new MetadataSnapshots(node, disk);
        _bends = new QuorumBends(node, disk);
        Image = _snapshots.LoadNewest();
    }

    public QuorumMachine Machine { get; }

    /// <summary>All that is known to be committed, applied.</summary>
    public MetadataImage Image { get; private set; }

    public void Start() => Carry(Machine.Start(_node.NowMs));

    public void SetCandidates(ImmutableArray<int> candidates) => Carry(Machine.MembershipChanged(candidates, _node.NowMs));

    public void Resign(string reason) => Carry(Machine.Resign(reason, _node.NowMs));

    public void OnLogStartMoved() => Carry(Machine.LogStartMoved(_node.NowMs));

    public bool TryAppend(byte[] batch, out string? refusal)
    {
        var isAppended = Machine.TryAppend(batch, _node.NowMs, out refusal, out var effects);
        Carry(effects);
        return isAppended;
    }

    public bool TryChangeVoters(VoterSet next, out string? refusal)
    {
        var isAppended = Machine.TryChangeVoters(next, _node.NowMs, out refusal, out var effects);
        Carry(effects);
        return isAppended;
    }

    public void Receive(QuorumMessage message)
    {
        var isAwaited = false;
        switch (message)
        {
            case QuorumReply reply:
                isAwaited = _timeouts.Remove(reply.Id, out var timeout);
                timeout?.Cancel();
                break;
            case FetchQuery fetch:
                _node.Controller?.OnHeartbeat(fetch.From, fetch.BrokerEpoch, fetch.LogEnd.Offset);
                break;
        }
        Carry(Machine.Receive(_bends.In(message), _node.NowMs));
        if (isAwaited && message is FetchReply { Error: ErrorCode.None, HighWatermark: >= 0 } told && told.From == Machine.CurrentLeader && told.Epoch == Machine.Epoch)
        {
            _hasHeard = true;
            Pump();
        }
        // By the machine it has; by a planted fault it may be more.
        if (Machine.Role == QuorumRole.Leader && _bends.Committed(Machine) is var committed && committed > Machine.HighWatermark)
            Apply(committed);
    }

    // ---- Effects ----

    private void Carry(IReadOnlyList<QuorumEffect> effects)
    {
        foreach (var effect in effects)
            _effects.Enqueue(effect);
        SyncLater();
        Pump();
        ExtendLease();
        ArmTimer();
    }

    private void ExtendLease()
    {
        if (Machine.MayDecide && Machine.Voters.Count == 1 && Machine.IsVoter)
            _node.Lease.HoldAlone();
        else
            _node.Lease.EndAlone(_node.NowMs);
        if (Machine.CurrentMs is { } current)
            _node.Lease.OnHeard(current);
    }

    private void Pump()
    {
        if (_isPumping)
            return;
        _isPumping = true;
        while (!_isPersisting && _effects.TryDequeue(out var effect))
            Carry(effect);
        _isPumping = false;
        // What it must remember of a leader's word is on its disk now.
        if (_hasHeard && !_isPersisting)
            _node.OnLeaderHeard();
    }

    private void Carry(QuorumEffect effect)
    {
        switch (effect)
        {
            case PersistElection persist:
                Persist(persist.State);
                break;
            case SendMessage send:
                Send(_bends.Out(send.Message, Machine));
                break;
            case HighWatermarkMoved moved:
                Apply(moved.HighWatermark);
                break;
            case LeaderKnown known when known.LeaderId == _node.Id:
                _node.World.Metadata.OnElected(_node.Id, known.Epoch, _disk.Log.StartOffset, _disk.Log.Batches);
                _node.World.Hunter?.OnElected(_node);
                break;
            case LeadershipWon won:
                _node.OnLeadershipWon(won.Epoch, won.StartOffset);
                break;
            case LeadershipLost lost:
                _node.OnLeadershipLost(lost.Epoch);
                break;
            case SnapshotInstalled installed:
                _node.World.Faults.Count(FaultKind.MetadataSnapshotFetched);
                Image = _snapshots.Load(installed.Id);
                _node.OnCommitted(installed.Id.Offset);
                _node.OnImage(Image);
                break;
            case Decided decided:
                _node.World.Trace.Say($"n{_node.Id} quorum: {decided.Text}");
                break;
        }
    }

    private void Persist(ElectionState state)
    {
        _isPersisting = true;
        _node.OnDisk(() =>
        {
            _disk.Election = _bends.Persisted(state) ?? _disk.Election;
            _isPersisting = false;
            Pump();
            if (state.VotedFor is { } candidate && candidate.Id != _node.Id && state.LeaderId < 0)
                _node.World.Hunter?.OnGranted(_node);
        });
    }

    private void Send(QuorumMessage message)
    {
        if (message is QuorumQuery)
        {
            var id = message.Id;
            _timeouts[id] = _node.After(Machine.Options.RequestTimeoutMs, () => OnFailed(id));
        }
        _node.World.Network.Post(_node, message.To, message);
    }

    private void OnFailed(long id)
    {
        _timeouts.Remove(id);
        Carry(Machine.QueryFailed(id, nobodyListens: false, _node.NowMs));
    }

    private void SyncLater()
    {
        if (_isSyncing || _disk.Log.SyncedOffset >= _disk.Log.EndOffset)
            return;
        _isSyncing = true;
        _node.OnDisk(() =>
        {
            _isSyncing = false;
            _disk.Log.Sync();
            Carry(Machine.LogSynced(_node.NowMs));
        });
    }

    private void ArmTimer()
    {
        _tick?.Cancel();
        _tick = null;
        var at = Machine.NextTickMs;
        if (at == long.MaxValue)
            return;
        _tick = _node.After(Math.Max(1, at - _node.NowMs), () => Carry(Machine.Tick(_node.NowMs)));
    }

    // ---- The image ----

    private void Apply(long watermark)
    {
        foreach (var batch in _disk.Log.Batches.Where(b => b.LastOffset > Image.Offset && b.NextOffset <= watermark).ToList())
        {
            _node.World.Metadata.OnCommitted(_node.Id, batch, Machine.Epoch);
            Image = Next(Image, batch);
            if (_node.World.Has(Mutation.ApplyTwice) && !batch.IsControl && _node.World.Random.Next(20) == 0)
                Image = AppliedAgain(Image, batch);
            _node.World.Metadata.OnImage(_node.Id, Image);
            _snapshots.OnApplied(batch.SizeInBytes, Image);
        }
        _node.OnCommitted(watermark);
        _node.OnImage(Image);
    }

    private static MetadataImage Next(MetadataImage image, RecordBatch batch) => MetadataImageBuilder.Apply(
        image, batch.IsControl ? [] : MetadataRecordCodec.DecodeBatch(batch), batch.LastOffset, batch.PartitionLeaderEpoch);

    private static MetadataImage AppliedAgain(MetadataImage image, RecordBatch batch)
    {
        var again = MetadataRecordCodec.DecodeBatch(batch).FindAll(r => r is Akka.Broker.Replication.Metadata.Records.PartitionChangeRecord);
        return MetadataImageBuilder.Apply(image, again, batch.LastOffset, batch.PartitionLeaderEpoch);
    }
}
