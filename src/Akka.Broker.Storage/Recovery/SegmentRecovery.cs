using System.Buffers;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Recovery;

/// <summary>Why a scan stopped before the end of the file.</summary>
internal sealed record ScanStop(long Position, long ExpectedOffset, string Reason);

/// <summary>
/// Goes over the batches of a segment's file as if they were appended again: each is checked (header, checksum, rising offsets), and makes its entries in the
/// indexes, the epochs and the producers' state. It stops at the first that is not whole and valid.
/// </summary>
internal sealed class SegmentRecovery(LeaderEpochCache epochs, ProducerStateManager producers, int indexIntervalBytes)
{
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>
    /// Goes over the file from the segment's present end, where the batch at <paramref name="expectedOffset"/> or behind must begin.
    /// Returns the offset behind the last valid batch, and why it stopped early, if it did. The file is not changed.
    /// </summary>
    public (long NextOffset, ScanStop? Stop) Run(LogSegment segment, long expectedOffset)
    {
        var length = segment.LogFile.Length;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length - segment.Size, RecordBatch.HeaderSize, ChunkBytes));
        try
        {
            return Run(segment, expectedOffset, length, ref buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private (long NextOffset, ScanStop? Stop) Run(LogSegment segment, long expected, long length, ref byte[] buffer)
    {
        long windowStart = segment.Size;
        var windowLength = 0;
        while (segment.Size < length)
        {
            long position = segment.Size;
            var wanted = RecordBatch.HeaderSize;
            while (true)
            {
                var available = (int)(windowStart + windowLength - position);
                if (available < wanted && windowStart + windowLength < length)
                {
                    Refill(segment, length, position, wanted, ref buffer, ref windowStart, ref windowLength);
                    available = (int)(windowStart + windowLength - position);
                }
                var bytes = buffer.AsMemory((int)(position - windowStart), available);
                if (position == 0 && LegacyMessages.IsOne(bytes.Span))
                    throw new UnsupportedMessageFormatException(segment.LogFile.Path, position, bytes.Span[RecordBatch.MagicOffset]);
                if (available < RecordBatch.HeaderSize)
                    return (expected, new ScanStop(position, expected, $"{available} bytes are less than a batch's header"));
                var header = new BatchHeader(bytes.Span);
                if (header.IsPlausible && header.SizeInBytes <= length - position && header.SizeInBytes > available && wanted < header.SizeInBytes)
                {
                    wanted = header.SizeInBytes;
                    continue;
                }
                if (Judge(segment, header, bytes, expected, length - position) is { } reason)
                    return (expected, new ScanStop(position, expected, reason));
                Take(segment, header, bytes[..header.SizeInBytes]);
                expected = header.NextOffset;
                break;
            }
        }
        return (expected, null);
    }

    /// <summary>Null if the batch is valid.</summary>
    private static string? Judge(LogSegment segment, in BatchHeader header, ReadOnlyMemory<byte> bytes, long expected, long left)
    {
        if (!header.IsPlausible)
            return $"there is no batch header (size {header.SizeInBytes}, format {header.Magic}, base offset {header.BaseOffset})";
        if (header.SizeInBytes > left)
            return $"the batch at offset {header.BaseOffset} has {header.SizeInBytes} bytes, and {left} are left";
        if (header.BaseOffset < expected || header.LastOffset - segment.BaseOffset > int.MaxValue)
            return $"the batch's base offset {header.BaseOffset} does not follow {expected}";
        if (bytes.Length < header.SizeInBytes || header.Crc != RecordBatch.ComputeCrc(bytes.Span[..header.SizeInBytes]))
            return $"the checksum of the batch at offset {header.BaseOffset} does not match its bytes";
        return null;
    }

    private void Take(LogSegment segment, in BatchHeader header, ReadOnlyMemory<byte> bytes)
    {
        epochs.Assign(header.PartitionLeaderEpoch, header.BaseOffset);
        if (ProducerReplay.Take(producers, header, bytes) is { } aborted)
            segment.TransactionIndex.Append(aborted);
        segment.Appended(header, bytes.Span, indexIntervalBytes);
    }

    private static void Refill(
        LogSegment segment, long length, long position, int wanted, ref byte[] buffer, ref long windowStart, ref int windowLength)
    {
        var kept = (int)(windowStart + windowLength - position);
        if (wanted > buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(wanted);
            buffer.AsSpan((int)(position - windowStart), kept).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        else
        {
            buffer.AsSpan((int)(position - windowStart), kept).CopyTo(buffer);
        }
        windowStart = position;
        var room = (int)Math.Min(buffer.Length - kept, length - position - kept);
        windowLength = kept + segment.LogFile.Read(position + kept, buffer.AsSpan(kept, room));
    }
}
