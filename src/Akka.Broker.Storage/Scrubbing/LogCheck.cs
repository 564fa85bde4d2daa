using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>What is wrong with a log's records.</summary>
/// <param name="From">All from where the look began up to here is whole; a batch begins here, or should.</param>
/// <param name="Reason">For humans.</param>
/// <param name="IsUnreadable">The disk does not give the bytes, and may another time.</param>
public sealed record LogDamage(long From, string Reason, bool IsUnreadable = false);

/// <summary>
/// Goes over a log that was never compacted, its active segment too: checksums, offsets without a gap, epochs as noted. For whoever is about to rest on all of it;
/// nobody may be appending. Any thread.
/// </summary>
public static class LogCheck
{
    private const int ReadBufferBytes = 256 * 1024;

    /// <summary>The first damage; null: there is none.</summary>
    /// <param name="log">Where.</param>
    /// <param name="from">A batch's first offset; what lies before it does not matter.</param>
    /// <param name="onBatch">Is given each whole batch from there on; the memory is good for the call.</param>
    public static LogDamage? Find(PartitionLog log, long from, Action<ReadOnlyMemory<byte>>? onBatch = null)
    {
        var contents = log.Mutator.Contents;
        for (var i = LogReader.FloorOf(contents.Segments, from); i < contents.Segments.Length; i++)
        {
            var segment = contents.Segments[i];
            if (!segment.TryAcquire())
                throw new LogClosedException(log.ToString());
            try
            {
                if (FindIn(segment, contents.SizeOf(i), contents.EndOf(i), log, from, onBatch) is { } damage)
                    return damage;
            }
            finally
            {
                segment.Release();
            }
        }
        return null;
    }

    private static LogDamage? FindIn(LogSegment segment, int size, long endOffset, PartitionLog log, long from, Action<ReadOnlyMemory<byte>>? onBatch)
    {
        var start = from > segment.BaseOffset ? Math.Min(size, segment.OffsetIndex.PositionFor(from)) : 0;
        var order = new BatchOrder(segment.BaseOffset, endOffset, log.LeaderEpochs);
        using var batches = new BatchStream(segment.LogFile, start, size, ReadBufferBytes, static _ => { });
        for (var isFirst = start > 0; ; isFirst = false)
        {
            var isWhole = batches.TryMoveNext();
            if (!isWhole && batches.Bad is null)
                break;
            var header = batches.Header;
            var fault = !header.IsPlausible ? null : order.Judge(header) ?? (header.BaseOffset > order.Next && !isFirst ? $"offsets {order.Next} to {header.BaseOffset} are missing" : null);
            var isBefore = header.IsPlausible && fault is null && header.NextOffset <= from;
            if ((fault ?? batches.Bad?.Reason) is { } reason && !isBefore)
                return new LogDamage(Math.Max(from, order.Next), $"{segment.LogPath} at byte {batches.Position}: {reason}", batches.Bad is { IsUnreadable: true });
            order.Take(header);
            if (!isWhole)
                batches.Skip(header.SizeInBytes);
            else if (!isBefore)
                onBatch?.Invoke(batches.Bytes);
        }
        return order.Next >= endOffset || start == size
            ? null
            : new LogDamage(Math.Max(from, order.Next), $"{segment.LogPath} ends before offset {order.Next}, and {endOffset} was to follow");
    }
}
