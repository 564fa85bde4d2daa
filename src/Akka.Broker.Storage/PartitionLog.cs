using Akka.Broker.Protocol;
using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// A replica's log: the folder <c>topic-partition</c> with its segments, oldest first, the last of which is appended to.
/// <code>
///   log start                                   recovery point          log end
///       │                                             │                    │
///   ┌───┴──────────┬──────────────┬───────────────────┴────────────────────┤
///   │ …0000.log    │ …1000.log    │ …2000.log (active)                     │
///   └──────────────┴──────────────┴────────────────────────────────────────┘
///                 all of it on the disk │ perhaps only in the page cache
/// </code>
/// All changes are carried by the data folder's one writer thread (<see cref="LogWriter"/>) in the order in which they were asked for; these methods
/// only queue them. Reads are any thread's, take no lock and see what is written. Opened by <see cref="LogManager"/> alone.
/// <para>
/// A crash leaves a prefix of what was appended behind the recovery point, perhaps torn; the next start cuts it to whole, valid batches.
/// </para>
/// <para>Invariants: log start ≤ recovery point ≤ log end; segments are ordered, and the first begins at or before the log start.</para>
/// </summary>
public sealed class PartitionLog
{
    private readonly LogWriter _writer;
    private readonly LogMutator _mutator;
    private readonly LogReader _reader;
    private volatile LogConfig _config;
    private volatile WriterToken _token;
    private volatile Exception? _failure;
    private volatile TopicIdHolder _id;
    private long _tokens;
    private long _highWatermark;

    internal PartitionLog(TopicIdPartition id, LogConfig config, LogWriter writer, LogMutator mutator)
    {
        _id = new TopicIdHolder(id);
        _config = config;
        _writer = writer;
        _mutator = mutator;
        _reader = new LogReader(this, mutator);
        _token = new WriterToken(this, 0);
        mutator.Attach(this);
    }

    /// <summary>
    /// Raised on the folder's writer thread when retention, or <see cref="IncrementLogStartOffsetAsync"/>, has moved the log start: hand on, return at once.
    /// </summary>
    public event Action<PartitionLog>? LogStartOffsetMoved;

    /// <summary>The topic id is empty for a folder of a Kafka before 2.8, until a broker that knows it opens the log.</summary>
    public TopicIdPartition Id => _id.Value;

    /// <summary>Changes only when the log is deleted.</summary>
    public string Folder => _mutator.Folder;

    /// <summary>The data folder that this log lives in, which its journal is named for.</summary>
    public string DataFolder => _writer.DataFolder;

    public LogConfig Config => _config;

    public long LogStartOffset => _mutator.LogStartOffset;

    /// <summary>The offset that the next record gets.</summary>
    public long LogEndOffset => _mutator.LogEndOffset;

    /// <summary>All below it is on the disk.</summary>
    public long RecoveryPoint => _mutator.RecoveryPoint;

    /// <summary>
    /// How far this log was ever synced, cuts that were asked for taken off (<see cref="LogConfig.NotesSyncedEnd"/>); null: that is not noted. A log that ends before it has
    /// lost what was on the disk, and may have been acknowledged.
    /// </summary>
    public SyncedEnd? SyncedEnd => _mutator.SyncedEnd?.End;

    /// <summary>
    /// As the partition's owner last said, and as it was checkpointed when the log was opened. Retention deletes nothing above it.
    /// </summary>
    public long HighWatermark
    {
        get => Volatile.Read(ref _highWatermark);
        set => Volatile.Write(ref _highWatermark, value);
    }

    /// <summary>The disk is down to its reserve: records are refused until there is space, by themselves taken again then. Reads, retention and deletions go on.</summary>
    public bool IsShortOfSpace => _writer.Space.IsShort && !_config.MayUseReserve;

    internal SpaceGuard Space => _writer.Space;

    public LeaderEpochCache LeaderEpochs => _mutator.Epochs;

    /// <summary>Of all segments' records.</summary>
    public long SizeInBytes => _mutator.SizeInBytes;

    /// <summary>Of all batches that were appended since it was opened: by its rise it is known about how much has come.</summary>
    public long AppendedBytes => _mutator.AppendedBytes;

    public int SegmentCount => _mutator.Contents.Segments.Length;

