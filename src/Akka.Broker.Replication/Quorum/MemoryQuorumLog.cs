using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// A metadata log in memory, for tests and simulations: what was appended is on its "disk" when <see cref="Sync"/> was called, at once if
/// <see cref="SyncsAtOnce"/>; <see cref="Crash"/> forgets the rest.
/// </summary>
public sealed class MemoryQuorumLog : IQuorumLog
{
    private readonly List<RecordBatch> _batches = [];
    private readonly EpochIndex _epochs = new();
    private readonly SortedDictionary<LogPosition, byte[]> _snapshots = [];
    private (LogPosition Id, MemoryStream Bytes)? _incoming;

    public bool SyncsAtOnce { get; set; } = true;

    public long StartOffset { get; private set; }

    public long EndOffset { get; private set; }

    public long SyncedOffset { get; private set; }

    public int LastEpoch => Math.Max(0, _epochs.Last);

    public LogPosition? Snapshot => _snapshots.Count == 0 ? null : _snapshots.Keys.Last();

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<RecordBatch> Batches => _batches;

    public LogPosition? EndOf(int epoch) => _epochs.EndOf(epoch, EndOffset);

    public void Append(ReadOnlyMemory<byte> batches)
    {
        while (RecordBatch.TryRead(batches, out var batch))
        {
            Invariant.Check(batch.BaseOffset == EndOffset);
            _epochs.Note(batch.PartitionLeaderEpoch, batch.BaseOffset);
            _batches.Add(batch);
            EndOffset = batch.NextOffset;
            batches = batches[batch.SizeInBytes..];
        }
        Invariant.Check(batches.IsEmpty);
        if (SyncsAtOnce)
            Sync();
    }

    public void Sync() => SyncedOffset = EndOffset;

    /// <summary>What a backup of the disk would hold.</summary>
    public MemoryQuorumLog Copy()
    {
        var copy = new MemoryQuorumLog { SyncsAtOnce = SyncsAtOnce, StartOffset = StartOffset, EndOffset = EndOffset, SyncedOffset = EndOffset };
        copy._batches.AddRange(_batches);
        copy._epochs.CopyFrom(_epochs);
        foreach (var (id, bytes) in _snapshots)
            copy._snapshots[id] = bytes;
        return copy;
    }

    /// <summary>Loses what was not synced.</summary>
    public void Crash()
    {
        TruncateTo(SyncedOffset);
        _incoming = null;
    }

    public void TruncateTo(long offset)
    {
        _batches.RemoveAll(b => b.BaseOffset >= offset);
        _epochs.TruncateTo(offset);
        EndOffset = Math.Min(EndOffset, offset);
        SyncedOffset = Math.Min(SyncedOffset, EndOffset);
        Invariant.Check(_batches.Count == 0 ? EndOffset == StartOffset : _batches[^1].NextOffset == EndOffset);
    }

    public ReadOnlyMemory<byte> Read(long offset, int maxBytes)
    {
        using var bytes = new MemoryStream();
        foreach (var batch in _batches.Where(b => b.BaseOffset >= offset))
        {
            if (bytes.Length > 0 && bytes.Length + batch.SizeInBytes > maxBytes)
                break;
            bytes.Write(batch.Bytes.Span);
        }
        return bytes.ToArray();
    }

    /// <summary>
    /// Keeps a snapshot and begins the log behind it, or, with <paramref name="fromOneBefore"/>, behind the one before, if there is one: for followers that are only a
    /// little behind.
    /// </summary>
    public void TakeSnapshot(LogPosition id, byte[] bytes, bool fromOneBefore = false)
    {
        Invariant.Check(id.Offset <= EndOffset);
        var start = fromOneBefore ? Snapshot : id;
        _snapshots[id] = bytes;
        if (start is not { } at || at.Offset < StartOffset)
            return;
        foreach (var older in _snapshots.Keys.TakeWhile(s => s < at).ToList())
            _snapshots.Remove(older);
        _batches.RemoveAll(b => b.NextOffset <= at.Offset);
        StartOffset = at.Offset;
        _epochs.StartAt(at.Offset, at.Epoch);
    }

    public SnapshotPiece? ReadSnapshot(LogPosition id, long position, int maxBytes)
    {
        if (!_snapshots.TryGetValue(id, out var bytes) || position > bytes.Length)
            return null;
        return new SnapshotPiece(bytes.Length, bytes.AsMemory((int)position, (int)Math.Min(maxBytes, bytes.Length - position)));
    }

    public void WriteSnapshot(LogPosition id, long position, ReadOnlyMemory<byte> bytes)
    {
        if (position == 0)
            _incoming = (id, new MemoryStream());
        Invariant.Check(_incoming is { } incoming && incoming.Id == id && incoming.Bytes.Length == position);
        _incoming!.Value.Bytes.Write(bytes.Span);
    }

    public bool InstallSnapshot(LogPosition id)
    {
        if (_incoming is not { } incoming || incoming.Id != id)
            return false;
        var bytes = incoming.Bytes.ToArray();
        _incoming = null;
        if (!SnapshotFile.IsWhole(bytes))
            return false;
        _snapshots[id] = bytes;
        _batches.Clear();
        _epochs.Clear();
        _epochs.StartAt(id.Offset, id.Epoch);
        StartOffset = EndOffset = SyncedOffset = id.Offset;
        return true;
    }
}
