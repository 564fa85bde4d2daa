namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.metrics</c></summary>
/// <param name="Enabled">Whether requests, topics and syncs are counted.</param>
/// <param name="GroupLagEnabled">Whether the lag of consumer groups is worked out for who collects.</param>
/// <param name="GroupLagIntervalMs">How old it may be.</param>
/// <param name="GroupLagPartitionsMax">Group and partition pairs whose lag is told.</param>
public sealed record MetricsSettings(bool Enabled, bool GroupLagEnabled, long GroupLagIntervalMs, int GroupLagPartitionsMax)
{
    internal static MetricsSettings From(SettingsReader reader) => new(
        reader.Bool("metrics.enabled"),
        reader.Bool("metrics.group-lag.enabled"),
        reader.Ms("metrics.group-lag.interval.ms", 100),
        reader.Int("metrics.group-lag.partitions.max", 1));
}
