using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Storage;

namespace Akka.Broker.Replicas;

/// <summary>Which replicas of a node are lost to its disks, as its logs say. Any thread; looks and changes nothing.</summary>
public static class LostReplicas
{
    /// <summary>The replicas that the image gives the node and that it cannot serve, with where each log ends.</summary>
    /// <param name="logs">The node's.</param>
    /// <param name="image">What the node goes by.</param>
    /// <param name="nodeId">The node.</param>
    /// <param name="reasons">Gets why, each reason once.</param>
    public static List<ReplicaLogEnd> Find(LogManager logs, MetadataImage image, int nodeId, ISet<string> reasons)
    {
        var lost = new List<ReplicaLogEnd>();
        if (!logs.HasFailures)
            return lost;
        foreach (var topic in image.TopicsById.Values)
        {
            foreach (var partition in topic.Partitions)
            {
                if (!partition.Replicas.Contains(nodeId))
                    continue;
                var id = topic.IdOf(partition.Partition);
                if (logs.FailureOf(id.TopicPartition) is not { } failure)
                    continue;
                var log = logs.Get(id.TopicPartition);
                var isOwn = log is null || log.Id == id;
                // An earlier topic's log has the name: it goes, and this one is made, unless it lies where nothing can be renamed.
                if (!isOwn && !logs.Folders.Any(f => f.IsOffline && f.Path == log!.DataFolder))
                    continue;
                reasons.Add(failure.Message);
                lost.Add(isOwn
                    ? new ReplicaLogEnd(id.TopicId, id.Partition, log?.LeaderEpochs.LatestEpoch ?? -1, log?.LogEndOffset ?? -1)
                    : new ReplicaLogEnd(id.TopicId, id.Partition, PartitionImage.NoEnd.Epoch, PartitionImage.NoEnd.Offset));
            }
        }
        return lost;
    }
}
