namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Goes over a batch's records once, without looking at keys and values: every length must lie within its record and fill it, offset deltas must be
/// 0, 1, 2, …, and nothing may be left over. This runs for each produced record, hence the flat code.
/// </summary>
internal ref struct RecordWalk(long baseTimestamp, int count)
{
    private const long NoTimestamp = -1;

    private readonly long _baseTimestamp = baseTimestamp;
    private readonly int _count = count;

    /// <summary>The latest timestamp of the records, -1 if none has one.</summary>
    public long MaxTimestamp { get; private set; } = NoTimestamp;

    /// <summary>The earliest timestamp of the records that have one, -1 if none has.</summary>
    public long MinTimestamp { get; private set; } = NoTimestamp;

    public RecordBatchVerdict Run(ReadOnlySpan<byte> records, bool keysRequired)
    {
        long max = NoTimestamp, min = long.MaxValue;
        var position = 0;
        for (var index = 0; index < _count; index++)
        {
            if (!VarInt.TryRead(records, ref position, out var length) || (uint)length > (uint)(records.Length - position))
                return Malformed("A record's length reaches past the batch, or there are fewer records than the batch's header says.");
            var body = records.Slice(position, length);
            position += length;

            // The first byte is the record's attributes, which mean nothing yet.
            var at = 1;
            if (length < 1 || !TryReadTimestampDelta(body, ref at, out var timestampDelta) || !VarInt.TryRead(body, ref at, out var offsetDelta))
                return Malformed("A record ends before its timestamp and offset deltas.");
            if (offsetDelta != index)
                return Malformed("The records' offset deltas must be 0, 1, 2 and so on.");
            var timestamp = _baseTimestamp + timestampDelta;
            if (timestamp != NoTimestamp)
            {
                max = Math.Max(max, timestamp);
                min = Math.Min(min, timestamp);
            }

            if (!VarInt.TryRead(body, ref at, out var keyLength) || keyLength < -1 || keyLength > length - at)
                return Malformed("A record's key reaches past the record.");
            if (keyLength < 0)
            {
                if (keysRequired)
                    return Malformed("A compacted topic accepts no record without a key.");
                keyLength = 0;
            }

            at += keyLength;
            if (!VarInt.TryRead(body, ref at, out var valueLength) || valueLength < -1 || valueLength > length - at)
                return Malformed("A record's value reaches past the record.");
            at += Math.Max(0, valueLength);
            if (!VarInt.TryRead(body, ref at, out var headerCount) || headerCount < 0)
                return Malformed("A record's header count is no count.");
            if (headerCount > 0 && !TrySkipHeaders(body, ref at, headerCount))
                return Malformed("A record's header reaches past the record.");
            if (at != length)
                return Malformed("A record is longer than its key, value and headers.");
        }

        MaxTimestamp = max;
        MinTimestamp = min == long.MaxValue ? NoTimestamp : min;
        return position == records.Length ? RecordBatchVerdict.Accepted : Malformed("Bytes follow the batch's last record.");
    }

    /// <summary>Mostly small or one that fits 32 bits; the rest goes the slow way.</summary>
    private static bool TryReadTimestampDelta(ReadOnlySpan<byte> body, ref int at, out long delta)
    {
        if (body.Length > 2 && (body[1] < 0x80 || body[2] < 0x80) && VarInt.TryRead(body, ref at, out var small))
        {
            delta = small;
            return true;
        }

        var position = at;
        var isRead = VarInt.TryReadLong(body, ref position, out delta);
        at = position;
        return isRead;
    }

    private static bool TrySkipHeaders(ReadOnlySpan<byte> body, ref int at, int count)
    {
        var position = at;
        for (var i = 0; i < count; i++)
        {
            if (!RecordHeaders.TryReadHeader(body, ref position, out _))
                return false;
        }

        at = position;
        return true;
    }

    private static RecordBatchVerdict Malformed(string message) => RecordBatchValidator.Refuse(ErrorCode.InvalidRecord, message);
}
