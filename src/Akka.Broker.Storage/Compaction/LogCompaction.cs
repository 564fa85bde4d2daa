using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// One run over one log.
/// <code>
///   1. read the dirty part: the newest offset of each key, as far as the map holds them
///   2. group by group, from the log's first segment up to where the map ends: write what is left, and put it in the group's place
///   3. note how far it got
/// </code>
/// It reads what the writer has published, holding the segments, and asks the writer for each swap; the active segment is not touched. Carried by the node's
/// one worker. A crash leaves some groups rewritten and the others not, which readers cannot tell apart, and the next run begins where this one did.
/// </summary>
internal sealed class LogCompaction(PartitionLog log, CompactionPlan plan, LogEnvironment environment, RewriteBudget budget, long mapBytes)
{
    private const int DecompressedBytesMax = 512 * 1024 * 1024;

    private readonly LogConfig _config = log.Config;
    private readonly int _truncations = log.Mutator.Truncations;
    private readonly long _nowMs = environment.NowMs;

    /// <exception cref="CorruptFileException">A batch does not match its checksum.</exception>
    /// <exception cref="CodecUnavailableException">A library that a batch's codec needs is missing.</exception>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public CompactionReport Run()
    {
        var started = environment.Time.GetTimestamp();
        var map = new OffsetMap(mapBytes, plan.FirstUncleanableOffset - plan.FirstDirtyOffset, new KeyHash(environment.NextUInt64(), environment.NextUInt64()));
        FillMap(map);
        var end = Math.Min(map.LatestOffset + 1, plan.FirstUncleanableOffset);
        if (end <= plan.FirstDirtyOffset)
            throw new InvalidOperationException($"The keys of one batch are more than the map's {map.CountMax}; raise log.cleaner.dedupe.buffer.size.");
        Wait(log.RunAsync(m => m.HoldSnapshot(plan.FirstUncleanableOffset)));
        environment.Disk.SyncFolder(log.Folder);
        var (isWhole, before, after) = Rewrite(map, end);
        isWhole = isWhole && Wait(log.RunAsync(m => m.NoteCompacted(end, _truncations)));
        return new CompactionReport(
            log.ToString(), plan.FirstDirtyOffset, isWhole ? end : plan.FirstDirtyOffset, map.Count, before, after,
            budget.BytesRead, budget.BytesWritten, map.SizeInBytes, environment.Time.GetElapsedTime(started));
    }

    // ---- Reading the keys ----

    private void FillMap(OffsetMap map)
    {
        var contents = log.Mutator.Contents;
        var transactions = new CleanedTransactions();
        transactions.Add(log.AbortedTransactions(plan.FirstDirtyOffset, plan.FirstUncleanableOffset));
        for (var i = LogReader.FloorOf(contents.Segments, plan.FirstDirtyOffset); i < contents.Segments.Length; i++)
        {
            var segment = contents.Segments[i];
            if (segment.BaseOffset >= plan.FirstUncleanableOffset)
                return;
            if (!segment.TryAcquire())
                continue;
            try
            {
                if (!FillMap(map, segment, transactions))
                    return;
            }
            finally
            {
                segment.Release();
            }
            // Behind its last batch there may be offsets without a record.
            map.LatestOffset = contents.EndOf(i) - 1;
        }
    }

    /// <summary>False if the map is full.</summary>
    private bool FillMap(OffsetMap map, LogSegment segment, CleanedTransactions transactions)
    {
        using var batches = new BatchStream(
            segment.LogFile, segment.OffsetIndex.PositionFor(plan.FirstDirtyOffset), segment.Size, budget.ReadBufferBytes, budget.OnRead);
        while (batches.MoveNext())
        {
            budget.ThrowIfStopped();
            if (batches.Header.IsControl)
                transactions.OnControlBatch(batches.Header, batches.Bytes);
            else if (!transactions.OnBatch(batches.Header) && batches.Header.LastOffset >= plan.FirstDirtyOffset && !TryPutAll(map, batches))
                return false;
            if (batches.Header.LastOffset >= plan.FirstDirtyOffset)
                map.LatestOffset = batches.Header.LastOffset;
        }
        return true;
    }

