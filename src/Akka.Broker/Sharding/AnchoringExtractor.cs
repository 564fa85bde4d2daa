using Akka.Cluster.Sharding;

namespace Akka.Broker.Sharding;

/// <summary>A region's extractor that knows the <see cref="ShardAnchor"/>s too; they are addressed by envelopes.</summary>
internal sealed class AnchoringExtractor(IMessageExtractor inner) : IMessageExtractor
{
    public string? EntityId(object message) => message is ShardingEnvelope envelope ? envelope.EntityId : inner.EntityId(message);

    public object? EntityMessage(object message) => message is ShardingEnvelope envelope ? envelope.Message : inner.EntityMessage(message);

    public string? ShardId(object message) => message is ShardingEnvelope envelope ? ShardId(envelope.EntityId, envelope) : inner.ShardId(message);

    public string ShardId(string entityId, object? messageHint = null) =>
        ShardAnchor.IsOne(entityId) ? ShardAnchor.ShardOf(entityId) : inner.ShardId(entityId, messageHint);
}
