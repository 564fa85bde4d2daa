using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>Offsets on their way to the coordinator. <paramref name="Done"/> is called once, on the consumer's actor, with what went wrong or null.</summary>
internal sealed record PendingCommit(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> Offsets, long DeadlineMs, Action<Exception?> Done)
{
    /// <summary>The generation that it was last sent with.</summary>
    public int Generation { get; set; } = GroupMembership.NoGeneration;
}
