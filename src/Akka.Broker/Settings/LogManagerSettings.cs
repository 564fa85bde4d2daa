using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>How the logs of all data folders are kept.</summary>
/// <param name="RetentionCheckIntervalMs">How often old segments are looked for.</param>
/// <param name="FlushOffsetCheckpointIntervalMs">How often recovery points are written; what lies past them is scanned after a crash.</param>
/// <param name="NumRecoveryThreadsPerDataDir">Logs of one folder that are recovered at a time.</param>
/// <param name="StrayRetentionMs">How long a folder that no topic is known for is kept aside.</param>
public sealed record LogManagerSettings(
    long RetentionCheckIntervalMs,
    long FlushOffsetCheckpointIntervalMs,
    int NumRecoveryThreadsPerDataDir,
    long StrayRetentionMs)
{
    internal static LogManagerSettings From(SettingsReader reader)
    {
        var settings = new LogManagerSettings(
            reader.Ms("log.retention.check.interval.ms", 1),
            reader.Ms("log.flush.offset.checkpoint.interval.ms", 1),
            reader.Int("num.recovery.threads.per.data.dir", 1, 1024),
            reader.Ms("stray.retention.ms"));
        reader.Publish("log.retention.check.interval.ms", ConfigType.Long, settings.RetentionCheckIntervalMs);
        reader.Publish("log.flush.offset.checkpoint.interval.ms", ConfigType.Int, settings.FlushOffsetCheckpointIntervalMs);
        reader.Publish("num.recovery.threads.per.data.dir", ConfigType.Int, settings.NumRecoveryThreadsPerDataDir);
        reader.Publish("stray.retention.ms", ConfigType.Long, settings.StrayRetentionMs);
        return settings;
    }
}
