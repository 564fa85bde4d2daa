using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Recovery;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Producers;

/// <summary>
/// What a log knows of its producers: their state at the log's end, the snapshots of it that a start goes on from, and the transactions that readers see.
/// <code>
///   segments       │ 0 ············ │ 57 ············ │ 112 ············ log's end
///   snapshots      0                57                112      130 the stray: of the last checkpoint or clean stop, gone when the next one is written
/// </code>
/// Called by the log's <see cref="LogMutator"/>, and so by the folder's writer alone; <see cref="Transactions"/> by any thread.
/// <para>Invariants: there is at most one stray, and none behind the log's end.</para>
/// </summary>
internal sealed class LogProducers
{
    private const long SnapshotEveryBytes = 4 * 1024 * 1024;
    private const long NoStray = -1;

    private readonly ProducerSnapshotFiles _snapshots;
    private ProducerStateManager _state;
    private TransactionSpan[] _transactions = [];
    private int _transactionsVersion = -1;
    private long _lastSnapshotBytes;
    private long _stray;

    public LogProducers(IDisk disk, LoadedLog loaded)
    {
        _snapshots = new ProducerSnapshotFiles(disk, loaded.Folder);
        _state = loaded.Producers;
        _stray = loaded.StraySnapshot;
        PublishTransactions(highWatermark: 0);
    }

    /// <summary>Open ones, and such as are not replicated yet. Swapped whole.</summary>
    public IReadOnlyList<TransactionSpan> Transactions => Volatile.Read(ref _transactions);

    /// <summary>Takes a batch at the log's end. If it is the marker that aborts a transaction, that is returned.</summary>
    public AbortedTransaction? Take(in BatchHeader batch, ReadOnlyMemory<byte> bytes) => ProducerReplay.Take(_state, batch, bytes);

    /// <summary>Shows readers what <see cref="Take"/> has changed.</summary>
    public void PublishTransactions(long highWatermark)
    {
        if (_state.Transactions.Count > 0)
            _state.ForgetReplicated(highWatermark);
        if (_state.TransactionsVersion == _transactionsVersion)
            return;
        _transactionsVersion = _state.TransactionsVersion;
        Volatile.Write(ref _transactions, [.. _state.Transactions]);
    }

    public ProducerStateManager Copy() => _state.Copy();

    public long LastStableOffset(long highWatermark) => _state.LastStableOffset(highWatermark);

    /// <summary>What the newest batch of each producer is: compaction keeps its header.</summary>
    public IReadOnlyDictionary<long, LastOfProducer> Newest() =>
        _state.Producers.ToDictionary(p => p.ProducerId, p => new LastOfProducer(p.LastDataOffset, p.ProducerEpoch));

    /// <summary>What was known before the segment that begins there.</summary>
    public ProducerStateManager At(long segmentBase, LogSegment[] segments) =>
        ProducerReplay.Rebuild(segments[..Math.Max(1, Array.FindIndex(segments, s => s.BaseOffset == segmentBase))], _snapshots, segmentBase);

    public void RemoveExpired(long nowMs, long expirationMs) => _state.RemoveExpired(nowMs, expirationMs);

    // ---- Snapshots ----

    public bool IsSnapshotDue(long appendedBytes) => appendedBytes - _lastSnapshotBytes > SnapshotEveryBytes;

    public bool HasSnapshot(long offset) => _snapshots.Exists(offset);

    /// <summary>At the log's end. One between segments' bases takes the place of the last such one.</summary>
    public void WriteSnapshot(long logEndOffset, long appendedBytes, bool isSegmentBase)
    {
        _snapshots.Write(logEndOffset, _state, hasAllBatches: !isSegmentBase);
        if (_stray >= 0 && _stray != logEndOffset)
            _snapshots.DeleteAt(_stray);
        _stray = isSegmentBase ? NoStray : logEndOffset;
        _lastSnapshotBytes = appendedBytes;
    }

    /// <summary>Makes sure that there is one at a segment's base, whose bytes a lost machine leaves; its name is for the folder's next sync.</summary>
    public void HoldSnapshot(long segmentBase, LogSegment[] segments)
    {
        if (_snapshots.TrySync(segmentBase))
            return;
        _snapshots.Write(segmentBase, At(segmentBase, segments));
        _snapshots.TrySync(segmentBase);
    }

    /// <summary>The segment that began there is one with another now.</summary>
    public void DeleteSnapshotAt(long segmentBase)
    {
        if (segmentBase != _stray)
            _snapshots.DeleteAt(segmentBase);
    }

    // ---- Cutting ----

    public void DeleteBelow(long logStartOffset)
    {
        _snapshots.DeleteBelow(logStartOffset);
        if (_stray < logStartOffset)
            _stray = NoStray;
    }

    /// <summary>Deletes the snapshots behind the cut; true if there were any. <see cref="Rebuild"/> then goes back to what was known there.</summary>
    public bool DeleteAbove(long logEndOffset)
    {
        if (_stray > logEndOffset)
            _stray = NoStray;
        return _snapshots.DeleteAbove(logEndOffset);
    }

    public void DeleteAllSnapshots()
    {
        _snapshots.DeleteAll();
        _stray = NoStray;
    }

    public void Rebuild(LogSegment[] segments, long logEndOffset, long highWatermark)
    {
        _state = ProducerReplay.Rebuild(segments, _snapshots, logEndOffset);
        _transactionsVersion = -1;
        PublishTransactions(highWatermark);
    }
}
