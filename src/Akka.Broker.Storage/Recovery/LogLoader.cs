using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Recovery;

/// <summary>What the data folder knows of a log that is to be opened.</summary>
/// <param name="Name">For events.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Config">Its settings.</param>
/// <param name="IsClean">The last stop was clean: nothing needs to be scanned.</param>
/// <param name="RecoveryPoint">As checkpointed: all below it is on the disk.</param>
/// <param name="LogStartOffset">As checkpointed.</param>
/// <param name="MayHaveGaps">
/// It is a foreign folder that a compaction may have been over, so that a segment may end before the next begins. What is written here has no such gaps behind
/// the recovery point: there, one is a tear.
/// </param>
internal sealed record LoadRequest(string Name, string Folder, LogConfig Config, bool IsClean, long RecoveryPoint, long LogStartOffset, bool MayHaveGaps);

/// <summary>
/// Opens a log's folder.
/// <code>
/// clean stop:  indexes are looked at, not rebuilt; the log's end is found from the last index entry; producers are the snapshot at the end
/// crash:       segments below the recovery point likewise
///              ──────────┬───────────────────┬─────────────────────────┬──── torn
///                 base   snapshot ≤ RP       recovery point            end
///                        └── gone over with checksums; indexes, epochs, producers made again ──┘ the rest is cut
/// </code>
/// What is cut is told. Segments behind a cut are deleted: no record follows a gap. Runs before the log has a writer, on any thread.
/// </summary>
internal sealed class LogLoader(LogEnvironment environment, LoadRequest request)
{
    private readonly ProducerSnapshotFiles _snapshots = new(environment.Disk, request.Folder);
    private readonly List<LogSegment> _segments = [];
    private readonly List<long> _damaged = [];

    public LoadedLog Load()
    {
        FolderLeftovers.Clean(environment, request.Name, request.Folder);
        try
        {
            foreach (var name in environment.Disk.FilesIn(request.Folder))
            {
                if (LogFileNames.TryParse(name, LogFileNames.Log, out var baseOffset))
                    _segments.Add(LogSegment.Open(environment.Disk, request.Folder, baseOffset, environment.NowMs));
            }
            if (_segments.Count == 0)
                return Begin(request.LogStartOffset);
            var loaded = request.IsClean && TryLoadClean() is { } clean ? clean : Recover();
            return loaded.LogStartOffset <= loaded.LogEndOffset ? loaded : BeginBehind(loaded);
        }
        catch
        {
            foreach (var segment in _segments)
                segment.Release();
            throw;
        }
    }

    private LoadedLog Begin(long offset)
    {
        _segments.Add(LogSegment.Create(environment.Disk, request.Folder, offset, environment.NowMs, environment.NextJitterMs(request.Config)));
        return new LoadedLog(request.Folder, _segments, new ProducerStateManager(), new LeaderEpochCache([]), offset, offset, offset, offset, StraySnapshot: -1, IsFolderUnsynced: true);
    }

    /// <summary>The records before the log start were deleted by request, and those behind it were lost in a crash.</summary>
    private LoadedLog BeginBehind(LoadedLog loaded)
    {
        Tell(LogEventLevel.Warning, $"The log ends at {loaded.LogEndOffset}, before its start {loaded.LogStartOffset}: it begins anew there.");
        foreach (var segment in _segments)
        {
            segment.MarkDeleted();
            segment.Release();
        }
        _segments.Clear();
        _snapshots.DeleteAll();
        return Begin(loaded.LogStartOffset);
    }

    private LoadedLog? TryLoadClean()
    {
        foreach (var segment in _segments)
        {
            if (!TryLoadIndexes(segment))
                return null;
        }
        var (end, isWhole) = _segments[^1].ReloadTail();
        if (!isWhole)
        {
            Tell(LogEventLevel.Warning, $"After a clean stop, {_segments[^1].LogFile.Path} does not end with a whole batch: the log is recovered.");
            return null;
        }
        var epochs = LoadEpochs(_segments[^1], end);
        return Loaded(ProducerReplay.Rebuild(_segments, _snapshots, end), epochs, end, recoveryPoint: end, isFolderUnsynced: false);
    }

