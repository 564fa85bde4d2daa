using System.Globalization;
using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Groups;

/// <summary>
/// Shard region <c>group</c>: the entity is a partition of <c>__consumer_offsets</c>, its shard this node's. Clients are told which node leads it and
/// ask there; a coordinator whose node does not lead answers NOT_COORDINATOR, so nothing goes to another node.
/// </summary>
public sealed class GroupMessageExtractor(int nodeId) : IMessageExtractor
{
    private readonly string _shard = BrokerShards.ShardOf(nodeId);

    public string? EntityId(object message) => (message as IGroupCoordinatorCommand)?.Partition.ToString(CultureInfo.InvariantCulture);

    public object EntityMessage(object message) => message;

    public string? ShardId(object message) => message is IGroupCoordinatorCommand ? _shard : null;

    public string ShardId(string entityId, object? messageHint = null) => _shard;
}
