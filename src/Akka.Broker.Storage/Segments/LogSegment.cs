using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// A run of a log's batches in one <c>.log</c> file, with its three indexes. The last segment of a log is active: it is appended to by the folder's writer;
/// the others do not change any more. Readers are any thread that has <see cref="TryAcquire"/>d it.
/// <para>
/// The log holds the segment once, each reader once more; the files are closed when the last lets go, so what is deleted stays readable for who reads it.
/// </para>
/// <para>Invariants: <see cref="Size"/> only counts bytes that are written; the indexes name only batches below it.</para>
/// </summary>
internal sealed class LogSegment
{
    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly SpaceAhead _ahead;
    private readonly Lock _syncGate = new();
    private string _suffix;
    private Exception? _syncFailure;
    private int _holders = 1;
    private int _size;
    private long _maxTimestamp = -1;
    private int _bytesSinceIndexEntry;
    private bool _unsynced;

    private LogSegment(IDisk disk, string folder, long baseOffset, string suffix, IDiskFile logFile, long createdMs)
    {
        _disk = disk;
        _folder = folder;
        _suffix = suffix;
        BaseOffset = baseOffset;
        LogFile = logFile;
        _ahead = new SpaceAhead(logFile);
        LogPath = PathOf(LogFileNames.Log);
        CreatedMs = createdMs;
        OffsetIndex = new OffsetIndex(disk, PathOf(LogFileNames.OffsetIndex), baseOffset);
        TimeIndex = new TimeIndex(disk, PathOf(LogFileNames.TimeIndex), baseOffset);
        TransactionIndex = new TransactionIndex(disk, PathOf(LogFileNames.TransactionIndex));
    }

    public long BaseOffset { get; }

    /// <summary>The open file. Its name may be another by now: <see cref="LogPath"/>.</summary>
    public IDiskFile LogFile { get; }

    public string LogPath { get; private set; }

    public OffsetIndex OffsetIndex { get; }

    public TimeIndex TimeIndex { get; }

    public TransactionIndex TransactionIndex { get; }

    /// <summary>Of the written part of the file.</summary>
    public int Size => Volatile.Read(ref _size);

    /// <summary>-1 without a record that has a timestamp.</summary>
    public long MaxTimestamp => Volatile.Read(ref _maxTimestamp);

    public long OffsetOfMaxTimestamp { get; private set; } = -1;

    /// <summary>When this process made or opened it.</summary>
    public long CreatedMs { get; }

    /// <summary>The largest timestamp of the first batch, from which <c>segment.ms</c> counts; null while not known.</summary>
    public long? FirstBatchTimestamp { get; private set; }

    /// <summary>How long before its time it is rolled; up to <c>segment.jitter.ms</c>.</summary>
    public long RollJitterMs { get; init; }

    /// <summary>A segment of which there is nothing yet. A suffix stands behind the names of its files until they take their place (<see cref="Rename"/>).</summary>
    public static LogSegment Create(IDisk disk, string folder, long baseOffset, long nowMs, long rollJitterMs, string suffix = "")
    {
        var file = disk.Open(Path.Combine(folder, LogFileNames.Of(baseOffset, LogFileNames.Log)) + suffix, DiskFileMode.Create);
        var segment = new LogSegment(disk, folder, baseOffset, suffix, file, nowMs) { RollJitterMs = rollJitterMs };
        try
        {
            segment.ResetIndexes();
            return segment;
        }
        catch
        {
            segment.Release();
            throw;
        }
    }

    /// <summary>A segment that exists. Its size is the file's until recovery says otherwise; its indexes are not looked at yet.</summary>
    public static LogSegment Open(IDisk disk, string folder, long baseOffset, long nowMs)
    {
        var path = Path.Combine(folder, LogFileNames.Of(baseOffset, LogFileNames.Log));
        var file = disk.Open(path, DiskFileMode.Open);
        var length = file.Length;
        if (length > int.MaxValue)
        {
            file.Dispose();
            throw new CorruptFileException(path, $"a segment has at most {int.MaxValue} bytes, and this file has {length}");
        }
        return new LogSegment(disk, folder, baseOffset, suffix: "", file, nowMs) { _size = (int)length };
    }

