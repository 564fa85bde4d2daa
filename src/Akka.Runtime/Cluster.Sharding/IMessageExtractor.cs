namespace Akka.Cluster.Sharding;

/// <summary>Tells for which entity a message is, in which shard that is, and what the entity is to receive.</summary>
public interface IMessageExtractor
{
    /// <summary>Null for a message that is for no entity.</summary>
    string? EntityId(object message);

    object? EntityMessage(object message);

    string? ShardId(object message);

    string ShardId(string entityId, object? messageHint = null);
}
