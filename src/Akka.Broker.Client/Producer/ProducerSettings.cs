using Akka.Broker.Client.Settings;
using Akka.Broker.Protocol.Records;
using Akka.Configuration;

namespace Akka.Broker.Client;

/// <summary>What a producer goes by: <c>akka.broker.client.producer</c>, where each key is explained. Change a copy with <c>with</c>.</summary>
public sealed record ProducerSettings
{
    public required Acks Acks { get; init; }

    public required bool Idempotence { get; init; }

    public required int BatchSize { get; init; }

    public required TimeSpan Linger { get; init; }

    public required long BufferMemory { get; init; }

    public required TimeSpan MaxBlock { get; init; }

    public required TimeSpan DeliveryTimeout { get; init; }

    public required TimeSpan RequestTimeout { get; init; }

    public required int MaxRequestSize { get; init; }

    public required int MaxInFlight { get; init; }

    public required CompressionType Compression { get; init; }

    public required bool PartitionerAdaptive { get; init; }

    public required TimeSpan PartitionerAvailabilityTimeout { get; init; }

    public required bool PartitionerIgnoreKeys { get; init; }

    /// <summary>From an application's configuration over the defaults.</summary>
    /// <exception cref="InvalidClientSettingsException">A value is not allowed, or two do not go together.</exception>
    public static ProducerSettings Of(Config config)
    {
        var section = SettingsSection.Of(config).Section("producer");
        return new ProducerSettings
        {
            Acks = section.OneOf("acks", ("all", Acks.All), ("leader", Acks.Leader), ("none", Acks.None), ("-1", Acks.All), ("1", Acks.Leader), ("0", Acks.None)),
            Idempotence = section.Bool("idempotence"),
            BatchSize = section.Bytes("batch-size", 1),
            Linger = section.Duration("linger"),
            BufferMemory = section.LongBytes("buffer-memory", 1),
            MaxBlock = section.Duration("max-block"),
            DeliveryTimeout = section.Duration("delivery-timeout"),
            RequestTimeout = section.Duration("request-timeout", TimeSpan.FromMilliseconds(1)),
            MaxRequestSize = section.Bytes("max-request-size", 1),
            MaxInFlight = section.Int("max-in-flight", 1),
            Compression = section.OneOf(
                "compression",
                ("none", CompressionType.None),
                ("gzip", CompressionType.Gzip),
                ("snappy", CompressionType.Snappy),
                ("lz4", CompressionType.Lz4),
                ("zstd", CompressionType.Zstd)),
            PartitionerAdaptive = section.Bool("partitioner-adaptive"),
            PartitionerAvailabilityTimeout = section.Duration("partitioner-availability-timeout"),
            PartitionerIgnoreKeys = section.Bool("partitioner-ignore-keys"),
        }.Checked();
    }

    /// <summary>This, if the settings go together.</summary>
    /// <exception cref="InvalidClientSettingsException">They do not.</exception>
    internal ProducerSettings Checked()
    {
        const string Path = SettingsSection.Root + ".producer";
        if (Idempotence && Acks != Acks.All)
            throw new InvalidClientSettingsException($"{Path}.acks is {Acks}; with {Path}.idempotence = on it must be all.");
        if (Idempotence && MaxInFlight > 5)
            throw new InvalidClientSettingsException($"{Path}.max-in-flight is {MaxInFlight}; with {Path}.idempotence = on at most 5 are allowed.");
        if (DeliveryTimeout < Linger + RequestTimeout)
            throw new InvalidClientSettingsException($"{Path}.delivery-timeout is {DeliveryTimeout}; it must be at least linger + request-timeout, {Linger + RequestTimeout}.");
        return this;
    }
}
