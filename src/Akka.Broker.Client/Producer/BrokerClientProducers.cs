using Akka.Broker.Client.Producing;
using Akka.Event;

namespace Akka.Broker.Client;

/// <summary>Makes the producers of a <see cref="BrokerClient"/>.</summary>
public static class BrokerClientProducers
{
    /// <summary>A producer; one serves a whole application.</summary>
    /// <param name="client">Of the application's actor system.</param>
    /// <param name="keys">Makes bytes of keys: one of <see cref="Serializers"/>, or the application's own.</param>
    /// <param name="values">Makes bytes of values.</param>
    /// <param name="settings">Null: <c>akka.broker.client.producer</c> of the system's configuration.</param>
    /// <param name="partitioner">Chooses partitions for records that name none; null: by key, else sticky.</param>
    /// <exception cref="InvalidClientSettingsException">The settings do not go together.</exception>
    public static Producer<TKey, TValue> CreateProducer<TKey, TValue>(
        this BrokerClient client, ISerializer<TKey> keys, ISerializer<TValue> values, ProducerSettings? settings = null, IPartitioner? partitioner = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        var log = Logging.GetLogger(client.System, "akka.broker.client.producer");
        var seams = new ProducerSeams(client.FineTime, client.NewRandom(), partitioner, fault => log.Error(fault, "A delivery handler failed."));
        return new Producer<TKey, TValue>(new ProducerCore(settings ?? client.ProducerSettings, client.Settings, client.Cluster.OnLane("producer"), seams), keys, values);
    }

    /// <summary>A producer of keys and values that are bytes already.</summary>
    public static Producer<byte[]?, byte[]?> CreateProducer(this BrokerClient client, ProducerSettings? settings = null, IPartitioner? partitioner = null) =>
        client.CreateProducer(Serializers.Bytes, Serializers.Bytes, settings, partitioner);
}
