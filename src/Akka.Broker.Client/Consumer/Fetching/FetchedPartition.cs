using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Consuming;

/// <summary>Looks over what a fetch brought of one partition, by the batches' headers alone.</summary>
internal static class FetchedPartition
{
    /// <summary>The whole batches at the front of the records, where they end in the log, and the leader epoch of the last. Null: not one is whole.</summary>
    public static (ReadOnlyMemory<byte> Batches, long NextOffset, int Epoch)? Look(Records? records)
    {
        if (records is not MemoryRecords { SizeInBytes: > 0 } inMemory)
            return null;
        var rest = inMemory.Memory;
        (long Next, int Epoch)? last = null;
        // A broker cuts its answer at the byte limit: the last batch may be a part of one.
        while (RecordBatch.TryRead(rest, out var batch))
        {
            last = (batch.NextOffset, batch.PartitionLeaderEpoch);
            rest = rest[batch.SizeInBytes..];
        }
        return last is { } end ? (inMemory.Memory[..^rest.Length], end.Next, end.Epoch) : null;
    }
}
