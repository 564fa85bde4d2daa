using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Metrics;

/// <summary>
/// How often replicas have fallen out of, and come back into, the in-sync replicas of partitions that this node leads, and how often it was given the lead, since
/// its process began. It listens to the node's metadata, so it counts what was committed, whoever decided it. Thread-safe.
/// </summary>
public sealed class IsrFigures(int nodeId) : IFigures
{
    private long _shrinks;
    private long _expands;
    private long _elections;

    public long Shrinks => Volatile.Read(ref _shrinks);

    public long Expands => Volatile.Read(ref _expands);

    public void PublishTo(BrokerMeter meter)
    {
        meter.Counter("akka.broker.isr.shrinks", null, "Times that a partition led by this node lost in-sync replicas.", () => Shrinks);
        meter.Counter("akka.broker.isr.expands", null, "Times that a partition led by this node got in-sync replicas back.", () => Expands);
        meter.Counter("akka.broker.leader.elections", null, "Times that this node was given the lead of a partition.", () => Volatile.Read(ref _elections));
    }

    /// <summary>The metadata has changed. On the publisher's thread, one call at a time.</summary>
    internal void OnChanged(MetadataImage old, MetadataImage current)
    {
        foreach (var (id, topic) in current.TopicsById)
        {
            if (!old.TopicsById.TryGetValue(id, out var before) || ReferenceEquals(before, topic))
                continue;
            foreach (var partition in topic.Partitions)
            {
                if (partition.Leader == nodeId && before.TryGetPartition(partition.Partition, out var last) && !ReferenceEquals(last, partition))
                    Count(last, partition);
            }
        }
    }

    private void Count(PartitionImage before, PartitionImage after)
    {
        if (before.Isr.Any(r => !after.Isr.Contains(r)))
            Interlocked.Increment(ref _shrinks);
        if (after.Isr.Any(r => !before.Isr.Contains(r)))
            Interlocked.Increment(ref _expands);
        if (before.Leader != nodeId)
            Interlocked.Increment(ref _elections);
    }
}
