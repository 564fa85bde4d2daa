using Akka.Broker.Controller;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;

namespace Akka.Broker.Quorum;

/// <summary>
/// The metadata log as the quorum's machine sees it: ahead of the disk. What is appended, and not yet known to be synced, is served from memory; the folder's
/// writer does the rest in order and tells when it is done. One caller, the <see cref="QuorumActor"/>; completions come on the writer's thread and are only
/// handed on.
/// <code>
///   start            first in memory           synced          end
///     │   files only      │    memory and files   │ perhaps memory only │
///     └───────────────────┴───────────────────────┴─────────────────────┘
/// </code>
/// <para>Invariants: start ≤ synced ≤ end; what is not synced is in memory.</para>
/// </summary>
internal sealed class QuorumLog : IQuorumLog, IAppendCompletion
{
    private const long MemoryBytesMax = 4 << 20;
    private const int SnapshotsKept = 2;

    private readonly WriterToken _token;
    private readonly Action<object> _tell;
    private readonly EpochIndex _epochs = new();
    private readonly LinkedList<RecordBatch> _memory = [];
    private readonly Queue<(long Work, long End)> _unsynced = new();
    private readonly List<LogPosition> _snapshots;
    private long _memoryBytes;
    private long _work;
    private long _voidUpTo;

    private QuorumLog(LogManager logs, PartitionLog log, WriterToken token, LogState state, List<LogPosition> snapshots, Action<object> tell)
    {
        Log = log;
        _token = token;
        _tell = tell;
        _snapshots = snapshots;
        Snapshots = new SnapshotFolder(logs.Options.Disk, log.Folder);
        StartOffset = state.LogStartOffset;
        EndOffset = SyncedOffset = state.LogEndOffset;
        // The epoch before the log's first record is in the name of the snapshot that ends there.
        foreach (var snapshot in snapshots.Where(s => s.Offset == StartOffset))
            _epochs.StartAt(snapshot.Offset, snapshot.Epoch);
        foreach (var entry in state.Epochs.Where(e => e.Epoch > _epochs.Last))
            _epochs.Note(entry.Epoch, entry.StartOffset);
    }

    public PartitionLog Log { get; }

    public SnapshotFolder Snapshots { get; }

    public long StartOffset { get; private set; }

    public long EndOffset { get; private set; }

    public long SyncedOffset { get; private set; }

    public int LastEpoch => Math.Max(0, _epochs.Last);

    public LogPosition? Snapshot => _snapshots is [.., var last] ? last : null;

    /// <summary>Takes the log over from whoever wrote to it before, and mends it where it is damaged (<see cref="MetadataLogMending"/>).</summary>
    /// <param name="logs">The node's.</param>
    /// <param name="tell">Is told of synced appends and failures (<see cref="LogProgress"/>) and of damage (<see cref="LogUnreadable"/>), on any thread.</param>
    /// <param name="warn">Is told what was mended.</param>
    /// <exception cref="StorageException">The log cannot be opened.</exception>
    public static async Task<QuorumLog> OpenAsync(LogManager logs, Action<object> tell, Action<string> warn)
    {
        var log = logs.GetOrCreate(MetadataLog.Id, MetadataLog.Config);
        var token = log.TakeOver();
        await MetadataLogMending.MendAsync(logs, log, token, warn).ConfigureAwait(false);
        var state = await log.CaptureAsync(token).ConfigureAwait(false);
        var snapshots = new SnapshotFolder(logs.Options.Disk, log.Folder).List();
        if (snapshots is [.., var newest] && newest.Offset > 0 && !MetadataLogMending.Continues(state, newest))
        {
            // A crash came between a snapshot's installation and the cut of the log that it replaces.
            await log.TruncateFullyAndStartAtAsync(token, newest.Offset).ConfigureAwait(false);
            state = await log.CaptureAsync(token).ConfigureAwait(false);
        }
        return new QuorumLog(logs, log, token, state, snapshots, tell);
    }

    public LogPosition? EndOf(int epoch) => _epochs.EndOf(epoch, EndOffset);