    /// <summary>Why the log is offline; null while it is well. It stays set until the next start.</summary>
    public Exception? Failure => _failure;

    internal WriterToken CurrentToken => _token;

    /// <summary>Held by who rewrites closed segments beside traffic, a compaction or a repair: two at a time would leave what no start could tell apart.</summary>
    internal Lock RewriteGate { get; } = new();

    internal LogMutator Mutator => _mutator;

    // ---- Writing: queued to the folder's writer, done in order ----

    /// <summary>
    /// Makes the caller the log's one writer: from now on work under any older token is discarded. What the older writer has in the file already stays,
    /// and one write may be under way: ask <see cref="CaptureAsync"/> for where the log stands behind it.
    /// </summary>
    public WriterToken TakeOver()
    {
        var token = new WriterToken(this, Interlocked.Increment(ref _tokens));
        WriterToken last;
        do
        {
            last = _token;
            if (last.Number > token.Number)
                return token;
        }
#pragma warning disable CS0420 // Interlocked is stronger than volatile.
        while (Interlocked.CompareExchange(ref _token, token, last) != last);
#pragma warning restore CS0420
        return token;
    }

    /// <summary>What the log holds when all that was queued before is done or discarded: what a new writer begins from.</summary>
    /// <exception cref="StaleWriterException">The token is no longer the log's.</exception>
    /// <exception cref="LogFailedException">The topic asks for it to be synced, which failed.</exception>
    public Task<LogState> CaptureAsync(WriterToken token) => _writer.RunAsync(this, token, static m => m.Capture(), flush: false);

    /// <summary>
    /// Appends whole batches whose offsets and epochs are assigned. The memory belongs to the log until <paramref name="completion"/> is told.
    /// A leader's first batch continues the log's end exactly. The bytes' checksums are the caller's to verify.
    /// </summary>
    public void Append(WriterToken token, ReadOnlyMemory<byte> batches, AppendKind kind, IAppendCompletion completion, object? state) =>
        _writer.Append(this, token, batches, kind, completion, state);

    /// <summary>As <see cref="Append"/>, for who has no completion of its own.</summary>
    public Task<AppendResult> AppendAsync(WriterToken token, ReadOnlyMemory<byte> batches, AppendKind kind = AppendKind.Leader)
    {
        var completion = new TaskCompletion();
        _writer.Append(this, token, batches, kind, completion, null);
        return completion.Task;
    }

    /// <summary>Completes when all that was appended before is on the disk. One sync serves all that wait for one.</summary>
    public Task FlushAsync() => _writer.RunAsync(this, null, static m => m.LogEndOffset, flush: true);

    /// <summary>Notes that an epoch begins at the log's end, as a new leader does before its first append.</summary>
    public Task AssignEpochAsync(WriterToken token, int epoch) =>
        ChangeAsync(token, m => { m.AssignEpoch(epoch); return true; });

    /// <summary>
    /// Cuts off what lies at and behind <paramref name="offset"/>, whole batches only: a batch that holds the offset inside goes too.
    /// Returns the new log end; if the log ends before, only an epoch in which nothing was written goes.
    /// </summary>
    public Task<long> TruncateToAsync(WriterToken token, long offset) => ChangeAsync(token, m => m.TruncateTo(offset));

    /// <summary>Deletes all records; the log continues, empty, at <paramref name="offset"/>.</summary>
    public Task TruncateFullyAndStartAtAsync(WriterToken token, long offset) =>
        ChangeAsync(token, m => { m.TruncateFullyAndStartAt(offset); return true; });

    /// <summary>Moves the log start up, as delete-records does; returns where it is then. Whole segments before it are deleted by the next retention.</summary>
    public Task<long> IncrementLogStartOffsetAsync(long offset) => _writer.RunAsync(this, null, m => m.IncrementLogStartOffset(offset), flush: false);

    /// <summary>Begins a new segment, unless the active one is empty.</summary>
    public Task RollAsync() => ChangeAsync(null, static m => { m.Roll(); return true; });

    /// <summary>Deletes whole segments that time, size or the log start give up, none of them above the high watermark. Returns how many.</summary>
    public Task<int> DeleteOldSegmentsAsync(long nowMs, long highWatermark) =>
        _writer.RunAsync(this, null, m => m.DeleteOldSegments(nowMs, highWatermark), flush: false);

