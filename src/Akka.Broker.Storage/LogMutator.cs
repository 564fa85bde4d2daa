using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Recovery;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// The writing side of a <see cref="PartitionLog"/>: everything that changes it. Called by its data folder's writer alone, one call at a time; readers
/// see the <see cref="Contents"/> that it publishes when a change is complete.
/// <para>
/// Invariants: segments are ordered by base offset, and there is always one; first segment's base ≤ log start ≤ log end;
/// checkpointed ≤ recovery point ≤ log end; everything below the recovery point is synced.
/// </para>
/// </summary>
internal sealed class LogMutator
{
    private readonly LogEnvironment _environment;
    private readonly LogAppender _appender;
    private PartitionLog _log = null!;
    private LogContents _contents;
    private LogSegment[] _segments;
    private string _folder;
    private long _logStartOffset;
    private long _logEndOffset;
    private long _recoveryPoint;
    private long _firstDirtyOffset;
    private volatile StablePoint _stable;
    private long _checkpointedRecoveryPoint;
    private long _checkpointedBytes;
    private bool _folderUnsynced;
    private bool _isNew;
    private long _lastFlushMs;
    private volatile bool _closed;

    public LogMutator(LogEnvironment environment, LoadedLog loaded)
    {
        _environment = environment;
        _appender = new LogAppender(this, environment);
        _folder = loaded.Folder;
        _segments = [.. loaded.Segments];
        Producers = new LogProducers(environment.Disk, loaded);
        Epochs = loaded.Epochs;
        _logStartOffset = loaded.LogStartOffset;
        _logEndOffset = loaded.LogEndOffset;
        _recoveryPoint = loaded.RecoveryPoint;
        _firstDirtyOffset = loaded.LogStartOffset;
        _checkpointedRecoveryPoint = loaded.CheckpointedRecoveryPoint;
        _folderUnsynced = loaded.IsFolderUnsynced;
        _isNew = loaded.IsFolderUnsynced;
        _lastFlushMs = environment.NowMs;
        _stable = new StablePoint(_checkpointedRecoveryPoint, Producers.LastStableOffset(_checkpointedRecoveryPoint));
        CheckInvariants();
        _contents = CaptureContents();
    }

    public string Folder => _folder;

    public long LogStartOffset => Volatile.Read(ref _logStartOffset);

    public long LogEndOffset => Contents.EndOffset;

    public long RecoveryPoint => Volatile.Read(ref _recoveryPoint);

    /// <summary>What the checkpoint file may say: below it, the indexes are synced too.</summary>
    public long CheckpointedRecoveryPoint => Volatile.Read(ref _checkpointedRecoveryPoint);

    /// <summary>Below it, compaction has been over the log: no key is there twice. Set when the log is opened, and by <see cref="NoteCompacted"/>.</summary>
    public long FirstDirtyOffset
    {
        get => Volatile.Read(ref _firstDirtyOffset);
        set => Volatile.Write(ref _firstDirtyOffset, Math.Clamp(value, LogStartOffset, LogEndOffset));
    }

    /// <summary>What readers see: of one moment, swapped whole.</summary>
    public LogContents Contents => Volatile.Read(ref _contents);

    public LogProducers Producers { get; }

    public LeaderEpochCache Epochs { get; }

    public bool IsClosed => _closed;

    /// <summary>Rises with each truncation: what a checkpoint prepared before it must not count any more.</summary>
    public int Truncations { get; private set; }

    /// <summary>All that was ever appended here by this process.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>Takes files whose removal waits, and for how many ms. Set by the folder.</summary>
    public Action<IEnumerable<string>, long>? Retired { get; set; }

    /// <summary>Writes the folder's checkpoints before a truncation below what they say of this log. Set by the folder.</summary>
    public Action? CheckpointsLowered { get; set; }

    /// <summary>Told when this log has failed. Set by the folder.</summary>
    public Action? Failed { get; set; }

    /// <summary>Told, by any thread, when the disk did not give a segment's bytes. Set by the folder.</summary>
    public Action<LogSegment>? ReadFailed { get; set; }

    /// <summary>Where it is noted how far the log was synced; null: nowhere.</summary>
    public SyncedEndFile? SyncedEnd { get; init; }

    public long SizeInBytes
    {
        get
        {
            var size = 0L;
            var contents = Contents;
            for (var i = 0; i < contents.Segments.Length; i++)
                size += contents.SizeOf(i);
            return size;
        }
    }

    /// <summary>The writer's: the segment that is appended to.</summary>
    public LogSegment Active => _segments[^1];

