namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Walks over the records of one batch as <see cref="RecordReader"/> does, but can be kept in a field between two records and yields memory instead of spans: for whoever
/// hands records out one at a time. Allocates nothing. What is malformed, left over or missing throws <see cref="InvalidRecordException"/>.
/// </summary>
/// <param name="batch">Whose records they are.</param>
/// <param name="records">The batch's payload, decompressed.</param>
public struct RecordCursor(RecordBatch batch, ReadOnlyMemory<byte> records)
{
    private readonly ReadOnlyMemory<byte> _records = records;
    private RecordBounds _at = new(batch);

    public readonly long Offset => _at.Offset;

    public readonly long TimestampMs => _at.TimestampMs;

    public readonly bool IsKeyNull => _at.Key.IsNull;

    /// <summary>Empty for null.</summary>
    public readonly ReadOnlyMemory<byte> Key => _records.Slice(_at.Key.Start, _at.Key.Length);

    public readonly bool IsValueNull => _at.Value.IsNull;

    /// <summary>Empty for null.</summary>
    public readonly ReadOnlyMemory<byte> Value => _records.Slice(_at.Value.Start, _at.Value.Length);

    public readonly int HeaderCount => _at.HeaderCount;

    public readonly RecordHeaders Headers => new(_records.Span.Slice(_at.HeadersStart, _at.HeadersLength), HeaderCount);

    public bool MoveNext() => _at.MoveNext(_records.Span);
}
