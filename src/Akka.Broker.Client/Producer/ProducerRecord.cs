using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client;

/// <summary>A record to be sent.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Key">Records of one key go to one partition, in their order. Null: any partition.</param>
/// <param name="Value">Null deletes the key where a topic is compacted.</param>
public readonly record struct ProducerRecord<TKey, TValue>(string Topic, TKey Key, TValue Value)
{
    /// <summary>Null: by the key, or else by the producer's choice.</summary>
    public int? Partition { get; init; }

    /// <summary>Not changed until the record is delivered.</summary>
    public RecordHeader[]? Headers { get; init; }

    /// <summary>Null: now.</summary>
    public DateTimeOffset? Timestamp { get; init; }
}