    /// <summary>The writer's: ahead of <see cref="LogEndOffset"/> while a group is under way.</summary>
    public long WrittenEndOffset => _logEndOffset;

    public PartitionLog Log => _log;

    private LogConfig Config => _log.Config;

    public void Attach(PartitionLog log) => _log = log;

    /// <summary>
    /// What a new writer begins from. It acknowledges what it finds when a producer sends that again, so it is synced as far as the topic asks: what a
    /// process that was killed has left was not.
    /// </summary>
    public LogState Capture()
    {
        if (MustFlush)
            Flush();
        // What a start has synced, too: the new writer answers for that.
        NoteSynced();
        return new(_logStartOffset, _logEndOffset, _recoveryPoint, Epochs.Entries, Producers.Copy());
    }

    // ---- Appending and syncing ----

    /// <summary>Writes appends of this log, in order, and sets their results. Throws nothing.</summary>
    public void WriteGroup(Span<PendingAppend> appends) => _appender.WriteGroup(appends);

    /// <summary>
    /// Takes batches into account that are in the active segment's file, behind what is counted. Readers see them when all are.
    /// </summary>
    public void Take(ReadOnlySpan<RunBatch> batches)
    {
        foreach (ref readonly var batch in batches)
        {
            Epochs.Assign(batch.Header.PartitionLeaderEpoch, batch.Header.BaseOffset);
            if (Producers.Take(batch.Header, batch.Bytes) is { } aborted)
                Active.TransactionIndex.Append(aborted);
            Active.Appended(batch.Header, batch.Bytes.Span, Config.IndexIntervalBytes);
            _logEndOffset = batch.Header.NextOffset;
            AppendedBytes += batch.Header.SizeInBytes;
        }
        Producers.PublishTransactions(_log.HighWatermark);
        Publish();
    }

    /// <summary>Whether what is appended but not synced is as much as the topic allows.</summary>
    public bool MustFlush => _logEndOffset - _recoveryPoint >= Config.FlushMessages;

    public bool IsFlushDue(long nowMs) => _logEndOffset > _recoveryPoint && _log.Failure is null && nowMs - _lastFlushMs >= Config.FlushMs;

    /// <summary>Syncs what is appended. A failure fails the log: what a sync that failed has left is not known, and a second one would not tell.</summary>
    public void Flush()
    {
        ThrowIfUnusable();
        var startedAt = _environment.Timestamp;
        try
        {
            for (var i = LogReader.FloorOf(_segments, _recoveryPoint); i < _segments.Length; i++)
                _segments[i].SyncLog();
            SyncFolderIfNeeded();
            _environment.Synced(startedAt);
            Volatile.Write(ref _recoveryPoint, _logEndOffset);
            NoteSynced();
        }
        catch (Exception e)
        {
            Fail(e);
            throw new LogFailedException(_log.ToString(), e);
        }
        _lastFlushMs = _environment.NowMs;
    }

    public void AssignEpoch(int epoch)
    {
        ThrowIfUnusable();
        Epochs.Assign(epoch, _logEndOffset);
    }

    /// <summary>Begins a new segment at the log's end, unless the active one is empty.</summary>
    public void Roll()
    {
        ThrowIfUnusable();
        if (Active.Size > 0)
            RollAt(_logEndOffset);
    }

    // ---- Cutting ----

    public long TruncateTo(long offset)
    {
        ThrowIfUnusable();
        Invariant.Check(offset >= 0);
        if (offset >= _logEndOffset)
        {
            // An epoch in which this log's owner led and wrote nothing goes too: the next leader does not know it.
            Epochs.TruncateFromEnd(_logEndOffset);
            return _logEndOffset;
        }

        if (offset < _segments[0].BaseOffset)
        {
            TruncateFullyAndStartAt(offset);
            return offset;
        }
        var at = LogReader.FloorOf(_segments, offset);
        var last = _segments[at];
        var removed = _segments[(at + 1)..];
        var (position, end) = LogReader.FindCut(last, offset);
        BeginTruncation(end);
        _logEndOffset = end;
        _segments = _segments[..(at + 1)];
        Volatile.Write(ref _contents, new LogContents(_segments, position, end));
        last.CutTo(position, end);
        // Its old tail must not come back by a crash: its records are whole, and in part they would pass for what is written over them next.
        last.SyncLog();
        Epochs.TruncateFromEnd(end);
        EndTruncation(end, removed);
        return end;
    }

