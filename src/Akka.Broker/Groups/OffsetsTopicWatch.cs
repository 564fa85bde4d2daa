using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Groups;

/// <summary>
/// Tells this node's coordinators what the metadata changes for them: that they lead an offsets partition now, and that topics are gone.
/// One a node; it runs on the thread that publishes metadata.
/// </summary>
public sealed class OffsetsTopicWatch : IDisposable
{
    private readonly int _nodeId;
    private readonly MetadataCache _metadata;
    private readonly IActorRef _region;

    public OffsetsTopicWatch(int nodeId, MetadataCache metadata, IActorRef groupRegion)
    {
        _nodeId = nodeId;
        _metadata = metadata;
        _region = groupRegion;
        _metadata.Changed += OnChanged;
        OnChanged(MetadataImage.Empty, _metadata.Current);
    }

    public void Dispose() => _metadata.Changed -= OnChanged;

    private void OnChanged(MetadataImage before, MetadataImage after)
    {
        if (ReferenceEquals(before.Topics, after.Topics) || !after.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic))
            return;
        before.TryGetTopic(InternalTopics.ConsumerOffsets, out var topicBefore);
        var deleted = DeletedTopics(before, after);
        foreach (var partition in topic.Partitions)
        {
            if (partition.Leader != _nodeId)
                continue;
            if (topicBefore is null
                || !topicBefore.TryGetPartition(partition.Partition, out var partitionBefore)
                || partitionBefore.Leader != _nodeId
                || partitionBefore.LeaderEpoch != partition.LeaderEpoch)
            {
                _region.Tell(new CoordinateGroups(partition.Partition));
            }

            if (deleted.Count > 0)
                _region.Tell(new ForgetTopics(partition.Partition, deleted));
        }
    }

    /// <summary>By name: a topic that was deleted and made again is another one, whose offsets begin anew.</summary>
    private static HashSet<string> DeletedTopics(MetadataImage before, MetadataImage after)
    {
        var deleted = new HashSet<string>();
        foreach (var (id, topic) in before.TopicsById)
        {
            if (!after.TopicsById.ContainsKey(id))
                deleted.Add(topic.Name);
        }

        return deleted;
    }
}
