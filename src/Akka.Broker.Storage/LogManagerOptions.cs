using Akka.Broker.Protocol;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Storage;

/// <summary>What a node's log manager is made with.</summary>
public sealed record LogManagerOptions
{
    /// <summary>At least one; a new log goes to the one with the fewest.</summary>
    public required IReadOnlyList<string> DataFolders { get; init; }

    public required int NodeId { get; init; }

    /// <summary>Null: whatever the folders say, or not known yet (<see cref="LogManager.SetClusterId"/>).</summary>
    public string? ClusterId { get; init; }

    public IDisk Disk { get; init; } = FileDisk.Instance;

    public required TimeProvider Time { get; init; }

    /// <summary>For directory ids and the jitter of segments; used under a lock.</summary>
    public required Random Random { get; init; }

    /// <summary>The settings that a log found on the disk opens with; the owner of the metadata updates them.</summary>
    public Func<TopicPartition, LogConfig> ConfigOf { get; init; } = static _ => LogConfig.Default;

    /// <summary>Where events go. Called on any thread.</summary>
    public Action<LogEvent> OnEvent { get; init; } = static _ => { };

    /// <summary>Told how long each sync took that appends waited for, in ticks of <see cref="Time"/>. Called on writers' threads: return at once.</summary>
    public Action<long>? OnSynced { get; init; }

    /// <summary>How the folders' writers run.</summary>
    public LogWriterDrive Drive { get; init; } = LogWriterDrive.Thread;

    /// <summary><c>producer.id.expiration.ms</c></summary>
    public long ProducerIdExpirationMs { get; init; } = 24 * 3600 * 1000L;

    /// <summary><c>log.retention.check.interval.ms</c></summary>
    public long RetentionCheckIntervalMs { get; init; } = 5 * 60 * 1000L;

    /// <summary><c>stray.retention.ms</c>: folders that no topic is known for are kept aside for so long.</summary>
    public long StrayRetentionMs { get; init; } = 7 * 24 * 3600 * 1000L;

    /// <summary><c>log.flush.offset.checkpoint.interval.ms</c>: recovery points, log starts and high watermarks are written down this often.</summary>
    public long CheckpointIntervalMs { get; init; } = 60_000;

    /// <summary><c>replica.high.watermark.checkpoint.interval.ms</c>: high watermarks alone are written down this often.</summary>
    public long HighWatermarkCheckpointIntervalMs { get; init; } = 5_000;

    /// <summary>
    /// A log with more than this behind its recovery point is synced, beside traffic, at a checkpoint: it bounds what a start after a crash must scan.
    /// </summary>
    public long UnsyncedBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary><c>log.dir.reserve.bytes</c>: with less space than this left on its disk, a folder takes no records; at most a tenth of the disk. 0: none.</summary>
    public long ReserveBytes { get; init; }

    public LogCleanerOptions Cleaner { get; init; } = new();

    public LogScrubberOptions Scrubber { get; init; } = new();

    /// <summary>How many logs are opened at the same time at start.</summary>
    public int RecoveryThreads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Who runs the work that is queued to a data folder's writer.</summary>
public enum LogWriterDrive
{
    /// <summary>A thread of its own, and a second for syncs and deletions beside traffic.</summary>
    Thread,

    /// <summary>Whoever queues it, at once. For tests and simulations: everything is done when a call returns.</summary>
    Inline,

    /// <summary>Whoever calls <see cref="LogManager.Drain"/>: what was queued until then is one group. For tests.</summary>
    Manual,
}
