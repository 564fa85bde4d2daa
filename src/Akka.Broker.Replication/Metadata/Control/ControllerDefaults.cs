namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>What topics get whose creator does not say, from the controller's own settings.</summary>
public sealed record ControllerDefaults
{
    public int NumPartitions { get; init; } = 1;

    public short ReplicationFactor { get; init; } = 1;

    /// <summary><c>offsets.topic.num.partitions</c></summary>
    public int OffsetsTopicPartitions { get; init; } = 50;

    /// <summary><c>offsets.topic.replication.factor</c>; fewer while there are fewer brokers.</summary>
    public short OffsetsTopicReplicationFactor { get; init; } = 3;

    /// <summary><c>offsets.topic.segment.bytes</c></summary>
    public int OffsetsTopicSegmentBytes { get; init; } = 104857600;

    /// <summary>The most partitions that one request may create: it is one batch of the metadata log.</summary>
    public int PartitionsPerRequestMax { get; init; } = 10_000;

    /// <summary><c>max.topics</c>: topics of the cluster, the broker's own not counted.</summary>
    public int TopicsMax { get; init; } = int.MaxValue;

    /// <summary><c>max.partitions</c>: partitions of the cluster, those of the broker's own topics not counted.</summary>
    public int PartitionsMax { get; init; } = int.MaxValue;
}
