using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// How many topics and partitions clients may make. The broker's own topics neither count nor are refused: groups must go on when the cluster is full.
/// Of one request.
/// </summary>
internal sealed class ClusterLimits
{
    private readonly ControllerDefaults _defaults;
    private int _topics;
    private int _partitions;

    public ClusterLimits(MetadataImage image, ControllerDefaults defaults)
    {
        _defaults = defaults;
        if (defaults is { TopicsMax: int.MaxValue, PartitionsMax: int.MaxValue })
            return;
        foreach (var topic in image.TopicsById.Values.Where(t => !t.IsInternal))
        {
            _topics++;
            _partitions += topic.Partitions.Length;
        }
    }

    /// <exception cref="RefusedException">There would be too many.</exception>
    public void Add(string topic, int topics, int partitions)
    {
        if (InternalTopics.IsInternal(topic))
            return;
        if (topics > _defaults.TopicsMax - _topics)
            throw new RefusedException(ErrorCode.PolicyViolation, $"The cluster has {_topics} topics; max.topics allows {_defaults.TopicsMax}. Delete some, or raise it.");
        if (partitions > _defaults.PartitionsMax - _partitions)
        {
            throw new RefusedException(
                ErrorCode.PolicyViolation, $"The cluster has {_partitions} partitions and would get {partitions} more; max.partitions allows {_defaults.PartitionsMax}. Delete some, or raise it.");
        }

        _topics += topics;
        _partitions += partitions;
    }
}
