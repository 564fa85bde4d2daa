using Akka.Broker.Client.Consuming;
using Akka.Broker.Client.Diagnostics;
using Akka.Broker.Client.Producing;
using Akka.Event;

namespace Akka.Broker.Client;

/// <summary>Makes the consumers of a <see cref="BrokerClient"/>.</summary>
public static class BrokerClientConsumers
{
    /// <summary>A consumer; it does nothing before it is subscribed or assigned partitions.</summary>
    /// <param name="client">Whose connections it uses.</param>
    /// <param name="keys">Of keys; it is asked for null keys too.</param>
    /// <param name="values">Of values.</param>
    /// <param name="settings">Null: those of the configuration, <c>akka.broker.client.consumer</c>.</param>
    /// <param name="listener">Asked about partitions that come and go.</param>
    public static Consumer<TKey, TValue> CreateConsumer<TKey, TValue>(
        this BrokerClient client, IDeserializer<TKey> keys, IDeserializer<TValue> values, ConsumerSettings? settings = null, IRebalanceListener? listener = null) =>
        new(client.System, client.OptionsOf(settings ?? ConsumerSettings.Of(client.Config)), keys, values, listener);

    internal static ConsumerOptions OptionsOf(this BrokerClient client, ConsumerSettings settings) => new()
    {
        Cluster = client.Cluster,
        Settings = settings,
        Link = new ConsumerLink(),
        Time = client.Time,
        RetryBackoff = client.Settings.RetryBackoff,
        MetadataMaxAge = client.Settings.MetadataMaxAge,
        Telemetry = new ConsumerTelemetry(client.Settings.ClientId, settings.GroupId),
        DeadLetters = onRetry => new DeadLetterWriter(client.Cluster, () => client.OpenDeadLetterProducer(onRetry), client.Time),
    };

    private static ProducerCore OpenDeadLetterProducer(this BrokerClient client, Action<BrokerClientException> onRetry)
    {
        var log = Logging.GetLogger(client.System, "akka.broker.client.dead-letters");
        var seams = new ProducerSeams(client.Time, client.NewRandom(), null, fault => log.Error(fault, "Writing dead letters failed.")) { OnRetry = onRetry };
        return new ProducerCore(DeadLetterWriter.SettingsOf(client.ProducerSettings), client.Settings, client.Cluster.OnLane("dead-letters"), seams);
    }
}
