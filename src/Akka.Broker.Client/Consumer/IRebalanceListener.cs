using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>
/// Is asked about partitions that come and go, and waited for: a partition delivers nothing before its <see cref="OnAssignedAsync"/> is through, and goes to nobody else before its
/// <see cref="OnRevokedAsync"/> is. Heartbeats go on meanwhile. What a callback throws becomes a <see cref="ConsumerTroubled"/> event.
/// </summary>
public interface IRebalanceListener
{
    ValueTask OnAssignedAsync(IReadOnlyList<TopicPartition> partitions) => ValueTask.CompletedTask;

    /// <summary>What was being handled is finished, or the time for it is over. The last chance to commit.</summary>
    ValueTask OnRevokedAsync(IReadOnlyList<TopicPartition> partitions) => ValueTask.CompletedTask;

    /// <summary>Another member has them already.</summary>
    ValueTask OnLostAsync(IReadOnlyList<TopicPartition> partitions) => ValueTask.CompletedTask;
}
