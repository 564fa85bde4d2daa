using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Checks;

/// <summary>
/// The metadata log as it is committed, and what each node makes of it.
/// <para>
/// Invariants: an epoch has one controller; a controller's log holds every record that was committed before; nodes agree on what is committed; the
/// committed end never goes back on a node; two nodes that have applied as much have the same image, be it from records or from a snapshot; leader epochs and partition epochs never fall; a
/// clean election takes an in-sync or eligible replica; a replica that its broker has lost to a disk is neither leader nor in sync.
/// </para>
/// </summary>
internal sealed class MetadataLedger(World world)
{
    private readonly SortedDictionary<long, (LedgerBatch Batch, int InEpoch)> _committed = [];
    private readonly Dictionary<int, int> _leaders = [];
    private readonly Dictionary<long, ulong> _images = [];
    private readonly HashSet<int> _wonEpochs = [];

    /// <summary>All before it is committed.</summary>
    public long CommittedEnd { get; private set; }

    /// <summary>As of <see cref="CommittedEnd"/>.</summary>
    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    /// <summary>Somebody began to lead in the epoch, before it has committed anything.</summary>
    public void OnElected(int node, int epoch, long logStart, IEnumerable<RecordBatch> log)
    {
        if (!_leaders.TryAdd(epoch, node) && _leaders[epoch] != node)
            throw new InvariantBrokenException($"nodes {_leaders[epoch]} and {node} both lead the quorum in epoch {epoch}");
        if (!_wonEpochs.Add(epoch))
            return;
        world.Counters.ControllerTerms++;
        var has = log.ToDictionary(b => b.BaseOffset, b => LedgerBatch.Of(b));
        foreach (var (offset, (batch, inEpoch)) in _committed)
        {
            if (offset < logStart || inEpoch >= epoch)
                continue;
            if (!has.TryGetValue(offset, out var own) || own != batch)
                throw new InvariantBrokenException($"node {node} leads the quorum in epoch {epoch} without {batch}, which was committed in epoch {inEpoch}");
            world.Counters.ControllerRecords++;
        }
    }

    /// <summary>A node takes the batch for committed, in the epoch that it is in.</summary>
    public void OnCommitted(int node, RecordBatch batch, int epoch)
    {
        var noted = LedgerBatch.Of(batch);
        if (_committed.TryGetValue(noted.BaseOffset, out var known))
        {
            if (known.Batch != noted)
                throw new InvariantBrokenException($"node {node} takes {noted} of the metadata log for committed, others {known.Batch}");
            world.Counters.Agreements++;
            return;
        }
        if (noted.BaseOffset < CommittedEnd)
            throw new InvariantBrokenException($"node {node} takes {noted} of the metadata log for committed, which lies within another batch");
        _committed[noted.BaseOffset] = (noted, epoch);
        CommittedEnd = noted.NextOffset;
    }

    /// <summary>A node has applied all up to its image's offset.</summary>
    public void OnImage(int node, MetadataImage image)
    {
        var fingerprint = ImageFingerprint.Of(image);
        if (_images.TryGetValue(image.Offset, out var known))
        {
            if (known != fingerprint)
                throw new InvariantBrokenException($"node {node} has another image at offset {image.Offset} of the metadata log than others");
            world.Counters.ImagesCompared++;
            return;
        }
        _images[image.Offset] = fingerprint;
        if (image.Offset > Image.Offset)
            Advance(image);
    }

    /// <summary>A node begins with this snapshot, which stands for all that was committed before.</summary>
    public void OnSnapshot(int node, MetadataImage image)
    {
        if (!_images.TryGetValue(image.Offset, out var known))
            throw new InvariantBrokenException($"node {node} begins with a snapshot of the metadata at offset {image.Offset}, which never was committed");
        if (known != ImageFingerprint.Of(image))
            throw new InvariantBrokenException($"node {node} begins with a snapshot of the metadata at offset {image.Offset} that is not what was committed there");
        world.Counters.ImagesCompared++;
    }

    private void Advance(MetadataImage image)
    {
        var last = Image;
        Image = image;
        foreach (var (id, broker) in image.Brokers)
        {
            if (!last.Brokers.TryGetValue(id, out var before) || before.Epoch != broker.Epoch)
            {
                foreach (var ledger in world.Ledgers)
                    ledger.OnRegistered(id);
            }
        }
        foreach (var topic in last.TopicsById.Values)
        {
            if (!image.TopicsById.ContainsKey(topic.Id))
                world.Faults.Count(FaultKind.TopicDeleted);
        }
        foreach (var topic in image.TopicsById.Values)
        {
            last.TryGetTopic(topic.Id, out var before);
            if (!ReferenceEquals(before, topic))
                Advance(image, topic, before);
        }
        foreach (var broker in image.Brokers.Values.Where(b => !b.OfflineReplicas.IsEmpty))
            CheckOffline(last, image, broker);
    }