    /// <summary>From the next append, read or retention on.</summary>
    public void UpdateConfig(LogConfig config) => _config = config;

    // ---- Reading: any thread ----

    /// <summary>
    /// The file range from the batch that holds <paramref name="startOffset"/> on: at most <paramref name="maxBytes"/>, within one segment, with no batch
    /// that begins at or behind <paramref name="maxOffsetExclusive"/>. The end may cut a batch, never the first, of which a part would be of no use: one that
    /// is larger is left out, or with <paramref name="minOneBatch"/> read whole. Empty if there is nothing. To be disposed: until then its bytes stay
    /// readable, whatever is deleted.
    /// </summary>
    /// <exception cref="OffsetOutOfRangeException">The offset is before the log start or behind the log end.</exception>
    /// <exception cref="CorruptFileException">The headers do not lead there: the segment is damaged, and looked at by the scrubber next.</exception>
    public FileRecords Read(long startOffset, int maxBytes, long maxOffsetExclusive, bool minOneBatch) =>
        _reader.Read(startOffset, maxBytes, maxOffsetExclusive, minOneBatch);

    /// <summary>The headers of the stored batches from the one that holds <paramref name="fromOffset"/> on, up to the log's end at the time. Payloads are skipped.</summary>
    /// <exception cref="CorruptFileException">The headers do not lead there.</exception>
    public IEnumerable<BatchHeader> ReadHeaders(long fromOffset) => _reader.ReadHeaders(fromOffset);

    /// <summary>The first record, by offset, whose timestamp is at least this. Null if there is none.</summary>
    public TimestampedOffset? OffsetForTimestamp(long timestampMs) => _reader.OffsetForTimestamp(timestampMs);

    /// <summary>The first record that has the largest timestamp of all. Null if the log is empty.</summary>
    public TimestampedOffset? MaxTimestampOffset() => _reader.MaxTimestampOffset();

    /// <summary>What read-committed consumers may read up to: the high watermark, held back by open transactions.</summary>
    public long LastStableOffset(long highWatermark) => ProducerStateManager.LastStableOffset(_mutator.Producers.Transactions, highWatermark);

    /// <summary>The aborted transactions with records in [<paramref name="startOffset"/>, <paramref name="endOffset"/>), as a read-committed fetch answers.</summary>
    public IReadOnlyList<AbortedTransaction> AbortedTransactions(long startOffset, long endOffset) => _reader.AbortedTransactions(startOffset, endOffset);

    public override string ToString() => Id.ToString();

    // ---- For the folder's writer ----

    internal void Fail(Exception cause)
    {
        if (_failure is null)
            _failure = cause;
    }

    /// <summary>For the log's own upkeep: in its turn among the writer's work, under no token.</summary>
    internal Task<T> RunAsync<T>(Func<LogMutator, T> work) => _writer.RunAsync(this, null, work, flush: false);

    /// <summary>A change that the disk has broken off is half done: the log is offline then. One for which there was no space is asked for again.</summary>
    private Task<T> ChangeAsync<T>(WriterToken? token, Func<LogMutator, T> change) => _writer.RunAsync(
        this,
        token,
        m =>
        {
            try
            {
                return change(m);
            }
            catch (Exception e) when (e is (IOException and not DiskFullException) or UnauthorizedAccessException)
            {
                m.Fail(e);
                throw new LogFailedException(ToString(), e);
            }
        },
        flush: false);

    internal void TellLogStartMoved() => LogStartOffsetMoved?.Invoke(this);

    internal void AdoptTopicId(TopicIdPartition id) => _id = new TopicIdHolder(id);

    /// <summary>After a truncation, or at the start, when the watermark that was known may lie behind the log's end.</summary>
    internal void ClampHighWatermark(long highWatermark) => Volatile.Write(ref _highWatermark, Math.Clamp(highWatermark, LogStartOffset, LogEndOffset));

    private sealed record TopicIdHolder(TopicIdPartition Value);

    private sealed class TaskCompletion : IAppendCompletion
    {
        private readonly TaskCompletionSource<AppendResult> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<AppendResult> Task => _source.Task;

        public void OnAppendCompleted(object? state, in AppendResult result) => _source.SetResult(result);
    }
}
