using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replicas;

/// <summary>The whole batches at the front of what a leader has sent, checked: a leader's answer may end inside a batch, and bits turn over on the way.</summary>
internal readonly record struct FetchedRecords(ReadOnlyMemory<byte> Batches, long FirstOffset, long NextOffset)
{
    public static readonly FetchedRecords None = new(default, -1, -1);

    /// <exception cref="InvalidRecordException">A batch is damaged.</exception>
    public static FetchedRecords Read(Records? records)
    {
        if (records is not MemoryRecords { SizeInBytes: > 0 } received)
            return None;
        var rest = received.Memory;
        var (size, first, next) = (0, -1L, -1L);
        while (RecordBatch.TryRead(rest, out var batch))
        {
            if (!batch.HasValidCrc)
                throw new InvalidRecordException($"The batch at offset {batch.BaseOffset} does not agree with its checksum.");
            if (first < 0)
                first = batch.BaseOffset;
            next = batch.NextOffset;
            size += batch.SizeInBytes;
            rest = rest[batch.SizeInBytes..];
        }

        return size == 0 ? None : new(received.Memory[..size], first, next);
    }
}