    private bool TryPutAll(OffsetMap map, BatchStream batches)
    {
        if (batches.Header.RecordCount == 0)
            return true;
        try
        {
            using var payload = RecordBatchReader.Decompress(new RecordBatch(batches.Bytes), DecompressedBytesMax);
            foreach (var record in payload.Records)
            {
                if (!record.Key.IsNull && record.Offset >= plan.FirstDirtyOffset && !map.TryPut(record.Key.Span, record.Offset))
                    return false;
            }
        }
        catch (Exception e) when (e is InvalidRecordException or CorruptCompressedDataException or DecompressedSizeExceededException)
        {
            // Nobody can read it: it says nothing of any key. What of it was put before is a record that readers get, too.
        }
        return true;
    }

    // ---- Rewriting ----

    private (bool IsWhole, long Before, long After) Rewrite(OffsetMap map, long end)
    {
        var segments = log.Mutator.Contents.Segments;
        var facts = SegmentFactsReader.Read(segments, environment.Disk, _config);
        var transactions = new CleanedTransactions();
        using var filter = new BatchFilter(map, transactions, _config.DeleteRetentionMs, _nowMs);
        using var rewrite = new GroupRewrite(environment.Disk, log.Folder, budget, _config);
        transactions.Kept = t => rewrite.Segment.TransactionIndex.Append(t);
        long before = 0, after = 0;
        for (var first = 0; segments[first].BaseOffset < end;)
        {
            var count = CompactionRules.GroupLength(facts, first, end, _config);
            var group = segments[first..(first + count)];
            if (Rewrite(group, segments[first + count].BaseOffset, transactions, filter, rewrite) is not { } left)
                return (false, before, after);
            before += group.Sum(s => (long)s.Size);
            after += left;
            first += count;
        }
        if (filter.UnreadableBatches > 0)
            environment.Tell(LogEventLevel.Warning, log.ToString(), $"{filter.UnreadableBatches} batches could not be decoded and were left as they are by the compaction.");
        return (true, before, after);
    }

    /// <summary>What is left of the group in bytes; null if it is not the log's any more.</summary>
    private long? Rewrite(LogSegment[] group, long groupEnd, CleanedTransactions transactions, BatchFilter filter, GroupRewrite rewrite)
    {
        filter.Producers = Wait(log.RunAsync(static m => m.Producers.Newest()));
        var size = group.Sum(s => (long)s.Size);
        if (!log.Space.Fits(size))
            throw new DiskFullException($"the segments from {group[0].BaseOffset} on have {size} bytes, and so much is not free above what is held back (log.dir.reserve.bytes)");
        rewrite.Begin(group[0].BaseOffset, _nowMs);
        try
        {
            for (var i = 0; i < group.Length; i++)
            {
                if (!group[i].TryAcquire())
                    return null;
                try
                {
                    transactions.Add(log.AbortedTransactions(group[i].BaseOffset, i + 1 < group.Length ? group[i + 1].BaseOffset : groupEnd));
                    rewrite.Add(group[i], filter);
                }
                finally
                {
                    group[i].Release();
                }
            }
            if (group.Length == 1 && !rewrite.IsChanged)
                return group[0].Size;
            var cleaned = rewrite.Complete();
            // From here on it may be the only copy: a swap that fails half-way is the next start's to finish.
            rewrite.HandOver();
            if (!Wait(log.RunAsync(m => m.Replace(group, cleaned, _truncations))))
            {
                rewrite.TakeBack(cleaned);
                return null;
            }
            environment.Disk.SyncFolder(log.Folder);
            return cleaned.Size;
        }
        finally
        {
            rewrite.Drop();
        }
    }

    /// <summary>The writer does not wait for the worker, so the worker may wait for the writer.</summary>
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
