using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client;

/// <summary>
/// A record as an application gets it. Key and value are what the deserializers made; with <see cref="BorrowedBytes"/> they are the fetch buffer's own memory, which is
/// valid until the next record is asked for.
/// </summary>
public readonly struct ConsumerRecord<TKey, TValue>
{
    private readonly RecordHeader[]? _headers;

    internal ConsumerRecord(TopicPartition partition, long offset, int leaderEpoch, TKey key, TValue value, RecordHeader[]? headers)
    {
        TopicPartition = partition;
        Offset = offset;
        LeaderEpoch = leaderEpoch;
        Key = key;
        Value = value;
        _headers = headers;
    }

    public TopicPartition TopicPartition { get; }

    public string Topic => TopicPartition.Topic;

    public int Partition => TopicPartition.Partition;

    public long Offset { get; }

    /// <summary>Of the leader that took the record, -1 if unknown.</summary>
    public int LeaderEpoch { get; }

    [MaybeNull]
    public TKey Key { get; }

    /// <summary>Null if the record deletes its key.</summary>
    [MaybeNull]
    public TValue Value { get; }

    public RecordHeader[] Headers => _headers ?? [];

    public long TimestampMs { get; internal init; }

    public TimestampType TimestampType { get; internal init; }

    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(TimestampMs);

    /// <summary>How often a handler was given it, this time included; 1 where records are not handed to handlers.</summary>
    public int Attempt { get; internal init; }

    /// <summary>What to commit when this record and all before it are done.</summary>
    public OffsetAndMetadata NextOffset => new(Offset + 1) { LeaderEpoch = LeaderEpoch };

    public override string ToString() => $"{TopicPartition}@{Offset}";
}
