using System.Text;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Producing;

/// <summary>A serialized record on its way into a batch, and who is to be told of its delivery. The bytes are the caller's.</summary>
internal readonly ref struct OutgoingRecord
{
    /// <summary>What a record has beside key, value and headers, at most: its lengths, deltas and attributes.</summary>
    private const int FixedSizeMax = 40;

    private const int HeaderLengthsMax = 10;

    public OutgoingRecord(long timestampMs, NullableBytes key, NullableBytes value, RecordHeader[]? headers, IDeliveryHandler? handler, object? state)
    {
        TimestampMs = timestampMs;
        Key = key;
        Value = value;
        Headers = headers ?? [];
        Handler = handler;
        State = state;
        var size = FixedSizeMax + key.Span.Length + value.Span.Length;
        foreach (var header in Headers)
            size += HeaderLengthsMax + Encoding.UTF8.GetByteCount(header.Key) + (header.Value?.Length ?? 0);
        SizeMax = size;
    }

    public long TimestampMs { get; }

    public NullableBytes Key { get; }

    public NullableBytes Value { get; }

    public RecordHeader[] Headers { get; }

    public IDeliveryHandler? Handler { get; }

    public object? State { get; }

    /// <summary>Of the record in a batch, uncompressed; it may be a few bytes smaller.</summary>
    public int SizeMax { get; }
}
