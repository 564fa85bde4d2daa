using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;

namespace Akka.Broker.Groups.Lag;

/// <summary>
/// Reads positions off the replicas of this node: what it leads, and what it follows, whose watermark is a fetch behind its leader's. Reads files; call it off
/// the dispatchers.
/// </summary>
internal sealed class LocalPositions(LedPartitions led, LedPartitions followed)
{
    /// <summary>A larger batch is not read for a record in its middle: its first record's time does.</summary>
    private const int DecodedBytesMax = 256 * 1024;

    private const int DecompressedBytesMax = 8 * 1024 * 1024;

    public long? End(TopicPartition partition) => Find(partition)?.View.HighWatermark;

    public long? Timestamp(TopicPartitionOffset record)
    {
        if (Find(record.Partition) is not { } found)
            return null;
        try
        {
            var view = found.View;
            var offset = Math.Max(record.Offset, found.Log.LogStartOffset);
            using var records = found.Log.Read(offset, maxBytes: 1, view.HighWatermark, minOneBatch: true);
            return records.SizeInBytes == 0 ? null : Timestamp(records, offset);
        }
        catch (Exception gone) when (gone is StorageException or OffsetOutOfRangeException or IOException)
        {
            // Cut, deleted or failed in between: the next time knows better.
            return null;
        }
    }

    /// <summary>The time of the record at the offset, or of the first behind it, in a batch as it is stored.</summary>
    public static long? Timestamp(ReadOnlyMemory<byte> bytes, long offset)
    {
        if (!RecordBatch.TryRead(bytes, out var batch))
            return null;
        if (batch.TimestampType == TimestampType.LogAppendTime)
            return batch.MaxTimestamp;
        if (offset <= batch.BaseOffset || batch.SizeInBytes > DecodedBytesMax)
            return batch.BaseTimestamp;
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

        return batch.BaseTimestamp;
    }

    private static long? Timestamp(FileRecords records, long offset)
    {
        var bytes = new byte[records.SizeInBytes];
        var read = 0;
        while (read < bytes.Length && records.Read(read, bytes.AsSpan(read)) is > 0 and var more)
            read += more;
        return read < bytes.Length ? null : Timestamp(bytes, offset);
    }

    private LedPartition? Find(TopicPartition partition) =>
        led.TryGet(partition, out var leader) || followed.TryGet(partition, out leader) ? leader.IsClosed ? null : leader : null;
}