    private LoadedLog Recover()
    {
        var recoveryPoint = request.IsClean ? _segments[^1].BaseOffset : Math.Max(request.RecoveryPoint, _segments[0].BaseOffset);
        var at = LogReader.FloorOf([.. _segments], recoveryPoint);
        for (var i = 0; i < at; i++)
            _ = TryLoadIndexes(_segments[i]);
        var (start, producers) = PrepareScan(at, recoveryPoint);
        var epochs = LoadEpochs(_segments[at], start);
        epochs.TruncateFromEnd(start);
        _snapshots.DeleteAbove(start);

        var scan = new SegmentRecovery(epochs, producers, request.Config.IndexIntervalBytes);
        var end = start;
        for (var i = at; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            if (i > at)
            {
                segment.BeginRebuild();
                WriteSnapshot(segment.BaseOffset, producers);
            }
            ScanStop? stop;
            if (i > at && (segment.BaseOffset < end || (segment.BaseOffset > end && !request.MayHaveGaps)))
                stop = new ScanStop(0, end, $"the segment begins at {segment.BaseOffset}, and the one before it ends at {end}");
            else
                (end, stop) = scan.Run(segment, Math.Max(end, segment.BaseOffset));
            if (stop is not null)
            {
                Cut(i, stop);
                break;
            }
            end = Math.Max(end, segment.BaseOffset);
            if (i < _segments.Count - 1)
                TrySeal(segment);
        }
        if (at < _segments.Count)
            KeepTransactions(_segments[at]);
        return Loaded(producers, epochs, end, Math.Min(recoveryPoint, end), isFolderUnsynced: true);
    }

    /// <summary>
    /// Where the scan begins in the segment of the recovery point: at the newest snapshot before that, if the indexes lead there; else at the segment's base.
    /// </summary>
    private (long Start, ProducerStateManager Producers) PrepareScan(int at, long recoveryPoint)
    {
        var segment = _segments[at];
        if (segment.TryLoadIndexes())
        {
            if (_snapshots.NewestAtMost(recoveryPoint) is { } snapshot && snapshot.Offset > segment.BaseOffset)
            {
                if (TryFind(segment, snapshot.Offset) is { } position)
                {
                    segment.BeginRebuildAt(position, snapshot.Offset);
                    return (snapshot.Offset, snapshot.Producers);
                }
            }
        }
        segment.BeginRebuild();
        List<LogSegment> before = _segments[..at];
        return (segment.BaseOffset, before.Count == 0 ? ProducersAtStart(segment.BaseOffset) : ProducerReplay.Rebuild(before, _snapshots, segment.BaseOffset));
    }

    /// <summary>Where the batch begins whose base that is; null if the headers do not lead to one.</summary>
    private static int? TryFind(LogSegment segment, long baseOffset)
    {
        try
        {
            var position = LogReader.FindBatch(segment, baseOffset, segment.Size, out var found);
            return position < segment.Size && found.BaseOffset == baseOffset ? position : null;
        }
        catch (CorruptFileException)
        {
            return null;
        }
    }

    private ProducerStateManager ProducersAtStart(long offset) =>
        _snapshots.NewestAtMost(offset) is { } snapshot && snapshot.Offset == offset ? snapshot.Producers : new ProducerStateManager();

    private void Cut(int index, ScanStop stop)
    {
        var segment = _segments[index];
        var length = segment.LogFile.Length;
        Tell(LogEventLevel.Warning, $"Cut {length - segment.Size} bytes of {segment.LogFile.Path} at byte {stop.Position}: {stop.Reason}. The log ends at {stop.ExpectedOffset} now.");
        if (segment.BaseOffset != stop.ExpectedOffset && segment.Size == 0 && index > 0)
            index--;
        else
            CutDurably(segment, stop.ExpectedOffset);
        for (var i = _segments.Count - 1; i > index; i--)
        {
            Tell(LogEventLevel.Warning, $"Deleted {_segments[i].LogFile.Path}, {_segments[i].LogFile.Length} bytes: it lies behind the cut.");
            _segments[i].MarkDeleted();
            _segments[i].Release();
            _segments.RemoveAt(i);
        }
        _snapshots.DeleteAbove(stop.ExpectedOffset);
        environment.Disk.SyncFolder(request.Folder);
    }

    /// <summary>The recovery point may lie at the cut: what was cut must not come back behind it.</summary>
    private static void CutDurably(LogSegment segment, long endOffset)
    {
        segment.CutTo(segment.Size, endOffset);
        segment.SyncLog();
    }

    /// <summary>A topic whose appends are answered from the disk shows no record that is not there.</summary>
    private long SyncIfAsked(long recoveryPoint, long end)
    {
        if (end - recoveryPoint < request.Config.FlushMessages)
            return recoveryPoint;
        foreach (var segment in _segments)
            segment.SyncLog();
        environment.Disk.SyncFolder(request.Folder);
        return end;
    }

