using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Metrics;

/// <summary>
/// How the partitions of one <see cref="MetadataImage"/> are, counted: for the whole cluster and for one node. Immutable.
/// </summary>
public sealed record PartitionCensus
{
    private PartitionCensus()
    {
    }

    public int Topics { get; private set; }

    /// <summary>Of all topics.</summary>
    public int Partitions { get; private set; }

    /// <summary>Of all partitions those that nobody leads, or whose leader is fenced.</summary>
    public int Offline { get; private set; }

    /// <summary>Replicas on the node.</summary>
    public int Replicas { get; private set; }

    /// <summary>The node leads them.</summary>
    public int Led { get; private set; }

    /// <summary>Of those, with replicas that are not in sync.</summary>
    public int UnderReplicated { get; private set; }

    /// <summary>Of those, with fewer in-sync replicas than <c>min.insync.replicas</c>: acks=all is refused.</summary>
    public int UnderMinIsr { get; private set; }

    /// <summary>Of those, with just as many as <c>min.insync.replicas</c>: one lost replica more and acks=all is refused.</summary>
    public int AtMinIsr { get; private set; }

    /// <summary>Of those, with a move under way.</summary>
    public int Moving { get; private set; }

    /// <summary>The node is their preferred leader and another leads.</summary>
    public int LedByOthers { get; private set; }

    /// <param name="image">What is counted.</param>
    /// <param name="nodeId">The node.</param>
    /// <param name="minInsyncReplicas">A topic's setting in that image.</param>
    public static PartitionCensus Of(MetadataImage image, int nodeId, Func<MetadataImage, TopicImage, int> minInsyncReplicas)
    {
        var census = new PartitionCensus { Topics = image.TopicsById.Count };
        foreach (var topic in image.TopicsById.Values)
        {
            var minimum = -1;
            foreach (var partition in topic.Partitions)
            {
                census.Partitions++;
                if (!partition.HasLeader || !image.IsAlive(partition.Leader))
                    census.Offline++;
                if (partition.Replicas.Contains(nodeId))
                    census.Replicas++;
                if (partition.Leader == nodeId)
                    census.AddLed(partition, minimum < 0 ? minimum = minInsyncReplicas(image, topic) : minimum);
                else if (!partition.Replicas.IsEmpty && partition.Replicas[0] == nodeId)
                    census.LedByOthers++;
            }
        }

        return census;
    }

    private void AddLed(PartitionImage partition, int minimum)
    {
        Led++;
        // Replicas that are on their way in are not missing yet.
        if (partition.Isr.Length < partition.Replicas.Length - partition.Adding.Length)
            UnderReplicated++;
        // A topic of fewer replicas than its minimum is served with all that it has.
        var needed = Math.Min(minimum, partition.Replicas.Length);
        if (partition.Isr.Length < needed)
            UnderMinIsr++;
        else if (partition.Isr.Length == needed)
            AtMinIsr++;
        if (partition.IsMoving)
            Moving++;
    }
}