    /// <summary>A reader's hold. False if the segment is gone already.</summary>
    public bool TryAcquire()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return true;
            holders = seen;
        }
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
            return;
        OffsetIndex.Dispose();
        TimeIndex.Dispose();
        TransactionIndex.Dispose();
        LogFile.Dispose();
    }

    /// <summary>Whether the batch can follow in this segment.</summary>
    public bool MustRollBefore(in BatchHeader batch, int sizeWithPending, LogConfig config, long nowMs)
    {
        if (batch.LastOffset - BaseOffset > int.MaxValue)
            return true;
        if (sizeWithPending == 0)
            return false;
        if ((long)sizeWithPending + batch.SizeInBytes > config.SegmentBytes)
            return true;
        if (OffsetIndex.Entries.Count >= config.OffsetIndexEntriesMax || TimeIndex.Entries.Count >= config.TimeIndexEntriesMax - 1)
            return true;
        return WaitedMs(batch.MaxTimestamp, nowMs) > config.RollMs - RollJitterMs;
    }

    /// <summary>Before so much is written: keeps space reserved for what comes, in a segment that does not grow beyond the size.</summary>
    public void ReserveAhead(int bytes, int sizeMax) => _ahead.Need(_size, bytes, sizeMax);

    /// <summary>When nothing more is to come.</summary>
    public void GiveBackSpace() => _ahead.GiveBack(_size);

    /// <summary>Writes behind the end. The bytes count only when <see cref="Appended"/> has been told of each batch of them.</summary>
    public void Write(List<ReadOnlyMemory<byte>> pieces)
    {
        _unsynced = true;
        if (pieces.Count == 1)
            LogFile.Write(_size, pieces[0].Span);
        else
            LogFile.Write(_size, pieces);
    }

    /// <summary>Notes a batch that has been written at the end: the indexes get their entries, and readers see it.</summary>
    public void Appended(in BatchHeader batch, ReadOnlySpan<byte> bytes, int indexIntervalBytes)
    {
        // A batch that a compaction has emptied has a time and no record of it.
        if (batch.MaxTimestamp > _maxTimestamp && batch.RecordCount > 0)
        {
            OffsetOfMaxTimestamp = RecordTimes.OffsetOfMax(batch, bytes);
            Volatile.Write(ref _maxTimestamp, batch.MaxTimestamp);
        }
        if (_size == 0)
            FirstBatchTimestamp = batch.MaxTimestamp;
        if (_bytesSinceIndexEntry > indexIntervalBytes)
        {
            OffsetIndex.Append(batch.LastOffset, _size);
            TimeIndex.MaybeAppend(_maxTimestamp, OffsetOfMaxTimestamp);
            _bytesSinceIndexEntry = 0;
        }
        _bytesSinceIndexEntry += batch.SizeInBytes;
        Volatile.Write(ref _size, _size + batch.SizeInBytes);
    }

    /// <summary>Cuts away what a failed write may have left behind the end.</summary>
    public void DropUncounted() => SetLength(_size);

    /// <summary>
    /// Before the segment is left behind or the log closed: the time index gets its last entry, and the index files all of theirs. May be repeated.
    /// </summary>
    public void Seal()
    {
        if (_maxTimestamp >= 0)
            TimeIndex.MaybeAppend(_maxTimestamp, OffsetOfMaxTimestamp);
        OffsetIndex.Entries.Seal();
        TimeIndex.Entries.Seal();
        TransactionIndex.Entries.Seal();
    }

    public void WritePendingIndexEntries()
    {
        OffsetIndex.Entries.WritePending();
        TimeIndex.Entries.WritePending();
        TransactionIndex.Entries.WritePending();
    }

    /// <summary>Syncs the records if any were written since the last time. The writer's: when it returns, what was appended is on the disk.</summary>
    public void SyncLog()
    {
        if (!_unsynced)
            return;
        SyncAlone();
        Volatile.Write(ref _unsynced, false);
    }

    /// <summary>As <see cref="SyncLog"/>, beside the writer, whose sync it must not spare: a sync under way is no sync done.</summary>
    public void SyncLogBeside()
    {
        if (Volatile.Read(ref _unsynced))
            SyncAlone();
    }

    public void SyncIndexes()
    {
        OffsetIndex.Entries.Sync();
        TimeIndex.Entries.Sync();
        TransactionIndex.Entries.Sync();
    }

    /// <summary>
    /// The segment's end becomes <paramref name="size"/>, before which lie whole batches with offsets below <paramref name="endOffset"/>.
    /// The indexes forget what lies behind. The file is cut.
    /// </summary>
    public void CutTo(int size, long endOffset)
    {
        OffsetIndex.TruncateTo(endOffset);
        TimeIndex.TruncateTo(endOffset);
        TransactionIndex.TruncateTo(endOffset);
        Volatile.Write(ref _size, size);
        SetLength(size);
        _unsynced = true;
        if (size == 0)
            FirstBatchTimestamp = null;
        ReloadTail();
    }

    /// <summary>
    /// After loading or cutting: finds from the indexes, and the headers behind their last entries, the largest timestamp and how far the last entry is.
    /// Returns the offset behind the last batch, and whether headers lead exactly to the segment's end.
    /// </summary>
    public (long NextOffset, bool IsWhole) ReloadTail()
    {
        TimeIndex.TryRead(TimeIndex.Entries.Count - 1, out var maxTimestamp, out var offsetOfMax);
        var hasEntry = OffsetIndex.TryRead(OffsetIndex.Entries.Count - 1, out var entryOffset, out var entryPosition);
        var nextOffset = hasEntry ? entryOffset + 1 : BaseOffset;
        using var scanner = new BatchScanner(LogFile, entryPosition, _size);
        while (scanner.MoveNext())
        {
            nextOffset = scanner.Current.NextOffset;
            if (scanner.Current.MaxTimestamp <= maxTimestamp || scanner.Current.RecordCount == 0)
                continue;
            maxTimestamp = scanner.Current.MaxTimestamp;
            offsetOfMax = OffsetOfMax(scanner);
        }
        _bytesSinceIndexEntry = _size - entryPosition;
        OffsetOfMaxTimestamp = offsetOfMax;
        Volatile.Write(ref _maxTimestamp, maxTimestamp);
        return (nextOffset, scanner.NextPosition == _size);
    }

    /// <summary>Sets the largest timestamp of a sealed segment from its time index alone.</summary>
    public void LoadMaxTimestamp()
    {
        TimeIndex.TryRead(TimeIndex.Entries.Count - 1, out var timestamp, out var offset);
        OffsetOfMaxTimestamp = offset;
        Volatile.Write(ref _maxTimestamp, timestamp);
    }

    /// <summary>Empties the indexes and forgets the size, for recovery to append to them anew from the records.</summary>
    public void BeginRebuild()
    {
        ResetIndexes();
        _size = 0;
        _unsynced = true;
        _maxTimestamp = -1;
        OffsetOfMaxTimestamp = -1;
        _bytesSinceIndexEntry = 0;
        FirstBatchTimestamp = null;
    }

    /// <summary>Forgets what recovery has not gone over yet, so that it can append it: the file keeps it.</summary>
    public void BeginRebuildAt(int size, long endOffset)
    {
        OffsetIndex.TruncateTo(endOffset);
        TimeIndex.TruncateTo(endOffset);
        TransactionIndex.TruncateTo(endOffset);
        _size = size;
        _unsynced = true;
        ReloadTail();
    }

    /// <summary>Its size is the file's again, though not all of it could be gone over: the indexes lead as far as it could.</summary>
    public void EndRebuildAt(int size) => _size = size;

    /// <summary>Takes what is in the index files; false if they cannot be those of the records.</summary>
    public bool TryLoadIndexes()
    {
        if (!OffsetIndex.Entries.Load() || !TimeIndex.Entries.Load())
            return false;
        if (_disk.FileExists(TransactionIndex.Entries.Path) && !TransactionIndex.Entries.Load())
            return false;
        return IsOffsetIndexSane() && IsTimeIndexSane();
    }

    /// <summary>
    /// Renames all files for their later removal; who has them open reads on. Index files are opened before, since a reader that opened one later would find none
    /// under its name, or that of the segment which has taken this one's place.
    /// </summary>
    public void MarkDeleted()
    {
        OffsetIndex.Entries.HoldOpen();
        TimeIndex.Entries.HoldOpen();
        TransactionIndex.Entries.HoldOpen();
        _suffix = LogFileNames.Deleted;
        MoveLog();
        MoveIndexes();
    }

    /// <summary>Gives all files another suffix, the log's last: while it has its old one, the change is not done.</summary>
    public void Rename(string suffix)
    {
        _suffix = suffix;
        MoveIndexes();
        MoveLog();
    }

    /// <summary>The present names of all files, of the one that may be missing too.</summary>
    public IEnumerable<string> Paths() => [LogPath, OffsetIndex.Entries.Path, TimeIndex.Entries.Path, TransactionIndex.Entries.Path];

    private void MoveIndexes()
    {
        OffsetIndex.Entries.Move(PathOf(LogFileNames.OffsetIndex));
        TimeIndex.Entries.Move(PathOf(LogFileNames.TimeIndex));
        TransactionIndex.Entries.Move(PathOf(LogFileNames.TransactionIndex));
    }

    private void MoveLog()
    {
        var path = PathOf(LogFileNames.Log);
        _disk.Move(LogPath, path);
        LogPath = path;
    }

    private void SetLength(int size)
    {
        LogFile.SetLength(size);
        _ahead.Forget();
    }

    /// <summary>
    /// One sync of the file at a time, and none behind one that failed: the system tells of a lost write once, to whichever sync comes first, and another beside it
    /// would be told that all is well. Whoever waits here waits for a sync that his own would wait for too.
    /// </summary>
    private void SyncAlone()
    {
        lock (_syncGate)
        {
            if (_syncFailure is { } failure)
                throw new IOException($"An earlier sync of '{LogPath}' has failed: {failure.Message}", failure);
            try
            {
                LogFile.Sync();
            }
            catch (Exception e)
            {
                _syncFailure = e;
                throw;
            }
        }
    }

    private static long OffsetOfMax(in BatchScanner scanner)
    {
        // Only the batches behind the last index entry are read for this.
        var batch = scanner.Current;
        if (batch.Compression != CompressionType.None || batch.TimestampType == TimestampType.LogAppendTime)
            return batch.LastOffset;
        return RecordTimes.OffsetOfMax(batch, scanner.ReadBatch());
    }

    private long WaitedMs(long batchTimestamp, long nowMs)
    {
        if (FirstBatchTimestamp is null && _size >= RecordBatch.HeaderSize)
        {
            Span<byte> header = stackalloc byte[RecordBatch.HeaderSize];
            if (LogFile.Read(0, header) == header.Length)
                FirstBatchTimestamp = new BatchHeader(header).MaxTimestamp;
        }
        return FirstBatchTimestamp is >= 0 and { } first ? batchTimestamp - first : nowMs - CreatedMs;
    }

    private bool IsOffsetIndexSane()
    {
        var count = OffsetIndex.Entries.Count;
        if (count == 0)
            return true;
        return OffsetIndex.TryRead(count - 1, out var offset, out var position) && offset > BaseOffset && position > 0 && position < _size
            && (count == 1 || (OffsetIndex.TryRead(count - 2, out var before, out var beforePosition) && before < offset && beforePosition < position));
    }

    private bool IsTimeIndexSane()
    {
        var count = TimeIndex.Entries.Count;
        if (count == 0)
            return true;
        return TimeIndex.TryRead(count - 1, out var timestamp, out var offset) && offset >= BaseOffset && timestamp >= 0
            && (count == 1 || (TimeIndex.TryRead(count - 2, out var before, out var beforeOffset) && before < timestamp && beforeOffset <= offset));
    }

    private void ResetIndexes()
    {
        OffsetIndex.Entries.Reset(withFile: true);
        TimeIndex.Entries.Reset(withFile: true);
        TransactionIndex.Entries.Reset(withFile: false);
    }

    private string PathOf(string extension) => Path.Combine(_folder, LogFileNames.Of(BaseOffset, extension)) + _suffix;
}
