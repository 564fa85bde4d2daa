namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Walks over the records of one batch as <see cref="RecordReader"/> does, but can be kept in a field between two records and yields memory instead of spans: for whoever
/// hands records out one at a time. Allocates nothing. What is malformed, left over or missing throws <see cref="InvalidRecordException"/>.
/// </summary>
public struct RecordCursor
{
    private readonly ReadOnlyMemory<byte> _records;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly int _lastOffsetDelta;
    private readonly int _count;
    private readonly bool _hasLogAppendTime;
    private int _read;
    private int _position;
    private int _offsetDelta;
    private int _keyStart;
    private int _keyLength;
    private int _valueStart;
    private int _valueLength;
    private int _headersStart;
    private int _headersEnd;

    /// <param name="batch">Whose records they are.</param>
    /// <param name="records">The batch's payload, decompressed.</param>
    public RecordCursor(RecordBatch batch, ReadOnlyMemory<byte> records)
    {
        _records = records;
        _baseOffset = batch.BaseOffset;
        _hasLogAppendTime = batch.TimestampType == TimestampType.LogAppendTime;
        _baseTimestamp = _hasLogAppendTime ? batch.MaxTimestamp : batch.BaseTimestamp;
        _lastOffsetDelta = batch.LastOffsetDelta;
        _count = batch.RecordCount;
        _offsetDelta = -1;
    }

    public readonly long Offset => _baseOffset + _offsetDelta;

    public long TimestampMs { readonly get; private set; }

    public readonly bool IsKeyNull => _keyLength < 0;

    /// <summary>Empty for null.</summary>
    public readonly ReadOnlyMemory<byte> Key => _records.Slice(_keyStart, Math.Max(0, _keyLength));

    public readonly bool IsValueNull => _valueLength < 0;

    /// <summary>Empty for null.</summary>
    public readonly ReadOnlyMemory<byte> Value => _records.Slice(_valueStart, Math.Max(0, _valueLength));

    public int HeaderCount { readonly get; private set; }

    public readonly RecordHeaders Headers => new(_records.Span[_headersStart.._headersEnd], HeaderCount);

    public bool MoveNext()
    {
        var records = _records.Span;
        if (_read >= _count)
        {
            return _position == records.Length
                ? false
                : throw new InvalidRecordException($"{records.Length - _position} bytes follow the last of {_count} records at base offset {_baseOffset}");
        }

        if (!VarInt.TryRead(records, ref _position, out var length) || length < 1 || length > records.Length - _position)
            throw Malformed("its length reaches past the batch");
        var end = _position + length;
        Read(records[..end], _position + 1);
        _position = end;
        _read++;
        return true;
    }

    /// <summary>Goes over a record whose bytes end where <paramref name="bytes"/> do.</summary>
    private void Read(ReadOnlySpan<byte> bytes, int at)
    {
        if (!VarInt.TryReadLong(bytes, ref at, out var timestampDelta) || !VarInt.TryRead(bytes, ref at, out var offsetDelta))
            throw Malformed("it ends before its deltas");
        if (offsetDelta <= _offsetDelta || offsetDelta > _lastOffsetDelta)
            throw Malformed($"offset delta {offsetDelta} is not above {_offsetDelta} and at most {_lastOffsetDelta}");
        if (!VarInt.TryRead(bytes, ref at, out _keyLength) || _keyLength < -1 || _keyLength > bytes.Length - at)
            throw Malformed("its key reaches past it");
        _keyStart = at;
        at += Math.Max(0, _keyLength);
        if (!VarInt.TryRead(bytes, ref at, out _valueLength) || _valueLength < -1 || _valueLength > bytes.Length - at)
            throw Malformed("its value reaches past it");
        _valueStart = at;
        at += Math.Max(0, _valueLength);
        if (!VarInt.TryRead(bytes, ref at, out var headerCount) || headerCount < 0)
            throw Malformed("its header count is no count");
        _headersStart = at;
        for (var i = 0; i < headerCount; i++)
        {
            if (!RecordHeaders.TryReadHeader(bytes, ref at, out _))
                throw Malformed($"header {i} of {headerCount} reaches past it");
        }

        if (at != bytes.Length)
            throw Malformed($"{bytes.Length - at} bytes follow its last header");
        _headersEnd = at;
        HeaderCount = headerCount;
        _offsetDelta = offsetDelta;
        TimestampMs = _hasLogAppendTime ? _baseTimestamp : _baseTimestamp + timestampDelta;
    }

    private readonly InvalidRecordException Malformed(string what) =>
        new($"record {_read} of {_count} at base offset {_baseOffset} is malformed: {what}");
}