    private void CheckOffline(MetadataImage last, MetadataImage image, BrokerImage broker)
    {
        foreach (var replica in broker.OfflineReplicas)
        {
            if (!image.TryGetTopic(replica.TopicId, out var topic) || !topic.TryGetPartition(replica.Partition, out var partition))
                continue;
            if (partition.Leader == broker.Id || partition.Isr.Contains(broker.Id) || partition.Elr.Contains(broker.Id))
                throw new InvariantBrokenException($"{topic.Name}-{replica.Partition}: the replica of node {broker.Id} is lost to a disk, and yet leads, is in sync or is eligible: {partition}");
            world.Counters.OfflineChecked++;
            if (!partition.Replicas.Contains(broker.Id) || last.IsOffline(broker.Id, replica.TopicId, replica.Partition))
                continue;
            world.Faults.Count(FaultKind.ReplicaTakenOffline);
            if (last.TryGetPartition(topic.IdOf(replica.Partition), out var before) && before.Leader == broker.Id)
                world.Faults.Count(FaultKind.LeaderTakenOffline);
        }
    }

    private void Advance(MetadataImage image, TopicImage topic, TopicImage? before)
    {
        var isAltered = before is null || !before.Configs.SequenceEqual(topic.Configs);
        if (before is not null && isAltered)
            world.Faults.Count(FaultKind.SettingAltered);
        foreach (var partition in topic.Partitions)
        {
            PartitionImage? last = null;
            before?.TryGetPartition(partition.Partition, out last);
            if (!isAltered && ReferenceEquals(last, partition))
                continue;
            var ledger = world.LedgerOf(topic.IdOf(partition.Partition));
            ledger.OnMinInSyncReplicas(PartitionHost.MinInSyncReplicas(image, topic, partition.Replicas.Length));
            ledger.SyncsEachBatch = topic.Configs.GetValueOrDefault(World.FlushMessages) == "1";
            if (!ReferenceEquals(last, partition))
                Advance(ledger, last, partition);
        }
    }

    private void Advance(PartitionLedger ledger, PartitionImage? before, PartitionImage after)
    {
        Check(ledger.Name, before, after);
        ledger.OnAssigned(after.Replicas);
        ledger.Leases.OnCommitted(after.LeaderEpoch, after.Leader);
        foreach (var replica in after.Isr)
        {
            var leadsOn = before is not null && before.LeaderEpoch < after.LeaderEpoch && after.Isr.Length == 1;
            if (before is null || !before.Isr.Contains(replica) || leadsOn)
                ledger.OnInSync(replica);
        }
        if (before is not null)
            CountMove(before, after);
    }

    private void CountMove(PartitionImage before, PartitionImage after)
    {
        var (from, to) = (before.TargetReplicas, after.TargetReplicas);
        if (!before.IsMoving && !from.SequenceEqual(to))
        {
            world.Faults.Count(FaultKind.MoveBegun);
            world.Faults.Count(FaultKind.MoveCompleted, after.IsMoving ? 0 : 1);
        }
        else if (before.IsMoving && from.SequenceEqual(to))
        {
            world.Faults.Count(FaultKind.MoveCompleted, after.IsMoving ? 0 : 1);
        }
        else if (before.IsMoving)
        {
            world.Faults.Count(to.SequenceEqual(before.Replicas.RemoveRange(before.Adding)) ? FaultKind.MoveCancelled : FaultKind.MoveChanged);
        }
        world.Faults.Count(FaultKind.ReplicationFactorChanged, from.Length == to.Length ? 0 : 1);
    }

    private static void Check(string name, PartitionImage? before, PartitionImage after)
    {
        if (before is null)
            return;
        if (after.LeaderEpoch < before.LeaderEpoch || after.PartitionEpoch < before.PartitionEpoch)
            throw new InvariantBrokenException($"{name}: an epoch has fallen: {before} became {after}");
        if (after.HasLeader && after.Leader != before.Leader && after.LeaderEpoch == before.LeaderEpoch)
            throw new InvariantBrokenException($"{name}: another leader in the same epoch: {before} became {after}");
    }
}
