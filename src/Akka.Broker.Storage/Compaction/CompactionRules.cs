namespace Akka.Broker.Storage.Compaction;

/// <summary>What planning needs to know of a segment.</summary>
/// <param name="BaseOffset">Where it begins.</param>
/// <param name="Size">Of its records.</param>
/// <param name="OffsetIndexBytes">Of its offset index.</param>
/// <param name="TimeIndexBytes">Of its time index.</param>
/// <param name="LastTimeMs">Its newest record's time, or the file's.</param>
/// <param name="FirstTimeMs">Its first batch's time; <see cref="long.MaxValue"/> without one.</param>
internal readonly record struct SegmentFacts(long BaseOffset, int Size, int OffsetIndexBytes, int TimeIndexBytes, long LastTimeMs, long FirstTimeMs);

/// <summary>What of a log may move under a compaction at one moment.</summary>
/// <param name="LogStartOffset">Of the log.</param>
/// <param name="FirstDirtyOffset">Below it, an earlier run has compacted.</param>
/// <param name="Bound">Nothing at or above it may be touched: it is not committed, in an open transaction, or not on the disk by a checkpoint that is.</param>
internal readonly record struct CompactionBounds(long LogStartOffset, long FirstDirtyOffset, long Bound);

/// <summary>What a run on a log would do.</summary>
/// <param name="FirstDirtyOffset">Where the keys are to be read from.</param>
/// <param name="FirstUncleanableOffset">The base of the first segment that is left alone.</param>
/// <param name="CleanBytes">Of whole segments before the dirty part.</param>
/// <param name="DirtyBytes">Of the others that may be compacted.</param>
/// <param name="OverdueMs">How long the oldest dirty record has been over <c>max.compaction.lag.ms</c>; 0 if it is not.</param>
internal sealed record CompactionPlan(long FirstDirtyOffset, long FirstUncleanableOffset, long CleanBytes, long DirtyBytes, long OverdueMs)
{
    public double DirtyRatio => DirtyBytes == 0 ? 0 : (double)DirtyBytes / (CleanBytes + DirtyBytes);

    public bool IsDue(LogConfig config) => DirtyBytes > 0 && (OverdueMs > 0 || DirtyRatio > config.MinCleanableDirtyRatio);
}

/// <summary>
/// What is compacted, and in which pieces. Pure.
/// <code>
///   log start        first dirty              first uncleanable      active
///       │ clean: no key twice │ dirty                 │ left alone      │
///   ┌───┴───────┬─────────────┴──┬──────────┬─────────┴──┬──────────────┴───
///   └───────────┴── rewritten ───┴──────────┘            └ min.compaction.lag.ms, open transactions, not committed, not synced
/// </code>
/// The last segment is never touched, nor is the one before it while the last is empty: so a log's last batch stays, and who copies the log gets to its end.
/// </summary>
internal static class CompactionRules
{
    public static CompactionPlan Plan(ReadOnlySpan<SegmentFacts> segments, in CompactionBounds bounds, long nowMs, LogConfig config)
    {
        var firstDirty = bounds.FirstDirtyOffset >= bounds.LogStartOffset ? bounds.FirstDirtyOffset : bounds.LogStartOffset;
        var lastTouchable = segments.Length - 1;
        if (lastTouchable > 0 && segments[lastTouchable].Size == 0)
            lastTouchable--;
        long clean = 0, dirty = 0, earliestDirty = long.MaxValue;
        var firstUncleanable = segments[0].BaseOffset;
        for (var i = 0; i < lastTouchable; i++)
        {
            var end = segments[i + 1].BaseOffset;
            if (end > bounds.Bound)
                break;
            if (end > firstDirty)
            {
                if (config.MinCompactionLagMs > 0 && segments[i].LastTimeMs > nowMs - config.MinCompactionLagMs)
                    break;
                dirty += segments[i].Size;
                earliestDirty = Math.Min(earliestDirty, segments[i].FirstTimeMs);
            }
            else
            {
                clean += segments[i].Size;
            }
            firstUncleanable = end;
        }
        return new CompactionPlan(firstDirty, firstUncleanable, clean, dirty, OverdueMs(earliestDirty, nowMs, config.MaxCompactionLagMs));
    }

    /// <summary>
    /// Neighbours that together fit one segment become one. What is counted is what they have now, so that a segment shrinks in one run and is merged in the next.
    /// Returns how many segments from <paramref name="first"/> on make a group, at least one, of those that begin below <paramref name="endOffset"/>.
    /// </summary>
    public static int GroupLength(ReadOnlySpan<SegmentFacts> segments, int first, long endOffset, LogConfig config)
    {
        long size = segments[first].Size, offsetIndex = segments[first].OffsetIndexBytes, timeIndex = segments[first].TimeIndexBytes;
        var count = 1;
        for (var i = first + 1; i < segments.Length - 1 && segments[i].BaseOffset < endOffset; i++, count++)
        {
            size += segments[i].Size;
            offsetIndex += segments[i].OffsetIndexBytes;
            timeIndex += segments[i].TimeIndexBytes;
            if (size > config.SegmentBytes || offsetIndex > config.SegmentIndexBytes || timeIndex > config.SegmentIndexBytes
                || segments[i + 1].BaseOffset - 1 - segments[first].BaseOffset > int.MaxValue)
            {
                break;
            }
        }
        return count;
    }

    private static long OverdueMs(long earliestDirtyMs, long nowMs, long lagMs) =>
        earliestDirtyMs == long.MaxValue || lagMs == long.MaxValue ? 0 : Math.Max(0, nowMs - earliestDirtyMs - lagMs);
}
