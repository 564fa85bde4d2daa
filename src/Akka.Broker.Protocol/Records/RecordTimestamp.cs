using Akka.Broker.Protocol.Compression;

namespace Akka.Broker.Protocol.Records;

/// <summary>When a record was sent, for figures of how far somebody is behind: near enough, and never dear.</summary>
public static class RecordTimestamp
{
    /// <summary>A larger batch is not read for a record in its middle: its first record's time does.</summary>
    private const int BatchBytesMax = 256 * 1024;

    private const int DecompressedBytesMax = 8 * 1024 * 1024;

    /// <summary>
    /// In ms since 1970, of the record at <paramref name="offset"/>, or of the first behind it, in a batch as it is stored. A time of the batch if the record's would have to be
    /// unpacked and cannot be; null if the bytes are no whole batch.
    /// </summary>
    public static long? Find(ReadOnlyMemory<byte> batchBytes, long offset)
    {
        if (!RecordBatch.TryRead(batchBytes, out var batch))
            return null;
        if (batch.TimestampType == TimestampType.LogAppendTime)
            return batch.MaxTimestamp;
        // A compacted batch may have its delete horizon where the base timestamp would stand.
        var hasBaseTimestamp = (batch.Attributes & RecordBatch.DeleteHorizonMask) == 0;
        var about = hasBaseTimestamp ? batch.BaseTimestamp : batch.MaxTimestamp;
        if ((hasBaseTimestamp && offset <= batch.BaseOffset) || batch.SizeInBytes > BatchBytesMax)
            return about;
        try
        {
            using var payload = RecordBatchReader.Decompress(batch, DecompressedBytesMax);
            foreach (var record in payload.Records)
            {
                if (record.Offset >= offset)
                    return record.TimestampMs;
            }
        }
        catch (Exception cause) when (cause is CodecException or InvalidRecordException)
        {
            // Packed such that nobody here can read it.
        }
        return about;
    }
}
