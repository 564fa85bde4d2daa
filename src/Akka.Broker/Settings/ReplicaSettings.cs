using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>How partitions are copied between brokers, and who reads the copies.</summary>
/// <param name="LagTimeMaxMs">A follower that has not caught up for longer leaves the ISR.</param>
/// <param name="FetchMaxBytes">Of one partition in one response.</param>
/// <param name="FetchResponseMaxBytes">Of one response.</param>
/// <param name="FetchWaitMaxMs">How long a leader may hold a fetch that finds too little.</param>
/// <param name="FetchMinBytes">Less than this a leader holds back until the wait is over.</param>
/// <param name="FetchBackoffMs">The pause of a partition whose fetch was refused, and of a leader that was not reached.</param>
/// <param name="SocketTimeoutMs">A leader that does not answer for this long beyond the wait is asked over a new connection.</param>
/// <param name="HighWatermarkCheckpointIntervalMs">How often watermarks are written down.</param>
/// <param name="SelectorClass">Empty: consumers read from leaders; <see cref="RackAwareSelector"/>: from a replica in their rack.</param>
public sealed record ReplicaSettings(
    long LagTimeMaxMs,
    int FetchMaxBytes,
    int FetchResponseMaxBytes,
    int FetchWaitMaxMs,
    int FetchMinBytes,
    int FetchBackoffMs,
    int SocketTimeoutMs,
    long HighWatermarkCheckpointIntervalMs,
    string SelectorClass)
{
    /// <summary>Kafka's name of the only selector besides the default, by which its settings files ask for it.</summary>
    public const string RackAwareSelector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    public bool IsRackAware => SelectorClass == RackAwareSelector;

    internal static ReplicaSettings From(SettingsReader reader)
    {
        var settings = new ReplicaSettings(
            reader.Ms("replica.lag.time.max.ms", 100),
            (int)reader.Bytes("replica.fetch.max.bytes", 1024, int.MaxValue),
            (int)reader.Bytes("replica.fetch.response.max.bytes", 1024, 128 * 1024 * 1024),
            (int)reader.Ms("replica.fetch.wait.max.ms", 1, 60_000),
            (int)reader.Bytes("replica.fetch.min.bytes", 1, int.MaxValue),
            (int)reader.Ms("replica.fetch.backoff.ms", 1, 60_000),
            (int)reader.Ms("replica.socket.timeout.ms", 100, 600_000),
            reader.Ms("replica.high.watermark.checkpoint.interval.ms", 1),
            reader.Text("replica.selector.class"));
        if (settings.SelectorClass is not ("" or RackAwareSelector))
            reader.Refuse("replica.selector.class", settings.SelectorClass, $"nothing, or {RackAwareSelector}");
        if (settings.FetchWaitMaxMs > settings.LagTimeMaxMs)
            reader.Refuse("replica.fetch.wait.max.ms", $"{settings.FetchWaitMaxMs}", "at most replica.lag.time.max.ms, else idle followers seem to lag");
        foreach (var rate in BrokerConfig.Own)
            reader.Publish(rate.Name, rate.Type, reader.Bytes(rate.Name, 1));
        reader.Publish("replica.lag.time.max.ms", ConfigType.Long, settings.LagTimeMaxMs);
        reader.Publish("replica.fetch.max.bytes", ConfigType.Int, settings.FetchMaxBytes);
        reader.Publish("replica.fetch.response.max.bytes", ConfigType.Int, settings.FetchResponseMaxBytes);
        reader.Publish("replica.fetch.wait.max.ms", ConfigType.Int, settings.FetchWaitMaxMs);
        reader.Publish("replica.fetch.min.bytes", ConfigType.Int, settings.FetchMinBytes);
        reader.Publish("replica.fetch.backoff.ms", ConfigType.Int, settings.FetchBackoffMs);
        reader.Publish("replica.socket.timeout.ms", ConfigType.Int, settings.SocketTimeoutMs);
        reader.Publish("replica.high.watermark.checkpoint.interval.ms", ConfigType.Long, settings.HighWatermarkCheckpointIntervalMs);
        reader.Publish("replica.selector.class", ConfigType.String, settings.SelectorClass.Length > 0 ? settings.SelectorClass : null, settings.SelectorClass.Length > 0);
        return settings;
    }
}
