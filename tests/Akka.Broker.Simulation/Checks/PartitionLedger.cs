using Akka.Broker.Protocol;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Checks;

/// <summary>
/// What a partition has promised, and what each of its replicas holds.
/// <para>
/// Promised is every batch below a leader's watermark, and every batch that was acknowledged at acks=all. A promise holds as long as fewer than
/// <c>min.insync.replicas</c> replicas (as the leader knew it, and never more than the topic has since been set to) are lost at once; from then on that batch
/// may be gone.
/// </para>
/// <para>
/// Invariants: an epoch has one leader; who begins to lead holds all that was promised in earlier epochs, byte for byte; below their watermarks all
/// replicas agree; a follower's watermark is not ahead of every leader's; one producer's batch lies at one offset; a log whose topic syncs each
/// batch loses nothing by a crash.
/// </para>
/// </summary>
internal sealed class PartitionLedger(TopicIdPartition id, World world)
{
    private readonly List<Promise> _promised = [];
    private readonly List<Acknowledged> _acked = [];
    private readonly SortedDictionary<int, ReplicaShadow> _replicas = [];
    private readonly Dictionary<int, int> _leaders = [];
    private readonly Dictionary<(long Producer, short Epoch, int Sequence), long> _sequences = [];

    private int _latestEpoch = -1;
    private int _minInSyncReplicas = int.MaxValue;

    /// <summary>Leaders of before are not heard any more: they hold what an excused loss has taken from the others.</summary>
    public int SinceEpoch { get; private set; } = -1;

    public TopicIdPartition Id { get; } = id;

    public string Name { get; } = id.TopicPartition.ToString();

    /// <summary>All below it is promised.</summary>
    public long PromisedEnd => _promised.Count > 0 ? _promised[^1].Batch.NextOffset : 0;

    /// <summary>How often more replicas were lost at once than the promises bore, and records with them.</summary>
    public int LossCount { get; private set; }

    /// <summary>Told of each such loss.</summary>
    public Action? OnLoss { get; set; }

    public IReadOnlyList<Promise> Promised => _promised;

    public IReadOnlyList<Acknowledged> Acked => _acked;

    /// <summary>The nodes that hold replicas, as the newest committed metadata says.</summary>
    public IReadOnlyList<int> Assigned { get; private set; } = [];

    public bool SyncsEachBatch { get; set; }

    public LeaseWatch Leases { get; } = new(world, id.TopicPartition.ToString());

    public ReplicaShadow ReplicaOf(int node)
    {
        if (!_replicas.TryGetValue(node, out var shadow))
            _replicas[node] = shadow = new ReplicaShadow();
        return shadow;
    }

    /// <summary>The node has deleted its log.</summary>
    public void Forget(int node) => _replicas.Remove(node);

    // ---- What leaders and followers do ----

    public void OnLeading(int node, int epoch)
    {
        if (_leaders.TryGetValue(epoch, out var other) && other != node)
            throw new InvariantBrokenException($"{Name}: nodes {other} and {node} both lead in epoch {epoch}");
        var isNew = _leaders.TryAdd(epoch, node);
        if (epoch < SinceEpoch)
            return;
        if (isNew)
            world.Counters.Leaderships++;
        _latestEpoch = Math.Max(_latestEpoch, epoch);
        var shadow = ReplicaOf(node);
        foreach (var acked in _acked)
        {
            if (acked.Epoch >= epoch || acked.IsExcused)
                continue;
            if (!shadow.TryFind(acked.BaseOffset, out var batch) || batch.Crc != acked.Crc)
                throw new InvariantBrokenException($"{Name}: node {node} leads in epoch {epoch} without the acknowledged record at {acked.BaseOffset} (acknowledged in epoch {acked.Epoch}); its log ends at {shadow.End}");
            world.Counters.AckedFound++;
        }
        for (var i = 0; i < _promised.Count; i++)
        {
            var promise = _promised[i];
            if (promise.Epoch >= epoch || (i < shadow.Batches.Count && shadow.Batches[i] == promise.Batch))
                continue;
            if (!promise.IsExcused)
                throw new InvariantBrokenException($"{Name}: node {node} leads in epoch {epoch} without {promise.Batch}, which was below the watermark in epoch {promise.Epoch}; its log ends at {shadow.End}");
            world.Trace.Say($"{Name}: an excused loss: node {node} leads in epoch {epoch} without {promise.Batch} and what follows");
            world.Counters.ExcusedLosses++;
            DropPromises(i);
            SinceEpoch = epoch;
            LossCount++;
            OnLoss?.Invoke();
        }
    }

