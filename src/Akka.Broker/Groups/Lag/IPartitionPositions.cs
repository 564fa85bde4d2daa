using Akka.Broker.Protocol;

namespace Akka.Broker.Groups.Lag;

/// <summary>Where partitions stand, wherever they are led. Thread-safe.</summary>
internal interface IPartitionPositions
{
    /// <summary>High watermarks; partitions whose leader does not answer are left out.</summary>
    Task<IReadOnlyDictionary<TopicPartition, long>> EndsAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancelled);

    /// <summary>The timestamps, in ms, of the records at these offsets or of the first behind them; those that cannot be read are left out.</summary>
    Task<IReadOnlyDictionary<TopicPartitionOffset, long>> TimestampsAsync(IReadOnlyCollection<TopicPartitionOffset> records, CancellationToken cancelled);
}

/// <summary>A place in a partition.</summary>
internal readonly record struct TopicPartitionOffset(TopicPartition Partition, long Offset);
