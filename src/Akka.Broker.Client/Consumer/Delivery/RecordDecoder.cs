using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Consuming;

/// <summary>Makes records of bytes. Many threads at once.</summary>
internal sealed class RecordDecoder<TKey, TValue>(IDeserializer<TKey> keys, IDeserializer<TValue> values)
{
    private readonly IMemoryDeserializer<TKey>? _keysOfMemory = keys as IMemoryDeserializer<TKey>;
    private readonly IMemoryDeserializer<TValue>? _valuesOfMemory = values as IMemoryDeserializer<TValue>;

    /// <summary>The record that the reader is at; what borrows memory is valid until the reader moves.</summary>
    /// <exception cref="RecordDeserializationException">A deserializer has failed.</exception>
    public ConsumerRecord<TKey, TValue> Decode(TopicPartition partition, ChunkReader reader)
    {
        ref readonly var record = ref reader.Current;
        var topic = partition.Topic;
        var headers = record.HeaderCount == 0 ? null : record.Headers.ToArray();
        try
        {
            var key = Read(keys, _keysOfMemory, record.Key, record.IsKeyNull, new SerializationContext(topic, RecordPart.Key));
            var value = Read(values, _valuesOfMemory, record.Value, record.IsValueNull, new SerializationContext(topic, RecordPart.Value));
            return new ConsumerRecord<TKey, TValue>(partition, record.Offset, reader.Epoch, key, value, headers)
            {
                TimestampMs = record.TimestampMs,
                TimestampType = reader.TimestampType,
                Attempt = 1,
            };
        }
        catch (Exception cause)
        {
            throw new RecordDeserializationException(partition, record.Offset, cause);
        }
    }

    /// <summary>A record with memory of its own.</summary>
    /// <exception cref="RecordDeserializationException">A deserializer has failed.</exception>
    public ConsumerRecord<TKey, TValue> Decode(TopicPartition partition, KeptRecord record, int attempt)
    {
        try
        {
            var key = Read(keys, _keysOfMemory, record.Key, record.IsKeyNull, new SerializationContext(partition.Topic, RecordPart.Key));
            var value = Read(values, _valuesOfMemory, record.Value, record.IsValueNull, new SerializationContext(partition.Topic, RecordPart.Value));
            return new ConsumerRecord<TKey, TValue>(partition, record.Offset, record.Epoch, key, value, record.Headers)
            {
                TimestampMs = record.TimestampMs,
                TimestampType = record.TimestampType,
                Attempt = attempt,
            };
        }
        catch (Exception cause)
        {
            throw new RecordDeserializationException(partition, record.Offset, cause);
        }
    }

    private static T Read<T>(IDeserializer<T> deserializer, IMemoryDeserializer<T>? ofMemory, ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
        ofMemory is null ? deserializer.Deserialize(data.Span, isNull, context) : ofMemory.DeserializeMemory(data, isNull, context);
}

/// <summary>A key or value is not what its deserializer can read.</summary>
public sealed class RecordDeserializationException(TopicPartition partition, long offset, Exception cause)
    : BrokerClientException(ErrorCode.InvalidRecord, $"The record at {partition}@{offset} cannot be deserialized: {cause.Message}", cause)
{
    public TopicPartition Partition { get; } = partition;

    public long Offset { get; } = offset;
}

/// <summary>A record copied out of the fetch buffer: for handlers and actors, who have it for as long as they like.</summary>
internal sealed class KeptRecord
{
    private readonly byte[] _bytes;
    private readonly int _keyLength;

    public KeptRecord(ChunkReader reader)
    {
        ref readonly var record = ref reader.Current;
        _keyLength = record.Key.Length;
        _bytes = GC.AllocateUninitializedArray<byte>(_keyLength + record.Value.Length);
        record.Key.CopyTo(_bytes);
        record.Value.CopyTo(_bytes.AsMemory(_keyLength));
        (Offset, Epoch, TimestampMs, TimestampType) = (record.Offset, reader.Epoch, record.TimestampMs, reader.TimestampType);
        (IsKeyNull, IsValueNull) = (record.IsKeyNull, record.IsValueNull);
        Headers = record.HeaderCount == 0 ? [] : record.Headers.ToArray();
    }

    public long Offset { get; }

    public int Epoch { get; }

    public long TimestampMs { get; }

    public TimestampType TimestampType { get; }

    public bool IsKeyNull { get; }

    public bool IsValueNull { get; }

    public ReadOnlyMemory<byte> Key => _bytes.AsMemory(0, _keyLength);

    public ReadOnlyMemory<byte> Value => _bytes.AsMemory(_keyLength);

    public RecordHeader[] Headers { get; }
}
