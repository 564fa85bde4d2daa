namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Walks over the records of one batch, given its header and its decompressed records. Allocates nothing; for <c>foreach</c>.
/// It trusts nothing: what is malformed, left over or missing throws <see cref="InvalidRecordException"/>, and no view reaches outside the records.
/// Offsets rise from record to record but may have gaps, since compaction leaves them.
/// </summary>
public ref struct RecordReader
{
    private readonly ReadOnlySpan<byte> _records;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly int _lastOffsetDelta;
    private readonly long _logAppendTimestamp;
    private readonly bool _hasLogAppendTime;
    private readonly int _count;
    private int _read;
    private int _position;
    private int _offsetDelta;

    /// <param name="batch">Whose records they are.</param>
    /// <param name="records">The batch's payload, decompressed.</param>
    public RecordReader(RecordBatch batch, ReadOnlySpan<byte> records)
    {
        _records = records;
        _baseOffset = batch.BaseOffset;
        _baseTimestamp = batch.BaseTimestamp;
        _lastOffsetDelta = batch.LastOffsetDelta;
        _hasLogAppendTime = batch.TimestampType == TimestampType.LogAppendTime;
        _logAppendTimestamp = batch.MaxTimestamp;
        _count = batch.RecordCount;
        _offsetDelta = -1;
    }

    public Record Current { get; private set; }

    public readonly RecordReader GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_read >= _count)
        {
            return _position == _records.Length
                ? false
                : throw new InvalidRecordException($"{_records.Length - _position} bytes follow the last of {_count} records at base offset {_baseOffset}");
        }

        var start = _position;
        if (!VarInt.TryRead(_records, ref _position, out var length) || length < 0 || length > _records.Length - _position)
            throw Malformed("its length reaches past the batch");
        var end = _position + length;
        ReadBody(_records.Slice(_position, length), end - start);
        _position = end;
        _read++;
        return true;
    }

    private void ReadBody(ReadOnlySpan<byte> body, int sizeInBytes)
    {
        var position = 1;
        if (body.IsEmpty || !VarInt.TryReadLong(body, ref position, out var timestampDelta) || !VarInt.TryRead(body, ref position, out var offsetDelta))
            throw Malformed("it ends before its deltas");
        if (offsetDelta <= _offsetDelta || offsetDelta > _lastOffsetDelta)
            throw Malformed($"offset delta {offsetDelta} is not above {_offsetDelta} and at most {_lastOffsetDelta}");
        if (!TryReadBytes(body, ref position, out var key) || !TryReadBytes(body, ref position, out var value))
            throw Malformed("its key or value reaches past it");
        if (!VarInt.TryRead(body, ref position, out var headerCount) || headerCount < 0)
            throw Malformed("its header count is no count");
        var headers = body[position..];
        var headersEnd = 0;
        for (var i = 0; i < headerCount; i++)
        {
            if (!RecordHeaders.TryReadHeader(headers, ref headersEnd, out _))
                throw Malformed($"header {i} of {headerCount} reaches past it");
        }

        if (headersEnd != headers.Length)
            throw Malformed($"{headers.Length - headersEnd} bytes follow its last header");
        _offsetDelta = offsetDelta;
        var timestamp = _hasLogAppendTime ? _logAppendTimestamp : _baseTimestamp + timestampDelta;
        Current = new Record(_baseOffset + offsetDelta, timestamp, sizeInBytes, key, value, new RecordHeaders(headers, headerCount));
    }

    private static bool TryReadBytes(ReadOnlySpan<byte> body, scoped ref int position, out NullableBytes bytes)
    {
        bytes = default;
        if (!VarInt.TryRead(body, ref position, out var length) || length < -1 || length > body.Length - position)
            return false;
        if (length >= 0)
        {
            bytes = body.Slice(position, length);
            position += length;
        }

        return true;
    }

    private readonly InvalidRecordException Malformed(string what) =>
        new($"record {_read} of {_count} at base offset {_baseOffset} is malformed: {what}");
}
