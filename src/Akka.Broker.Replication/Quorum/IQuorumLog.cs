namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// The metadata log and its snapshots as the machine sees them: at once. Whoever carries a real log answers from what it has queued and tells the machine
/// (<see cref="QuorumMachine.LogSynced"/>) when <see cref="SyncedOffset"/> has moved.
/// <para>Errors of the disk are thrown, and end the machine: it is made anew from what the disk holds.</para>
/// </summary>
public interface IQuorumLog
{
    /// <summary>The first record's; what lies before is in a snapshot.</summary>
    long StartOffset { get; }

    /// <summary>Behind the last record.</summary>
    long EndOffset { get; }

    /// <summary>All before it survives a lost machine.</summary>
    long SyncedOffset { get; }

    /// <summary>Of the last record; without any, of the snapshot that the log begins with; 0 without one.</summary>
    int LastEpoch { get; }

    /// <summary>The newest complete snapshot.</summary>
    LogPosition? Snapshot { get; }

    /// <summary>
    /// The largest epoch not above the one asked for of which the log knows records, and the offset behind them. Null if all that it knows is newer.
    /// </summary>
    LogPosition? EndOf(int epoch);

    /// <summary>Appends whole batches, their offsets and epochs assigned, the first at <see cref="EndOffset"/>. The memory is never written to again.</summary>
    void Append(ReadOnlyMemory<byte> batches);

    /// <summary>Cuts off what lies at and behind the offset, which is a batch's first.</summary>
    void TruncateTo(long offset);

    /// <summary>Whole batches from the one that begins at the offset on: at least one, and no more than that if they are longer than asked. Empty at the end.</summary>
    ReadOnlyMemory<byte> Read(long offset, int maxBytes);

    /// <summary>Bytes of a snapshot file. Null if it is gone or never was.</summary>
    SnapshotPiece? ReadSnapshot(LogPosition id, long position, int maxBytes);

    /// <summary>Adds to a snapshot that is being fetched; position 0 begins it anew.</summary>
    void WriteSnapshot(LogPosition id, long position, ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// All of it is there: it is checked, synced and becomes the newest; the log is emptied and continues at its offset. False if it is not whole: it is
    /// thrown away.
    /// </summary>
    bool InstallSnapshot(LogPosition id);
}

/// <summary>A part of a snapshot file.</summary>
/// <param name="FileSize">Of the whole file.</param>
/// <param name="Bytes">From the position that was asked for on.</param>
public readonly record struct SnapshotPiece(long FileSize, ReadOnlyMemory<byte> Bytes);
