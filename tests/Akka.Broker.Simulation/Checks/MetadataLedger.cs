using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Checks;

/// <summary>
/// The metadata log as it is committed, and what each node makes of it.
/// <para>
/// Invariants: an epoch has one controller; a controller's log holds every record that was committed before; nodes agree on what is committed; the
/// committed end never goes back on a node; two nodes that have applied as much have the same image; leader epochs and partition epochs never fall; a
/// clean election takes an in-sync or eligible replica.
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
        var fingerprint = Fingerprint(image);
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
        foreach (var topic in image.TopicsById.Values)
        {
            var isAltered = !last.TryGetTopic(topic.Id, out var known) || !ReferenceEquals(known.Configs, topic.Configs);
            foreach (var partition in topic.Partitions)
            {
                if (isAltered)
                    world.LedgerOf(topic.IdOf(partition.Partition)).OnMinInSyncReplicas(PartitionHost.MinInSyncReplicas(image, topic, partition.Replicas.Length));
                var id = topic.IdOf(partition.Partition);
                last.TryGetPartition(id, out var before);
                if (before is not null && ReferenceEquals(before, partition))
                    continue;
                Check(id.ToString(), before, partition, topic);
                var ledger = world.LedgerOf(id);
                ledger.Assigned = partition.Replicas;
                ledger.SyncsEachBatch = topic.Configs.GetValueOrDefault(World.FlushMessages) == "1";
                foreach (var replica in partition.Isr)
                {
                    var leadsOn = before is not null && before.LeaderEpoch < partition.LeaderEpoch && partition.Isr.Length == 1;
                    if (before is null || !before.Isr.Contains(replica) || leadsOn)
                        ledger.OnInSync(replica);
                }
            }
        }
    }

    private static void Check(string name, PartitionImage? before, PartitionImage after, TopicImage topic)
    {
        if (before is null)
            return;
        if (after.LeaderEpoch < before.LeaderEpoch || after.PartitionEpoch < before.PartitionEpoch)
            throw new InvariantBrokenException($"{name}: an epoch has fallen: {before} became {after}");
        if (after.HasLeader && after.Leader != before.Leader && after.LeaderEpoch == before.LeaderEpoch)
            throw new InvariantBrokenException($"{name}: another leader in the same epoch: {before} became {after}");
    }

    private static ulong Fingerprint(MetadataImage image)
    {
        var hash = (ulong)image.Epoch;
        foreach (var (id, broker) in image.Brokers)
            hash = Kernel.Hash.Mix(Kernel.Hash.Mix(hash, (ulong)id), (ulong)broker.Epoch * 4 + (broker.Fenced ? 1UL : 0) + (broker.InControlledShutdown ? 2UL : 0));
        hash = Kernel.Hash.Mix(hash, (ulong)image.NextProducerId);
        ulong sum = 0;
        foreach (var topic in image.TopicsById.Values)
        {
            foreach (var partition in topic.Partitions)
                sum += Fingerprint(topic.Id, partition);
        }
        return Kernel.Hash.Mix(hash, sum);
    }

    private static ulong Fingerprint(Guid topic, PartitionImage partition)
    {
        Span<byte> bytes = stackalloc byte[16];
        topic.TryWriteBytes(bytes);
        var hash = Kernel.Hash.Mix(Kernel.Hash.Of(bytes), (ulong)partition.Partition);
        hash = Kernel.Hash.Mix(hash, ((ulong)(uint)partition.Leader << 32) | (uint)partition.LeaderEpoch);
        hash = Kernel.Hash.Mix(hash, (ulong)partition.PartitionEpoch);
        foreach (var ids in new[] { partition.Replicas, partition.Isr, partition.Elr, partition.Adding, partition.Removing })
        {
            foreach (var id in ids)
                hash = Kernel.Hash.Mix(hash, (ulong)id + 1);
            hash = Kernel.Hash.Mix(hash, 0);
        }
        return hash;
    }
}