    private LoadedLog Loaded(ProducerStateManager producers, LeaderEpochCache epochs, long end, long recoveryPoint, bool isFolderUnsynced)
    {
        var start = Math.Max(request.LogStartOffset, _segments[0].BaseOffset);
        epochs.TruncateFromStart(start);
        var stray = _snapshots.DeleteStrays([.. _segments.Select(s => s.BaseOffset)]);
        return new LoadedLog(request.Folder, _segments, producers, epochs, start, end, SyncIfAsked(recoveryPoint, end), recoveryPoint, stray, isFolderUnsynced) { Damaged = _damaged };
    }

    /// <summary>
    /// Loads a segment's indexes, or makes them again. False if the segment is the last and its records are damaged: then recovery cuts it. Another one that is damaged
    /// is kept as it is.
    /// </summary>
    private bool TryLoadIndexes(LogSegment segment)
    {
        if (segment.TryLoadIndexes())
        {
            segment.LoadMaxTimestamp();
            return true;
        }
        Tell(LogEventLevel.Warning, $"The indexes of {segment.LogFile.Path} are missing or not sane: they are made again from its records.");
        var length = segment.Size;
        var producers = ProducersBefore(segment);
        segment.BeginRebuild();
        var (_, stop) = new SegmentRecovery(new LeaderEpochCache([]), producers, request.Config.IndexIntervalBytes).Run(segment, segment.BaseOffset);
        var isLast = segment == _segments[^1];
        if (stop is not null && isLast)
            return false;
        if (stop is not null)
        {
            // To be repaired from another replica: what other segments hold is served meanwhile, and who reads here meets the damage.
            Tell(LogEventLevel.Error, $"{segment.LogFile.Path} is damaged below the recovery point, at byte {stop.Position} of {length}: {stop.Reason}.");
            segment.EndRebuildAt(length);
            _damaged.Add(segment.BaseOffset);
            return true;
        }
        if (!isLast)
            TrySeal(segment);
        KeepTransactions(segment);
        return true;
    }

    /// <summary>
    /// The recovery point says that all below it is on the disk. Of indexes that were made again below it, that of transactions must be: one that is missing
    /// cannot be told from one without entries.
    /// </summary>
    private void KeepTransactions(LogSegment segment)
    {
        if (segment.TransactionIndex.Entries.Count == 0)
            return;
        segment.TransactionIndex.Entries.WritePending();
        segment.TransactionIndex.Entries.Sync();
        environment.Disk.SyncFolder(request.Folder);
    }

    /// <summary>On a full disk the entries stay in memory, and are written when the log is closed or recovered again.</summary>
    private void TrySeal(LogSegment segment)
    {
        try
        {
            segment.Seal();
        }
        catch (DiskFullException e)
        {
            Tell(LogEventLevel.Warning, $"The indexes of {segment.LogPath} stay in memory, since the disk is full: {e.Message}");
        }
    }

    /// <summary>A start after a crash makes a missing one again from the batches.</summary>
    private void WriteSnapshot(long offset, ProducerStateManager producers)
    {
        try
        {
            _snapshots.Write(offset, producers);
        }
        catch (DiskFullException)
        {
            _snapshots.DeleteAt(offset);
        }
    }

    private ProducerStateManager ProducersBefore(LogSegment segment)
    {
        var before = _segments[.._segments.IndexOf(segment)];
        return before.Count == 0 ? ProducersAtStart(segment.BaseOffset) : ProducerReplay.Rebuild(before, _snapshots, segment.BaseOffset);
    }

    /// <summary>The written epochs; without a good file, those of all batches up to where a scan begins.</summary>
    private LeaderEpochCache LoadEpochs(LogSegment last, long end)
    {
        try
        {
            if (LeaderEpochCheckpoint.Read(environment.Disk, request.Folder) is { } entries)
                return new LeaderEpochCache(entries);
        }
        catch (CorruptFileException e)
        {
            Tell(LogEventLevel.Warning, $"{e.Message} The epochs are made again from the batches.");
        }
        var epochs = new LeaderEpochCache([]);
        foreach (var segment in _segments)
        {
            AssignEpochs(segment, epochs, end);
            if (segment == last)
                break;
        }
        return epochs;
    }

    private static void AssignEpochs(LogSegment segment, LeaderEpochCache epochs, long end)
    {
        var batches = new BatchScanner(segment.LogFile, 0, segment.Size);
        try
        {
            while (batches.MoveNext() && batches.Current.BaseOffset < end)
                epochs.Assign(batches.Current.PartitionLeaderEpoch, batches.Current.BaseOffset);
        }
        finally
        {
            batches.Dispose();
        }
    }

    private void Tell(LogEventLevel level, string message) => environment.Tell(level, request.Name, message);
}