    public void OnLeaderWatermark(int node, int epoch, long watermark, int minInSyncReplicas)
    {
        if (epoch < SinceEpoch)
            return;
        var shadow = ReplicaOf(node);
        if (watermark > shadow.End)
            throw new InvariantBrokenException($"{Name}: the watermark {watermark} of leader {node} is behind its log's end {shadow.End}");
        CheckAgreement(node, shadow, watermark);
        for (var i = _promised.Count; i < shadow.Batches.Count && shadow.Batches[i].NextOffset <= watermark; i++)
            Add(new Promise(shadow.Batches[i], epoch, Math.Min(minInSyncReplicas, _minInSyncReplicas)), node);
        shadow.Checked = Math.Max(shadow.Checked, Math.Min(_promised.Count, shadow.Batches.Count));
        ExcuseWhatIsLost();
    }

    public void OnFollowerWatermark(int node, int leaderEpoch, long watermark)
    {
        if (leaderEpoch < SinceEpoch)
            return;
        var shadow = ReplicaOf(node);
        if (watermark > Math.Max(PromisedEnd, shadow.Start))
            throw new InvariantBrokenException($"{Name}: the watermark {watermark} of follower {node} in epoch {leaderEpoch} is ahead of every leader's ({PromisedEnd})");
        CheckAgreement(node, shadow, watermark);
    }

    private void CheckAgreement(int node, ReplicaShadow shadow, long watermark)
    {
        var i = shadow.Checked;
        for (; i < _promised.Count && i < shadow.Batches.Count && shadow.Batches[i].NextOffset <= watermark; i++)
        {
            if (shadow.Batches[i] != _promised[i].Batch)
                throw new InvariantBrokenException($"{Name}: below its watermark {watermark}, node {node} holds {shadow.Batches[i]} where {_promised[i].Batch} was promised in epoch {_promised[i].Epoch}");
            world.Counters.Agreements++;
        }
        shadow.Checked = Math.Max(shadow.Checked, i);
    }

    private void Add(Promise promise, int node)
    {
        var batch = promise.Batch;
        if (batch.ProducerId >= 0)
        {
            var key = (batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence);
            if (!_sequences.TryAdd(key, batch.BaseOffset))
                throw new InvariantBrokenException($"{Name}: {batch} of leader {node} is there twice, first at {_sequences[key]}");
        }
        _promised.Add(promise);
        LoseWhoLacks(batch.BaseOffset, batch.Crc);
        world.Counters.Promised++;
    }

    private void DropPromises(int from)
    {
        for (var i = from; i < _promised.Count; i++)
            _sequences.Remove((_promised[i].Batch.ProducerId, _promised[i].Batch.ProducerEpoch, _promised[i].Batch.BaseSequence));
        var end = from > 0 ? _promised[from - 1].Batch.NextOffset : 0;
        _promised.RemoveRange(from, _promised.Count - from);
        _acked.RemoveAll(a => a.IsExcused && a.BaseOffset >= end);
        foreach (var shadow in _replicas.Values)
            shadow.Checked = Math.Min(shadow.Checked, from);
    }

    // ---- What clients are told ----

