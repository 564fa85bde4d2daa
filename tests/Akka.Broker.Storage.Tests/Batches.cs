using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Tests;

/// <summary>Record batches as a leader hands them to the log: offsets and epoch assigned.</summary>
internal static class Batches
{
    public const long Time = 1_700_000_000_000;

    public static byte[] Of(
        long baseOffset, int count = 1, int epoch = 0, long? timestamp = null, int valueBytes = 10, CompressionType codec = CompressionType.None)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = baseOffset, PartitionLeaderEpoch = epoch, Compression = codec });
        for (var i = 0; i < count; i++)
            builder.Append((timestamp ?? Time + baseOffset) + i, Encoding.UTF8.GetBytes($"k{baseOffset + i}"), Value(baseOffset + i, valueBytes));
        return builder.ToArray();
    }

    /// <summary>A batch whose records have these times.</summary>
    public static byte[] At(long baseOffset, long[] timestamps, CompressionType codec = CompressionType.None, long? logAppendTimeMs = null)
    {
        using var builder = new RecordBatchBuilder(
            new RecordBatchOptions { BaseOffset = baseOffset, PartitionLeaderEpoch = 0, Compression = codec, LogAppendTimeMs = logAppendTimeMs });
        for (var i = 0; i < timestamps.Length; i++)
            builder.Append(timestamps[i], default, Value(baseOffset + i, 10));
        return builder.ToArray();
    }

    public static byte[] Idempotent(
        long baseOffset, long producerId, int sequence, int count = 1, short producerEpoch = 0, bool transactional = false, int epoch = 0)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions
        {
            BaseOffset = baseOffset,
            PartitionLeaderEpoch = epoch,
            Producer = new ProducerIdAndEpoch(producerId, producerEpoch),
            BaseSequence = sequence,
            IsTransactional = transactional,
        });
        for (var i = 0; i < count; i++)
            builder.Append(Time + baseOffset + i, default, Value(baseOffset + i, 10));
        return builder.ToArray();
    }

    public static byte[] Marker(long offset, long producerId, bool commit, short producerEpoch = 0, int coordinatorEpoch = 0, int epoch = 0)
    {
        var batch = new EndTransactionMarker(commit, coordinatorEpoch).ToBatch(new ProducerIdAndEpoch(producerId, producerEpoch), Time + offset);
        RecordBatch.Assign(batch, offset, epoch);
        return batch;
    }

    public static byte[] Join(params byte[][] batches) => [.. batches.SelectMany(b => b)];

    public static List<RecordBatch> Split(byte[] bytes)
    {
        var batches = new List<RecordBatch>();
        for (ReadOnlyMemory<byte> rest = bytes; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
            batches.Add(batch);
        return batches;
    }

    private static byte[] Value(long offset, int bytes)
    {
        var value = new byte[bytes];
        for (var i = 0; i < bytes; i++)
            value[i] = (byte)(offset * 31 + i);
        return value;
    }
}