    public void TruncateFullyAndStartAt(long offset)
    {
        ThrowIfUnusable();
        Invariant.Check(offset >= 0);
        BeginTruncation(offset);
        var removed = _segments;
        foreach (var segment in removed)
            segment.MarkDeleted();
        var fresh = LogSegment.Create(_environment.Disk, _folder, offset, _environment.NowMs, _environment.NextJitterMs(Config));
        _segments = [fresh];
        _logEndOffset = offset;
        Volatile.Write(ref _logStartOffset, offset);
        Publish();
        Volatile.Write(ref _recoveryPoint, offset);
        Epochs.Clear();
        // Written at once: entries of before would be taken for older than the new start.
        LeaderEpochCheckpoint.Write(_environment.Disk, _folder, Epochs.Entries);
        Producers.DeleteAllSnapshots();
        EndTruncation(offset, removed, areMarked: true);
    }

    public long IncrementLogStartOffset(long offset)
    {
        ThrowIfUnusable();
        if (offset > _logEndOffset)
            throw new OffsetOutOfRangeException(_log.ToString(), offset, _logStartOffset, _logEndOffset);
        if (offset > _logStartOffset)
        {
            Volatile.Write(ref _logStartOffset, offset);
            Epochs.TruncateFromStart(offset);
            _log.TellLogStartMoved();
        }
        return _logStartOffset;
    }

    // ---- Retention ----

    /// <summary>Deletes the oldest segments that may go, as long as the high watermark has passed them; the active one is rolled first if it may go too.</summary>
    public int DeleteOldSegments(long nowMs, long highWatermark)
    {
        ThrowIfUnusable();
        highWatermark = Math.Min(highWatermark, _logEndOffset);
        var (count, why) = RetentionRules.Deletable(_segments, _logStartOffset, _logEndOffset, highWatermark, nowMs, Config, _environment.Disk);
        if (count == 0)
            return 0;
        if (count == _segments.Length)
            RollAt(_logEndOffset);
        var removed = _segments[..count];
        var start = _segments[count].BaseOffset;
        Volatile.Write(ref _logStartOffset, Math.Max(_logStartOffset, start));
        _segments = _segments[count..];
        Publish();
        Epochs.TruncateFromStart(_logStartOffset);
        Producers.DeleteBelow(start);
        Retire(removed, areMarked: false);
        _environment.Tell(LogEventLevel.Info, _log.ToString(), $"Deleted {count} segments by {why}; the log starts at {_logStartOffset} now.");
        _log.TellLogStartMoved();
        CheckInvariants();
        return count;
    }

    // ---- Compaction ----

    /// <summary>
    /// What a machine that is lost now would leave as it is: below it records are on the disk, and so are the ends of the transactions that they belong to.
    /// </summary>
    /// <param name="writtenRecoveryPoint">What the checkpoint file says.</param>
    public long DurablyStableOffset(long writtenRecoveryPoint) => _stable is var stable && stable.RecoveryPoint <= writtenRecoveryPoint ? stable.Offset : 0;

    /// <summary>
    /// Makes sure that there is a snapshot of the producers at a segment's base that a lost machine leaves. Compaction drops what the state could be made from:
    /// it keeps each producer's newest batch, which may be one that such a machine takes with it.
    /// </summary>
    public bool HoldSnapshot(long segmentBase)
    {
        ThrowIfUnusable();
        Producers.HoldSnapshot(segmentBase, _segments);
        _folderUnsynced = true;
        return true;
    }

    /// <summary>What is known of the producers before the segment that begins there.</summary>
    public ProducerStateManager ProducersAt(long segmentBase) => Producers.At(segmentBase, _segments);

    /// <summary>A reader has met damage: the scrubber looks at the segment next. Any thread.</summary>
    public void Suspect(LogSegment segment) => _environment.Suspects.Add(_log, segment.BaseOffset);

    /// <summary>
    /// Puts <paramref name="cleaned"/>, all of which is on the disk, in the place of a run of segments. False, and nothing done, if they are not the log's any more.
    /// See <see cref="SegmentSwap"/> for what a crash leaves.
    /// </summary>
    public bool Replace(LogSegment[] old, LogSegment cleaned, int truncations)
    {
        ThrowIfUnusable();
        var at = Array.IndexOf(_segments, old[0]);
        if (truncations != Truncations || at < 0 || at + old.Length >= _segments.Length || !_segments.AsSpan(at, old.Length).SequenceEqual(old))
            return false;
        try
        {
            SegmentSwap.Prepare(_environment.Disk, _folder, cleaned);
            SegmentSwap.Carry(old, cleaned);
        }
        catch (Exception e)
        {
            // Some files have their new names and some their old: the next start finishes it, or drops it.
            Fail(e);
            throw new LogFailedException(_log.ToString(), e);
        }
        _segments = [.. _segments[..at], cleaned, .. _segments[(at + old.Length)..]];
        Publish();
        Retire(old, areMarked: true);
        foreach (var gone in old.AsSpan(1))
            Producers.DeleteSnapshotAt(gone.BaseOffset);
        CheckInvariants();
        return true;
    }