    public void OnAcknowledged(long baseOffset, uint crc, int epoch, int minInSyncReplicas)
    {
        world.Counters.Acked++;
        if (epoch < SinceEpoch)
            return;
        var acked = new Acknowledged(baseOffset, crc, epoch, Math.Min(minInSyncReplicas, _minInSyncReplicas));
        _acked.Add(acked);
        if (_latestEpoch > epoch && !_promised.Exists(p => p.Batch.BaseOffset == baseOffset && p.Batch.Crc == crc)
            && (!ReplicaOf(_leaders[_latestEpoch]).TryFind(baseOffset, out var held) || held.Crc != crc))
            throw new InvariantBrokenException($"{Name}: the record at {baseOffset} was acknowledged in epoch {epoch}; node {_leaders[_latestEpoch]}, which leads since in epoch {_latestEpoch}, lacks it");
        LoseWhoLacks(baseOffset, crc);
        ExcuseWhatIsLost();
    }

    /// <summary>A consumer was given this.</summary>
    public void OnRead(LedgerBatch batch, int leaderEpoch)
    {
        if (leaderEpoch < SinceEpoch)
            return;
        int low = 0, high = _promised.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var promised = _promised[middle].Batch;
            if (promised.BaseOffset == batch.BaseOffset)
            {
                if (promised != batch)
                    throw new InvariantBrokenException($"{Name}: a consumer read {batch} where {promised} was promised");
                world.Counters.AckedRead++;
                return;
            }
            if (promised.BaseOffset < batch.BaseOffset)
                low = middle + 1;
            else
                high = middle - 1;
        }
        throw new InvariantBrokenException($"{Name}: a consumer read {batch}, which is below no leader's watermark; promised is all before {PromisedEnd}");
    }

    /// <summary>The end of the run: whoever leads holds all that is promised, and its watermark has passed it.</summary>
    public void CheckAtEnd(int leader, long watermark)
    {
        var shadow = ReplicaOf(leader);
        foreach (var acked in _acked)
        {
            if (acked.IsExcused)
                continue;
            if (!shadow.TryFind(acked.BaseOffset, out var batch) || batch.Crc != acked.Crc || batch.NextOffset > watermark)
                throw new InvariantBrokenException($"{Name}: at the end, the record at {acked.BaseOffset} that was acknowledged in epoch {acked.Epoch} cannot be read from leader {leader} (log end {shadow.End}, watermark {watermark})");
            world.Counters.AckedFound++;
        }
    }

    // ---- What disks lose ----

    /// <summary>The disk of a node was wiped or an old copy was put in its place.</summary>
    public void OnDiskReplaced(int node, IReadOnlyList<LedgerBatch> found)
    {
        if (found.Count == 0 && !_replicas.ContainsKey(node))
            return;
        var shadow = ReplicaOf(node);
        shadow.LostTail.AddRange(shadow.Reopen(found, mayDiffer: true));
        MarkLost(node, shadow, "its disk was replaced");
        ExcuseWhatIsLost();
    }

    /// <summary>The machine went down and its disk was looked at.</summary>
    public void OnCrashed(int node, IReadOnlyList<LedgerBatch> found, bool isBitFlipped)
    {
        if (!_replicas.TryGetValue(node, out var shadow))
            return;
        var gone = shadow.Reopen(found, mayDiffer: false);
        if (gone.Count == 0)
        {
            if (SyncsEachBatch && found.Count > 0)
                world.Faults.Count(FaultKind.SyncedLogCrashed);
            return;
        }
        if (SyncsEachBatch && !isBitFlipped)
            throw new InvariantBrokenException($"{Name}: node {node} lost {gone[0]} in a crash though its topic syncs every batch");
        shadow.LostTail.AddRange(gone);
        shadow.HasRegisteredSince = false;
        world.Faults.Count(FaultKind.TailLost);
        if (gone.Exists(IsPromised))
            MarkLost(node, shadow, $"it lost an unsynced tail from {gone[0].BaseOffset} on that held an acknowledged record");
        ExcuseWhatIsLost();
    }

    /// <summary>Who holds replicas now. Who comes anew begins with nothing, whatever its disk has been through.</summary>
    public void OnAssigned(IReadOnlyList<int> replicas)
    {
        foreach (var node in replicas)
        {
            if (Assigned.Contains(node))
                continue;
            var shadow = ReplicaOf(node);
            (shadow.IsLost, shadow.HasBeenInSync) = (false, false);
            shadow.LostTail.Clear();
        }
        Assigned = replicas;
        ExcuseWhatIsLost();
    }

    public void OnRegistered(int node)
    {
        if (_replicas.TryGetValue(node, out var shadow))
            shadow.HasRegisteredSince = true;
    }

    /// <summary>The controller has committed that the replica is in sync, which it was not before.</summary>
    public void OnInSync(int node)
    {
        var shadow = ReplicaOf(node);
        shadow.HasBeenInSync = true;
        if (!shadow.HasRegisteredSince)
            return;
        if (shadow.IsLost)
            world.Trace.Say($"{Name}: node {node} is in sync again");
        shadow.IsLost = false;
        shadow.LostTail.Clear();
    }

    /// <summary>Whether more was lost at once than what is promised bears, all of it.</summary>
    public bool IsAllExcused => _promised.TrueForAll(p => p.IsExcused) && _acked.TrueForAll(a => a.IsExcused);

    /// <summary>The topic's setting is this now: a lower one is what older promises are worth, too.</summary>
    public void OnMinInSyncReplicas(int value)
    {
        if (value == _minInSyncReplicas)
            return;
        foreach (var promise in _promised)
            promise.MinInSyncReplicas = Math.Min(promise.MinInSyncReplicas, value);
        foreach (var acked in _acked)
            acked.MinInSyncReplicas = Math.Min(acked.MinInSyncReplicas, value);
        _minInSyncReplicas = value;
        ExcuseWhatIsLost();
    }

    private bool IsPromised(LedgerBatch batch) =>
        _promised.Exists(p => p.Batch == batch && !p.IsExcused) || _acked.Exists(a => a.BaseOffset == batch.BaseOffset && a.Crc == batch.Crc && !a.IsExcused);

    /// <summary>Who has lost what becomes a promise only now is lost from now on.</summary>
    private void LoseWhoLacks(long baseOffset, uint crc)
    {
        foreach (var (node, shadow) in _replicas)
        {
            if (!shadow.IsLost && shadow.LostTail.Exists(b => b.BaseOffset == baseOffset && b.Crc == crc) && !shadow.TryFind(baseOffset, out _))
                MarkLost(node, shadow, $"the record at {baseOffset} was in the tail that it lost");
        }
    }

    private void MarkLost(int node, ReplicaShadow shadow, string why)
    {
        shadow.IsLost = true;
        shadow.HasRegisteredSince = false;
        world.Counters.LogsLost++;
        world.Trace.Say($"{Name}: node {node} is lost: {why}");
    }

    private void ExcuseWhatIsLost()
    {
        var lost = 0;
        foreach (var (node, shadow) in _replicas)
        {
            // Who has never been in sync has taken nothing that was promised with it.
            if (shadow.IsLost && shadow.HasBeenInSync && Assigned.Contains(node))
                lost++;
        }
        if (lost == 0)
            return;
        foreach (var promise in _promised)
            promise.IsExcused |= promise.MinInSyncReplicas <= lost;
        foreach (var acked in _acked)
            acked.IsExcused |= acked.MinInSyncReplicas <= lost;
    }
}

/// <summary>A batch below a leader's watermark.</summary>
internal sealed class Promise(LedgerBatch batch, int epoch, int minInSyncReplicas)
{
    public LedgerBatch Batch { get; } = batch;

    /// <summary>The leader's.</summary>
    public int Epoch { get; } = epoch;

    public int MinInSyncReplicas { get; set; } = minInSyncReplicas;

    public bool IsExcused { get; set; }
}

/// <summary>A batch that a producer was told of as written to all in-sync replicas.</summary>
internal sealed class Acknowledged(long baseOffset, uint crc, int epoch, int minInSyncReplicas)
{
    public long BaseOffset { get; } = baseOffset;

    public uint Crc { get; } = crc;

    public int Epoch { get; } = epoch;

    public int MinInSyncReplicas { get; set; } = minInSyncReplicas;

    public bool IsExcused { get; set; }
}
