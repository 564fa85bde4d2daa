namespace Akka.Broker.Protocol.Records;

/// <summary>
/// A view of one record inside a decompressed batch:
/// <code>
/// varint  length of what follows     varint key length (-1: null)    key
/// int8    attributes, unused         varint value length (-1: null)  value
/// varlong timestamp delta            varint header count             headers, see <see cref="RecordHeaders"/>
/// varint  offset delta
/// </code>
/// Deltas are relative to the batch's base timestamp and base offset. Valid as long as the memory under it.
/// </summary>
public readonly ref struct Record
{
    internal Record(long offset, long timestampMs, int sizeInBytes, NullableBytes key, NullableBytes value, RecordHeaders headers)
    {
        Offset = offset;
        TimestampMs = timestampMs;
        SizeInBytes = sizeInBytes;
        Key = key;
        Value = value;
        Headers = headers;
    }

    public long Offset { get; }

    public long TimestampMs { get; }

    /// <summary>With its length field, uncompressed.</summary>
    public int SizeInBytes { get; }

    public NullableBytes Key { get; }

    public NullableBytes Value { get; }

    public RecordHeaders Headers { get; }
}
