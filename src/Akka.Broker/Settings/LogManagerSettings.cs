using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Settings;

/// <summary>How the logs of all data folders are kept.</summary>
/// <param name="RetentionCheckIntervalMs">How often old segments are looked for.</param>
/// <param name="FlushOffsetCheckpointIntervalMs">How often recovery points are written; what lies past them is scanned after a crash.</param>
/// <param name="NumRecoveryThreadsPerDataDir">Logs of one folder that are recovered at a time.</param>
/// <param name="StrayRetentionMs">How long a folder that no topic is known for is kept aside.</param>
/// <param name="Cleaner">How logs are compacted.</param>
/// <param name="Scrubber">How damage in them is looked for.</param>
/// <param name="ReserveBytes">With less space left on its disk a folder takes no records.</param>
public sealed record LogManagerSettings(
    long RetentionCheckIntervalMs,
    long FlushOffsetCheckpointIntervalMs,
    int NumRecoveryThreadsPerDataDir,
    long StrayRetentionMs,
    LogCleanerOptions Cleaner,
    LogScrubberOptions Scrubber,
    long ReserveBytes)
{
    internal static LogManagerSettings From(SettingsReader reader)
    {
        var settings = new LogManagerSettings(
            reader.Ms("log.retention.check.interval.ms", 1),
            reader.Ms("log.flush.offset.checkpoint.interval.ms", 1),
            reader.Int("num.recovery.threads.per.data.dir", 1, 1024),
            reader.Ms("stray.retention.ms"),
            new LogCleanerOptions
            {
                IsEnabled = reader.Bool("log.cleaner.enable"),
                DedupeBufferBytes = reader.Bytes("log.cleaner.dedupe.buffer.size", 1024 * 1024, 16L << 30),
                IoBufferBytes = (int)reader.Bytes("log.cleaner.io.buffer.size", 8192, 1 << 30),
                IoBytesPerSecondMax = reader.Bytes("log.cleaner.io.max.bytes.per.second", 1024),
                BackoffMs = reader.Ms("log.cleaner.backoff.ms", 1),
            },
            new LogScrubberOptions
            {
                IsEnabled = reader.Bool("log.scrub.enable"),
                IntervalMs = reader.Ms("log.scrub.interval.ms", 1000),
                IoBytesPerSecondMax = reader.Bytes("log.scrub.io.max.bytes.per.second", 1024),
            },
            reader.Bytes("log.dir.reserve.bytes"));
        reader.Publish("log.retention.check.interval.ms", ConfigType.Long, settings.RetentionCheckIntervalMs);
        reader.Publish("log.flush.offset.checkpoint.interval.ms", ConfigType.Int, settings.FlushOffsetCheckpointIntervalMs);
        reader.Publish("num.recovery.threads.per.data.dir", ConfigType.Int, settings.NumRecoveryThreadsPerDataDir);
        reader.Publish("stray.retention.ms", ConfigType.Long, settings.StrayRetentionMs);
        reader.Publish("log.cleaner.enable", ConfigType.Boolean, settings.Cleaner.IsEnabled);
        reader.Publish("log.cleaner.dedupe.buffer.size", ConfigType.Long, settings.Cleaner.DedupeBufferBytes);
        reader.Publish("log.cleaner.io.buffer.size", ConfigType.Int, settings.Cleaner.IoBufferBytes);
        reader.Publish("log.cleaner.io.max.bytes.per.second", ConfigType.Double, settings.Cleaner.IoBytesPerSecondMax);
        reader.Publish("log.cleaner.backoff.ms", ConfigType.Long, settings.Cleaner.BackoffMs);
        reader.Publish("log.dir.reserve.bytes", ConfigType.Long, settings.ReserveBytes);
        return settings;
    }
}
