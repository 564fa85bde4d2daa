using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Segments;

/// <summary>Finds records by their timestamps, without decoding more of them than that takes.</summary>
internal static class RecordTimes
{
    /// <summary>
    /// The offset that a time index notes for a batch's largest timestamp: the first record that has it, where that can be seen without
    /// decompressing; else the batch's last.
    /// </summary>
    public static long OffsetOfMax(in BatchHeader batch, ReadOnlySpan<byte> bytes)
    {
        if (batch.Compression != CompressionType.None || batch.TimestampType == TimestampType.LogAppendTime)
            return batch.LastOffset;
        var wanted = batch.MaxTimestamp - batch.BaseTimestamp;
        var records = bytes[RecordBatch.HeaderSize..];
        for (var i = 0; i < batch.RecordCount; i++)
        {
            if (!TryReadVarint(ref records, out var length) || length < 3 || length > records.Length)
                return batch.LastOffset;
            var record = records[1..(int)length];
            if (!TryReadVarint(ref record, out var timestampDelta) || !TryReadVarint(ref record, out var offsetDelta))
                return batch.LastOffset;
            if (timestampDelta == wanted)
                return batch.BaseOffset + offsetDelta;
            records = records[(int)length..];
        }
        return batch.LastOffset;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> source, out long value)
    {
        ulong raw = 0;
        for (var i = 0; i < source.Length && i < 10; i++)
        {
            raw |= (ulong)(source[i] & 0x7f) << (7 * i);
            if (source[i] >= 0x80)
                continue;
            source = source[(i + 1)..];
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }
        value = 0;
        return false;
    }
}
