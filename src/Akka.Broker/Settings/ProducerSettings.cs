using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>Idempotent producers.</summary>
/// <param name="IdExpirationMs">A producer id that has not written to a partition for this long is forgotten there.</param>
public sealed record ProducerSettings(long IdExpirationMs)
{
    internal static ProducerSettings From(SettingsReader reader)
    {
        var settings = new ProducerSettings(reader.Ms("producer.id.expiration.ms", 1, int.MaxValue));
        reader.Publish("producer.id.expiration.ms", ConfigType.Int, settings.IdExpirationMs);
        return settings;
    }
}
