using Akka.Broker.Controller;
using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Partitions;

/// <summary>
/// Region <c>partition</c>: the entity is the partition, its shard the broker that the node's newest metadata names leader.
/// A partition without a leader, or of a topic that is gone, belongs to this node's shard, whose entity refuses.
/// </summary>
public sealed class PartitionMessageExtractor(MetadataCache metadata, int nodeId) : IMessageExtractor
{
    public string? EntityId(object message) => message is IPartitionCommand command ? PartitionEntity.NameOf(command.Target) : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) =>
        message is IPartitionCommand command ? ShardOf(command.Target.TopicId, command.Target.Partition) : null;

    public string ShardId(string entityId, object? messageHint = null)
    {
        var (topicId, partition) = PartitionEntity.Parse(entityId);
        return ShardOf(topicId, partition);
    }

    private string ShardOf(Guid topicId, int partition)
    {
        var leads = metadata.Current.TryGetTopic(topicId, out var topic) && topic.TryGetPartition(partition, out var image) && image.HasLeader;
        return BrokerShards.ShardOf(leads ? topic!.Partitions[partition].Leader : nodeId);
    }
}
