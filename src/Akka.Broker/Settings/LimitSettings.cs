using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>What clients may have of a cluster, and how fast.</summary>
/// <param name="TopicsMax">Topics of the cluster.</param>
/// <param name="PartitionsMax">Partitions of the cluster.</param>
/// <param name="ProducerByteRate">What one client id may produce to this broker, in bytes a second; <see cref="long.MaxValue"/>: as much as it can.</param>
/// <param name="ConsumerByteRate">The same for what it fetches.</param>
/// <param name="QuotaWindowSeconds">For so long a client may save up what it has not used, and for no longer is it held back at once.</param>
public sealed record LimitSettings(int TopicsMax, int PartitionsMax, long ProducerByteRate, long ConsumerByteRate, int QuotaWindowSeconds)
{
    internal static LimitSettings From(SettingsReader reader)
    {
        var settings = new LimitSettings(
            reader.Int("max.topics", 1),
            reader.Int("max.partitions", 1),
            reader.Bytes("quota.producer.default", 1),
            reader.Bytes("quota.consumer.default", 1),
            reader.Int("quota.window.seconds", 1, 3600));
        reader.Publish("quota.producer.default", ConfigType.Long, settings.ProducerByteRate);
        reader.Publish("quota.consumer.default", ConfigType.Long, settings.ConsumerByteRate);
        return settings;
    }
}
