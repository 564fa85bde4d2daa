using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Partitions;

/// <summary>
/// Region <c>partition</c>: the entity is the partition, its shard this node's. Whoever sends has found by the metadata that this node leads, or tells its
/// own entity to lead or to resign; where the metadata has moved on meanwhile the entity refuses, and the asker looks again. So batches never leave their
/// node, and a <see cref="Resign"/> that follows from another's leadership does not reach that other.
/// </summary>
public sealed class PartitionMessageExtractor(int nodeId) : IMessageExtractor
{
    private readonly string _shard = BrokerShards.ShardOf(nodeId);

    public string? EntityId(object message) => message is IPartitionCommand command ? PartitionEntity.NameOf(command.Target) : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) => message is IPartitionCommand ? _shard : null;

    public string ShardId(string entityId, object? messageHint = null) => _shard;
}
