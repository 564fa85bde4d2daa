namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Goes from record to record of one batch, and knows where the parts of the current one lie in the batch's decompressed records. The parser behind
/// <see cref="RecordReader"/> and <see cref="RecordCursor"/>, which hold the records as a span and as memory and hand them in each time. Allocates nothing.
/// <para>
/// It trusts nothing: what is malformed, left over or missing throws <see cref="InvalidRecordException"/>, and nothing that it says lies outside the record. Offsets rise
/// from record to record but may have gaps, since compaction leaves them.
/// </para>
/// </summary>
internal struct RecordBounds(RecordBatch batch)
{
    private readonly long _baseOffset = batch.BaseOffset;
    private readonly bool _hasLogAppendTime = batch.TimestampType == TimestampType.LogAppendTime;
    private readonly long _baseTimestamp = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : batch.BaseTimestamp;
    private readonly int _lastOffsetDelta = batch.LastOffsetDelta;
    private readonly int _count = batch.RecordCount;
    private int _read;
    private int _position;
    private int _offsetDelta = -1;

    public readonly long Offset => _baseOffset + _offsetDelta;

    public long TimestampMs { readonly get; private set; }

    /// <summary>With its length field.</summary>
    public int SizeInBytes { readonly get; private set; }

    public RecordPart Key { readonly get; private set; }

    public RecordPart Value { readonly get; private set; }

    public int HeaderCount { readonly get; private set; }

    public int HeadersStart { readonly get; private set; }

    public int HeadersLength { readonly get; private set; }

    public bool MoveNext(ReadOnlySpan<byte> records)
    {
        if (_read >= _count)
        {
            return _position == records.Length
                ? false
                : throw new InvalidRecordException($"{records.Length - _position} bytes follow the last of {_count} records at base offset {_baseOffset}");
        }

        var start = _position;
        if (!VarInt.TryRead(records, ref _position, out var length) || length < 1 || length > records.Length - _position)
            throw Malformed("its length reaches past the batch");
        var end = _position + length;
        // The first byte is the record's attributes, which mean nothing yet.
        Read(records[..end], _position + 1);
        SizeInBytes = end - start;
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
        Key = ReadPart(bytes, ref at, "key");
        Value = ReadPart(bytes, ref at, "value");
        if (!VarInt.TryRead(bytes, ref at, out var headerCount) || headerCount < 0)
            throw Malformed("its header count is no count");
        var headers = at;
        for (var i = 0; i < headerCount; i++)
        {
            if (!RecordHeaders.TryReadHeader(bytes, ref at, out _))
                throw Malformed($"header {i} of {headerCount} reaches past it");
        }

        if (at != bytes.Length)
            throw Malformed($"{bytes.Length - at} bytes follow its last header");
        (HeadersStart, HeadersLength, HeaderCount) = (headers, at - headers, headerCount);
        _offsetDelta = offsetDelta;
        TimestampMs = _hasLogAppendTime ? _baseTimestamp : _baseTimestamp + timestampDelta;
    }

    private readonly RecordPart ReadPart(ReadOnlySpan<byte> bytes, ref int at, string name)
    {
        if (!VarInt.TryRead(bytes, ref at, out var length) || length < -1 || length > bytes.Length - at)
            throw Malformed($"its {name} reaches past it");
        var part = new RecordPart(at, length);
        at += part.Length;
        return part;
    }

    private readonly InvalidRecordException Malformed(string what) =>
        new($"record {_read} of {_count} at base offset {_baseOffset} is malformed: {what}");
}

/// <summary>Where a key or value lies; a length of -1 as it is written: it is null, which is not the same as empty.</summary>
internal readonly struct RecordPart(int start, int writtenLength)
{
    public bool IsNull => writtenLength < 0;

    public int Start => start;

    public int Length => Math.Max(0, writtenLength);
}
