using Akka.Broker.Client.Settings;
using Akka.Broker.Protocol.Records;
using Akka.Configuration;

namespace Akka.Broker.Client;

/// <summary>What a producer goes by: <c>akka.broker.client.producer</c>, where each key is explained. Change a copy with <c>with</c>.</summary>
public sealed record ProducerSettings
{
    /// <summary>Which replicas must have a record before it is delivered.</summary>
    public required Acks Acks { get; init; }

    /// <summary>What is sent again is stored once and in order. Needs <c>acks = all</c> and at most 5 requests in flight.</summary>
    public required bool Idempotence { get; init; }

    /// <summary>Bytes: a batch that has so many is sent.</summary>
    public required int BatchSize { get; init; }

    /// <summary>How long a batch waits for more records.</summary>
    public required TimeSpan Linger { get; init; }

    /// <summary>Bytes for records that are not delivered yet; when they are taken, senders wait.</summary>
    public required long BufferMemory { get; init; }

    /// <summary>How long a send waits for metadata and memory before it fails.</summary>
    public required TimeSpan MaxBlock { get; init; }

    /// <summary>From send to report, whatever was tried. At least <see cref="Linger"/> + <see cref="RequestTimeout"/>.</summary>
    public required TimeSpan DeliveryTimeout { get; init; }

    /// <summary>How long a produce request may be unanswered before its batches are sent again.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>Bytes, of a request, and so of a record.</summary>
    public required int MaxRequestSize { get; init; }

    /// <summary>Requests on the way to one broker at a time.</summary>
    public required int MaxInFlight { get; init; }

    /// <summary>Of batches.</summary>
    public required CompressionType Compression { get; init; }

    /// <summary>Without a key, partitions whose brokers are slow get fewer records.</summary>
    public required bool PartitionerAdaptive { get; init; }

    /// <summary>A partition whose broker takes nothing for so long gets no records without a key; zero: off.</summary>
    public required TimeSpan PartitionerAvailabilityTimeout { get; init; }

    /// <summary>Whether the key stays out of the choice of the partition.</summary>
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
