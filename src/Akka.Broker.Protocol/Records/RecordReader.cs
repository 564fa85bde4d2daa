namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Walks over the records of one batch, given its header and its decompressed records. Allocates nothing; for <c>foreach</c>.
/// It trusts nothing: what is malformed, left over or missing throws <see cref="InvalidRecordException"/>, and no view reaches outside the records.
/// Offsets rise from record to record but may have gaps, since compaction leaves them.
/// </summary>
/// <param name="batch">Whose records they are.</param>
/// <param name="records">The batch's payload, decompressed.</param>
public ref struct RecordReader(RecordBatch batch, ReadOnlySpan<byte> records)
{
    private readonly ReadOnlySpan<byte> _records = records;
    private RecordBounds _at = new(batch);

    public readonly Record Current =>
        new(_at.Offset, _at.TimestampMs, _at.SizeInBytes, Bytes(_at.Key), Bytes(_at.Value), new RecordHeaders(_records.Slice(_at.HeadersStart, _at.HeadersLength), _at.HeaderCount));

    public readonly RecordReader GetEnumerator() => this;

    public bool MoveNext() => _at.MoveNext(_records);

    private readonly NullableBytes Bytes(RecordPart part) => part.IsNull ? NullableBytes.Null : _records.Slice(part.Start, part.Length);
}
