using System.Globalization;
using Akka.Broker.Controller;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Groups;

/// <summary>
/// Shard region <c>group</c>: the entity is a partition of <c>__consumer_offsets</c>, its shard the broker id of that partition's leader in this
/// node's metadata. Where there is no leader it is this node itself, whose coordinator answers NOT_COORDINATOR.
/// </summary>
public sealed class GroupMessageExtractor(int nodeId, MetadataCache metadata) : IMessageExtractor
{
    public string? EntityId(object message) => (message as IGroupCoordinatorCommand)?.Partition.ToString(CultureInfo.InvariantCulture);

    public object EntityMessage(object message) => message;

    public string? ShardId(object message) => message is IGroupCoordinatorCommand command ? ShardId(command.Partition) : null;

    public string ShardId(string entityId, object? messageHint = null) => ShardId(int.Parse(entityId, CultureInfo.InvariantCulture));

    private string ShardId(int partition)
    {
        var leader = metadata.Current.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic) && topic.TryGetPartition(partition, out var image) && image.HasLeader
            ? image.Leader
            : nodeId;
        return BrokerShards.ShardOf(leader);
    }
}
