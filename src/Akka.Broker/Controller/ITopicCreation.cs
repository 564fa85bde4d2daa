using Akka.Broker.Protocol;

namespace Akka.Broker.Controller;

/// <summary>Makes topics that somebody asked for and that are not there: by a client's Metadata request, or the broker's own. Any thread.</summary>
public interface ITopicCreation
{
    /// <summary>
    /// Creates the topic with its defaults, unless it is there: internal topics with theirs. Concurrent calls for one topic are one creation.
    /// Completes when this node's metadata has the topic, or with the reason why it has not: INVALID_TOPIC_EXCEPTION, INVALID_REPLICATION_FACTOR, …;
    /// None if it is there.
    /// </summary>
    ValueTask<ErrorCode> EnsureAsync(string topic, CancellationToken cancellation = default);
}