    /// <summary>A compaction has got there. False if the log was cut meanwhile: then it says nothing of what is there now.</summary>
    public bool NoteCompacted(long endOffset, int truncations)
    {
        ThrowIfUnusable();
        if (truncations != Truncations)
            return false;
        FirstDirtyOffset = endOffset;
        return true;
    }

    // ---- Checkpoints and the end ----

    /// <summary>
    /// What must be synced for the written recovery point to rise to the log's end; null if there is no cause. It is synced beside traffic;
    /// <see cref="CompleteCheckpoint"/> then counts it.
    /// </summary>
    public CheckpointWork? PrepareCheckpoint(long unsyncedBytesMax)
    {
        if (_closed || _log.Failure is not null)
            return null;
        var isDue = _recoveryPoint > _checkpointedRecoveryPoint || Active.BaseOffset > _checkpointedRecoveryPoint
            || AppendedBytes - _checkpointedBytes > unsyncedBytesMax;
        if (_logEndOffset == _checkpointedRecoveryPoint || !isDue)
            return null;
        Active.WritePendingIndexEntries();
        if (Producers.IsSnapshotDue(AppendedBytes))
            WriteSnapshot(isSegmentBase: false);
        var from = LogReader.FloorOf(_segments, _checkpointedRecoveryPoint);
        var epochs = Epochs.IsDirty ? Epochs.Entries : null;
        Epochs.IsDirty = false;
        return new CheckpointWork(_environment.Disk, _folder, _segments[from..], epochs, _isNew)
        {
            RecoveryPoint = _logEndOffset,
            StableOffset = Producers.LastStableOffset(Math.Min(_log.HighWatermark, _logEndOffset)),
            AppendedBytes = AppendedBytes,
            Truncations = Truncations,
        };
    }

    public void CompleteCheckpoint(CheckpointWork done)
    {
        if (done.Truncations != Truncations || _closed || _log.Failure is not null)
            return;
        _checkpointedBytes = done.AppendedBytes;
        _isNew = false;
        Volatile.Write(ref _recoveryPoint, Math.Max(_recoveryPoint, done.RecoveryPoint));
        Volatile.Write(ref _checkpointedRecoveryPoint, done.RecoveryPoint);
        _stable = new StablePoint(done.RecoveryPoint, done.StableOffset);
        CheckInvariants();
    }

    /// <summary>Brings everything to the disk such that the next start needs to read no records.</summary>
    public void CloseCleanly()
    {
        if (_closed || _log.Failure is not null)
            return;
        var wasAppendedTo = _logEndOffset != _checkpointedRecoveryPoint;
        Active.Seal();
        Active.GiveBackSpace();
        if (wasAppendedTo || !Producers.HasSnapshot(_logEndOffset))
            WriteSnapshot(isSegmentBase: false);
        if (Epochs.IsDirty)
            LeaderEpochCheckpoint.Write(_environment.Disk, _folder, Epochs.Entries);
        Epochs.IsDirty = false;
        if (wasAppendedTo || _folderUnsynced)
        {
            Flush();
            foreach (var segment in _segments)
                segment.SyncIndexes();
            FolderSync.Run(_environment.Disk, _folder, _isNew);
        }
        Volatile.Write(ref _checkpointedRecoveryPoint, _logEndOffset);
        Close();
    }

    /// <summary>Lets the files go as they are. Readers that hold a segment read on.</summary>
    public void Close()
    {
        if (_closed)
            return;
        _closed = true;
        foreach (var segment in _segments)
            segment.Release();
        SyncedEnd?.Dispose();
    }

    /// <summary>The folder has another name from now on; only for a log that is closed.</summary>
    public void MovedTo(string folder)
    {
        Invariant.Check(_closed);
        _folder = folder;
    }

    public void Fail(Exception cause)
    {
        if (_log.Failure is not null)
            return;
        _log.Fail(cause);
        _environment.Tell(LogEventLevel.Error, _log.ToString(), $"The log has failed and is offline: {cause.Message}", cause);
        Failed?.Invoke();
    }

