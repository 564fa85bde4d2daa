using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>What the log demands of bytes before it writes them: whole batches whose offsets go on from its end. Contents are the caller's.</summary>
internal static class AppendShape
{
    /// <summary>Null if the append can follow the offset <paramref name="expected"/>; else what is wrong with it.</summary>
    public static Exception? Check(in PendingAppend append, long expected)
    {
        var bytes = append.Batches.Span;
        if (bytes.IsEmpty)
            return new ArgumentException("There is no batch to append.");
        for (var position = 0; position < bytes.Length;)
        {
            if (bytes.Length - position < RecordBatch.HeaderSize)
                return new ArgumentException($"{bytes.Length - position} bytes at {position} are less than a batch's header.");
            var batch = new BatchHeader(bytes[position..]);
            if (!batch.IsPlausible || batch.SizeInBytes > bytes.Length - position)
                return new ArgumentException($"The {bytes.Length - position} bytes at {position} are no whole batch of format 2 (it says {batch.SizeInBytes} bytes, format {batch.Magic}).");
            var follows = append.Kind == AppendKind.Leader ? batch.BaseOffset == expected : batch.BaseOffset >= expected;
            if (!follows)
                return new InvariantViolatedException($"A batch of a {append.Kind} at offset {batch.BaseOffset} cannot follow the log's end, {expected}.");
            expected = batch.NextOffset;
            position += batch.SizeInBytes;
        }
        return null;
    }
}
