namespace Akka.Cluster.Sharding;

/// <summary>An extractor that knows the messages of sharding itself, and asks the user's for all others.</summary>
internal sealed class EnvelopeExtractor(IMessageExtractor inner)
{
    public string? EntityId(object message) => message switch
    {
        ShardingEnvelope envelope => envelope.EntityId,
        ShardRegion.StartEntity start => start.EntityId,
        _ => inner.EntityId(message),
    };

    public object? EntityMessage(object message) => message is ShardingEnvelope envelope ? envelope.Message : inner.EntityMessage(message);

    public string? ShardId(string entityId, object message) => inner.ShardId(entityId, message);
}
