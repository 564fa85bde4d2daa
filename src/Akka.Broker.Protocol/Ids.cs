namespace Akka.Broker.Protocol;

/// <summary>A partition by its topic's name. Names are reused after a delete; where that matters use <see cref="TopicIdPartition"/>.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    /// <summary>As Kafka names a replica's folder: <c>topic-partition</c>.</summary>
    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>A partition of one incarnation of a topic: the id changes when a topic is deleted and made again (KIP-516).</summary>
public readonly record struct TopicIdPartition(Guid TopicId, string Topic, int Partition)
{
    public TopicPartition TopicPartition => new(Topic, Partition);

    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>Who an idempotent or transactional batch comes from (KIP-98). The epoch fences older incarnations of the same producer.</summary>
public readonly record struct ProducerIdAndEpoch(long ProducerId, short Epoch)
{
    public static readonly ProducerIdAndEpoch None = new(-1, -1);

    public bool IsPresent => ProducerId >= 0;
}
