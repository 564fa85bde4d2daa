using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage;

/// <summary>What becomes of old records (<c>cleanup.policy</c>); both may be set.</summary>
[Flags]
public enum CleanupPolicy
{
    None = 0,
    Delete = 1,
    Compact = 2,
}

/// <summary>
/// The topic settings that a log obeys, by Kafka's names, units and defaults. -1 is "no limit" where said.
/// Immutable; <see cref="PartitionLog.UpdateConfig"/> takes a new one at run time.
/// </summary>
public sealed record LogConfig
{
    public static readonly LogConfig Default = new();

    /// <summary><c>segment.bytes</c></summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary><c>segment.ms</c></summary>
    public long SegmentMs { get; init; } = 7 * 24 * 3600 * 1000L;

    /// <summary><c>segment.jitter.ms</c>: each segment is rolled up to this much before its time, so that not all topics roll at once.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary><c>segment.index.bytes</c></summary>
    public int SegmentIndexBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary><c>index.interval.bytes</c></summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary><c>retention.ms</c>; -1: forever.</summary>
    public long RetentionMs { get; init; } = 7 * 24 * 3600 * 1000L;

    /// <summary><c>retention.bytes</c>; -1: no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary><c>file.delete.delay.ms</c></summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary><c>flush.messages</c>: with 1, an append is answered when it is on the disk.</summary>
    public long FlushMessages { get; init; } = long.MaxValue;

    /// <summary><c>flush.ms</c></summary>
    public long FlushMs { get; init; } = long.MaxValue;

    /// <summary><c>max.message.bytes</c>: of a batch as stored. Checked by who accepts it; the log takes what it is given.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024 + RecordBatch.LogOverhead;

    /// <summary><c>message.timestamp.type</c>. Stamping is the leader's.</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary><c>cleanup.policy</c>. Without <see cref="CleanupPolicy.Delete"/> nothing is deleted by time or size.</summary>
    public CleanupPolicy CleanupPolicy { get; init; } = CleanupPolicy.Delete;

    /// <summary><c>min.cleanable.dirty.ratio</c>: the uncompacted share of a log from which on it is compacted.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary><c>min.compaction.lag.ms</c>: how long a record stays uncompacted at least.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary><c>max.compaction.lag.ms</c>: a log with an older uncompacted record is compacted whatever its dirty ratio.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary><c>delete.retention.ms</c>: how long a compacted log keeps a key's tombstone behind its first compaction.</summary>
    public long DeleteRetentionMs { get; init; } = 24 * 3600 * 1000L;

    /// <summary>Its records are few and keep the broker going: they may use what is held back of the disk.</summary>
    public bool MayUseReserve { get; init; }

    /// <summary>
    /// How far it was synced is noted before anybody is answered, at the cost of another sync: a start that finds less knows that it has lost what this node had acknowledged
    /// (<see cref="PartitionLog.SyncedEnd"/>). For a log that a vote rests on.
    /// </summary>
    public bool NotesSyncedEnd { get; init; }

    public bool IsCompacted => (CleanupPolicy & CleanupPolicy.Compact) != 0;

    /// <summary>How old a segment may grow: what must be compacted in time must not lie in the active segment then.</summary>
    public long RollMs => IsCompacted ? Math.Min(SegmentMs, MaxCompactionLagMs) : SegmentMs;

    /// <summary>How many entries the offset index of a segment may have.</summary>
    public int OffsetIndexEntriesMax => SegmentIndexBytes / 8;

    /// <summary>How many entries the time index of a segment may have; the last is kept free for the end of the segment.</summary>
    public int TimeIndexEntriesMax => SegmentIndexBytes / 12;
}
