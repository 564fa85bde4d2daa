using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Replication.Partitions;

/// <summary>What a leader must know of the brokers that hold its replicas. Asked at each decision, so it may change between two.</summary>
public interface IReplicaBrokers
{
    /// <summary>The epoch under which the broker is registered; -1 if it is not.</summary>
    long EpochOf(int broker);

    /// <summary>
    /// Whether the broker may be taken into the ISR at all: registered, not fenced, and not about to stop. The controller would refuse it, and a watermark that waited for
    /// one that stops would stand still until it is fenced.
    /// </summary>
    bool IsEligible(int broker);
}

/// <summary>As the node's newest metadata says.</summary>
public sealed class MetadataReplicaBrokers(Func<MetadataImage> current) : IReplicaBrokers
{
    public long EpochOf(int broker) => current().Brokers.TryGetValue(broker, out var image) ? image.Epoch : -1;

    public bool IsEligible(int broker) => current().IsActive(broker);
}