    // ---- Inside ----

    /// <summary>Begins a new segment there: at the log's end, or behind it if the active one is empty and too far before what is to come.</summary>
    public void RollAt(long baseOffset)
    {
        var left = Active;
        Invariant.Check(baseOffset > left.BaseOffset);
        WriteSnapshot(isSegmentBase: true);
        left.Seal();
        left.GiveBackSpace();
        var fresh = LogSegment.Create(_environment.Disk, _folder, baseOffset, _environment.NowMs, _environment.NextJitterMs(Config));
        _folderUnsynced = true;
        _segments = left.Size > 0 ? [.. _segments, fresh] : [.. _segments[..^1], fresh];
        Publish();
        if (left.Size == 0)
            Retire([left], areMarked: false);
    }

    /// <summary>
    /// Lowers what is written down of offsets behind the cut, before the cut: what is appended in place of what goes must not be taken for synced, or for
    /// deleted, by a start that believes the old checkpoints.
    /// </summary>
    private void BeginTruncation(long end)
    {
        SyncedEnd?.Lower(new SyncedEnd(Math.Max(0, Epochs.EpochOf(end - 1)), end));
        Truncations++;
        _stable = new StablePoint(Math.Min(_stable.RecoveryPoint, end), Math.Min(_stable.Offset, end));
        Volatile.Write(ref _recoveryPoint, Math.Min(_recoveryPoint, end));
        if (_checkpointedRecoveryPoint <= end && _logStartOffset <= end && _firstDirtyOffset <= end)
            return;
        Volatile.Write(ref _firstDirtyOffset, Math.Min(_firstDirtyOffset, end));
        Volatile.Write(ref _checkpointedRecoveryPoint, Math.Min(_checkpointedRecoveryPoint, end));
        Volatile.Write(ref _logStartOffset, Math.Min(_logStartOffset, end));
        CheckpointsLowered?.Invoke();
    }

    private void EndTruncation(long end, LogSegment[] removed, bool areMarked = false)
    {
        var hadSnapshots = Producers.DeleteAbove(end);
        Retire(removed, areMarked);
        if (hadSnapshots || removed.Length > 0)
            _environment.Disk.SyncFolder(_folder);
        Producers.Rebuild(_segments, end, _log.HighWatermark);
        _log.ClampHighWatermark(_log.HighWatermark);
        CheckInvariants();
    }

    /// <summary>Segments that the readers' list does not have any more: renamed now, removed later, closed when their last reader lets go.</summary>
    private void Retire(LogSegment[] segments, bool areMarked)
    {
        // Before the recovery point rises past them: their records need not be synced, so they must not come back by their names.
        _folderUnsynced = true;
        foreach (var segment in segments)
        {
            if (!areMarked)
                segment.MarkDeleted();
            Retired?.Invoke(segment.Paths(), Config.FileDeleteDelayMs);
            segment.Release();
        }
    }

    private LogContents CaptureContents() => new(_segments, Active.Size, _logEndOffset);

    private void Publish() => Volatile.Write(ref _contents, CaptureContents());

    private void WriteSnapshot(bool isSegmentBase) => Producers.WriteSnapshot(_logEndOffset, AppendedBytes, isSegmentBase);

    private void NoteSynced()
    {
        if (_recoveryPoint == _logEndOffset)
            SyncedEnd?.Raise(new SyncedEnd(Math.Max(0, Epochs.LatestEpoch), _logEndOffset));
    }

    private void SyncFolderIfNeeded()
    {
        if (!_folderUnsynced)
            return;
        FolderSync.Run(_environment.Disk, _folder, _isNew);
        _folderUnsynced = false;
        _isNew = false;
    }

    private void ThrowIfUnusable()
    {
        if (_closed)
            throw new LogClosedException(_log.ToString());
        if (_log.Failure is { } failure)
            throw new LogFailedException(_log.ToString(), failure);
    }

    /// <summary>Of the last checkpoint: its recovery point, and what was stable then.</summary>
    private sealed record StablePoint(long RecoveryPoint, long Offset);

    private void CheckInvariants()
    {
        Invariant.Check(_segments.Length > 0 && _segments[0].BaseOffset <= _logStartOffset);
        Invariant.Check(_logStartOffset <= _logEndOffset && Active.BaseOffset <= _logEndOffset);
        Invariant.Check(_checkpointedRecoveryPoint <= _recoveryPoint && _recoveryPoint <= _logEndOffset);
    }
}
