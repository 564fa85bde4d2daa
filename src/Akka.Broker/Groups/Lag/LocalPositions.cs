using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;

namespace Akka.Broker.Groups.Lag;

/// <summary>
/// Reads positions off the replicas of this node: what it leads, and what it follows, whose watermark is a fetch behind its leader's. Reads files; call it off
/// the dispatchers.
/// </summary>
internal sealed class LocalPositions(LedPartitions led, LedPartitions followed)
{
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

    private static long? Timestamp(FileRecords records, long offset)
    {
        var bytes = new byte[records.SizeInBytes];
        var read = 0;
        while (read < bytes.Length && records.Read(read, bytes.AsSpan(read)) is > 0 and var more)
            read += more;
        return read < bytes.Length ? null : RecordTimestamp.Find(bytes, offset);
    }

    private LedPartition? Find(TopicPartition partition) =>
        led.TryGet(partition, out var leader) || followed.TryGet(partition, out leader) ? leader.IsClosed ? null : leader : null;
}
