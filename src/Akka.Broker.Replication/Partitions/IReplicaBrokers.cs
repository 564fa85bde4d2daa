using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Replication.Partitions;

/// <summary>What a leader must know of the brokers that hold its replicas. Asked at each decision, so it may change between two.</summary>
public interface IReplicaBrokers
{
    /// <summary>The epoch under which the broker is registered; -1 if it is not.</summary>
    long EpochOf(int broker);

    /// <summary>
    /// Whether the broker may be taken into the ISR at all: registered, not fenced, not about to stop, and its replica's disk sound. The controller would refuse it, and a watermark that waited for
    /// one that stops would stand still until it is fenced.
    /// </summary>
    bool IsEligible(int broker);
}

/// <summary>As the node's newest metadata says, of one partition's replicas; of any partition's, whose disks are taken for sound, if none is named.</summary>
public sealed class MetadataReplicaBrokers(Func<MetadataImage> current, TopicIdPartition? of = null) : IReplicaBrokers
{
    public long EpochOf(int broker) => current().Brokers.TryGetValue(broker, out var image) ? image.Epoch : -1;

    public bool IsEligible(int broker)
    {
        var image = current();
        return image.IsActive(broker) && !(of is { } id && image.IsOffline(broker, id.TopicId, id.Partition));
    }
}
