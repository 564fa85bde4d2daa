using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>What is wrong with a segment.</summary>
/// <param name="Position">The first byte that is not as it should be; -1: the records are whole, an index is not.</param>
/// <param name="Offset">All records before it are whole.</param>
/// <param name="Reason">For humans.</param>
internal sealed record SegmentFault(long Position, long Offset, string Reason)
{
    public bool IsOfIndex => Position < 0;
}

/// <summary>Goes over one closed segment, which the caller holds: each batch by itself, all of them beside each other, and the indexes against them.</summary>
internal static class SegmentScrub
{
    /// <param name="segment">Closed, so that nothing of it changes meanwhile.</param>
    /// <param name="endOffset">Where the next one begins.</param>
    /// <param name="log">Whose it is.</param>
    /// <param name="budget">Takes what is read.</param>
    /// <returns>The first thing found; null: the segment is sound.</returns>
    public static SegmentFault? Check(LogSegment segment, long endOffset, PartitionLog log, RewriteBudget budget)
    {
        var order = new BatchOrder(segment.BaseOffset, endOffset, log.LeaderEpochs);
        var indexes = new IndexCheck(segment.OffsetIndex, segment.TimeIndex);
        using var batches = new BatchStream(segment.LogFile, 0, segment.Size, budget.ReadBufferBytes, budget.OnRead);
        while (batches.TryMoveNext())
        {
            budget.ThrowIfStopped();
            if (order.Judge(batches.Header) is { } reason)
                return new SegmentFault(batches.Position, order.Next, reason);
            order.Take(batches.Header);
            indexes.OnBatch(batches.Header, batches.Position, batches.Bytes);
        }

        if (batches.Bad is { } bad)
            return new SegmentFault(bad.Position, order.Next, bad.Reason);
        if (order.Next < endOffset && !MayEndEarly(log, segment))
            return new SegmentFault(segment.Size, order.Next, $"its records end before {order.Next}, and the next segment begins at {endOffset}");
        return indexes.FaultOfClosed(segment.TransactionIndex) is { } fault ? new SegmentFault(-1, order.Next, fault) : null;
    }

    /// <summary>Whether a compaction, here or on the leader that this was copied from, may have dropped the last records.</summary>
    public static bool MayEndEarly(PartitionLog log, LogSegment segment) =>
        log.Config.IsCompacted || (log.Mutator.FirstDirtyOffset is var dirty && dirty > log.LogStartOffset && dirty > segment.BaseOffset);
}