    public void Append(ReadOnlyMemory<byte> batches)
    {
        for (var rest = batches; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
        {
            Invariant.Check(batch.BaseOffset == EndOffset);
            _epochs.Note(batch.PartitionLeaderEpoch, batch.BaseOffset);
            _memory.AddLast(batch);
            _memoryBytes += batch.SizeInBytes;
            EndOffset = batch.NextOffset;
        }
        _unsynced.Enqueue((++_work, EndOffset));
        Log.Append(_token, batches, AppendKind.Leader, this, _work);
    }

    public void TruncateTo(long offset)
    {
        while (_memory.Last is { } last && last.Value.BaseOffset >= offset)
        {
            _memoryBytes -= last.Value.SizeInBytes;
            _memory.RemoveLast();
        }
        _epochs.TruncateTo(offset);
        VoidUnsynced();
        EndOffset = offset;
        SyncedOffset = Math.Min(SyncedOffset, offset);
        Watch(Log.TruncateToAsync(_token, offset));
    }

    public ReadOnlyMemory<byte> Read(long offset, int maxBytes) =>
        _memory.First is { } first && first.Value.BaseOffset <= offset ? ReadMemory(offset, maxBytes) : ReadFile(offset, maxBytes);

    /// <summary>One that is not whole any more is as good as gone.</summary>
    public SnapshotPiece? ReadSnapshot(LogPosition id, long position, int maxBytes)
    {
        try
        {
            if (position > 0 || Snapshots.IsWhole(id))
                return Snapshots.Read(id, position, maxBytes);
            if (_snapshots.Contains(id))
                _tell(new LogUnreadable(this, id.Offset - 1, new CorruptFileException(Log.Folder, $"snapshot {id} of the metadata is not whole")));
        }
        catch (IOException cause)
        {
            _tell(new LogUnreadable(this, id.Offset - 1, cause));
        }
        return null;
    }

    public void WriteSnapshot(LogPosition id, long position, ReadOnlyMemory<byte> bytes) => Snapshots.WritePiece(id, position, bytes);

    public bool InstallSnapshot(LogPosition id)
    {
        if (!Snapshots.Complete(id))
            return false;
        _snapshots.Add(id);
        _memory.Clear();
        _memoryBytes = 0;
        _epochs.Clear();
        _epochs.StartAt(id.Offset, id.Epoch);
        VoidUnsynced();
        StartOffset = EndOffset = SyncedOffset = id.Offset;
        Watch(Log.TruncateFullyAndStartAtAsync(_token, id.Offset));
        Watch(DropOldSnapshotsAsync());
        return true;
    }

    /// <summary>A snapshot of this node's own is on the disk: the log begins at the one before it, for followers that are only a little behind.</summary>
    public void Took(LogPosition id, long nowMs)
    {
        _snapshots.Add(id);
        Watch(BeginAtAsync(_snapshots is [.., var before, _] ? before : default, nowMs));
        Watch(DropOldSnapshotsAsync());
    }

    /// <summary>What lies before the newest snapshot is damaged: nobody needs it. Completes when it is gone.</summary>
    public Task BeginAtSnapshotAsync(long nowMs)
    {
        var begun = BeginAtAsync(_snapshots[^1], nowMs);
        Watch(begun);
        return begun;
    }

    /// <summary>The caller's own thread again: an append's outcome. True if more is synced.</summary>
    /// <exception cref="LogFailedException">It failed: the log is as unknown as its end.</exception>
    public bool OnProgress(LogProgress progress)
    {
        if (progress.Work <= _voidUpTo && progress.Failure is null)
            return false;
        if (progress.Failure is { } failure)
            throw new LogFailedException(Log.ToString(), failure);
        var before = SyncedOffset;
        while (_unsynced.TryPeek(out var next) && next.Work <= progress.Work)
            SyncedOffset = _unsynced.Dequeue().End;
        while (_memoryBytes > MemoryBytesMax && _memory.First is { } first && first.Value.NextOffset <= SyncedOffset)
            Forget(first);
        Invariant.Check(StartOffset <= SyncedOffset && SyncedOffset <= EndOffset);
        return SyncedOffset > before;
    }

    void IAppendCompletion.OnAppendCompleted(object? state, in AppendResult result)
    {
        // An older writer is told nothing: whoever has taken over reads the log.
        if (result.Status != AppendStatus.StaleToken)
            _tell(new LogProgress(this, (long)state!, result.IsAppended ? null : result.Error ?? new IOException($"The append was {result.Status}.")));
    }

    private Task BeginAtAsync(LogPosition start, long nowMs)
    {
        var moved = Task.CompletedTask;
        if (start.Offset > StartOffset)
        {
            StartOffset = start.Offset;
            _epochs.StartAt(start.Offset, start.Epoch);
            while (_memory.First is { } first && first.Value.NextOffset <= StartOffset && first.Value.NextOffset <= SyncedOffset)
                Forget(first);
            moved = Log.IncrementLogStartOffsetAsync(StartOffset);
        }
        // Whole segments alone can go.
        return Task.WhenAll(moved, Log.RollAsync(), Log.DeleteOldSegmentsAsync(nowMs, Log.HighWatermark));
    }

    private void VoidUnsynced()
    {
        _unsynced.Clear();
        _voidUpTo = _work;
    }

    private void Forget(LinkedListNode<RecordBatch> node)
    {
        _memoryBytes -= node.Value.SizeInBytes;
        _memory.Remove(node);
    }

    private ReadOnlyMemory<byte> ReadMemory(long offset, int maxBytes)
    {
        var from = _memory.Last;
        while (from is not null && from.Value.BaseOffset > offset)
            from = from.Previous;
        if (from is null || from.Value.NextOffset <= offset)
            return default;
        // One batch, which is the rule, need not be copied.
        if (from.Next is null)
            return from.Value.Bytes;
        using var bytes = new MemoryStream();
        for (var node = from; node is not null && (bytes.Length == 0 || bytes.Length + node.Value.SizeInBytes <= maxBytes); node = node.Next)
            bytes.Write(node.Value.Bytes.Span);
        return bytes.ToArray();
    }

    private ReadOnlyMemory<byte> ReadFile(long offset, int maxBytes)
    {
        var limit = _memory.First is { } first ? first.Value.BaseOffset : EndOffset;
        if (offset >= limit)
            return default;
        var bytes = ReadOnlyMemory<byte>.Empty;
        try
        {
            using var records = Log.Read(offset, maxBytes, limit, minOneBatch: true);
            bytes = records.ToArray();
        }
        catch (Exception cause) when (cause is CorruptFileException or IOException)
        {
            _tell(new LogUnreadable(this, offset, cause));
        }
        var whole = 0;
        while (RecordBatch.TryRead(bytes[whole..], out var batch) && batch.BaseOffset < limit)
        {
            if (!batch.HasValidCrc)
            {
                _tell(new LogUnreadable(this, batch.BaseOffset, new CorruptFileException(Log.Folder, $"the checksum of the metadata batch at offset {batch.BaseOffset} is wrong")));
                break;
            }
            whole += batch.SizeInBytes;
        }
        return bytes[..whole];
    }

    private async Task DropOldSnapshotsAsync()
    {
        var old = _snapshots.GetRange(0, Math.Max(0, _snapshots.Count - SnapshotsKept));
        _snapshots.RemoveRange(0, old.Count);
        if (old.Count > 0)
            await Task.Run(() => old.ForEach(Snapshots.Delete)).ConfigureAwait(false);
    }

    /// <summary>What fails without an append that waits for it fails the log all the same.</summary>
    private void Watch(Task work) => work.ContinueWith(
        (failed, state) =>
        {
            if (failed.Exception!.InnerException is not (StaleWriterException or LogClosedException))
                ((QuorumLog)state!)._tell(new LogProgress((QuorumLog)state, 0, failed.Exception.InnerException));
        },
        this,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}

/// <summary>An append, and all before it, is synced; or the log has failed.</summary>
internal sealed record LogProgress(QuorumLog Of, long Work, Exception? Failure);
