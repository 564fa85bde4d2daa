using Akka.Broker.Protocol.Records;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Settings;

public sealed class ProducerSettingsSpec
{
    [Fact]
    public void Defaults_are_these()
    {
        var settings = ProducerSettings.Of(Config.Empty);
        Assert.Equal(Acks.All, settings.Acks);
        Assert.True(settings.Idempotence);
        Assert.Equal(128 * 1024, settings.BatchSize);
        Assert.Equal(TimeSpan.FromMilliseconds(5), settings.Linger);
        Assert.Equal(64 * 1024 * 1024, settings.BufferMemory);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.MaxBlock);
        Assert.Equal(TimeSpan.FromMinutes(2), settings.DeliveryTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.RequestTimeout);
        Assert.Equal(1024 * 1024, settings.MaxRequestSize);
        Assert.Equal(5, settings.MaxInFlight);
        Assert.Equal(CompressionType.None, settings.Compression);
        Assert.True(settings.PartitionerAdaptive);
        Assert.Equal(TimeSpan.Zero, settings.PartitionerAvailabilityTimeout);
        Assert.False(settings.PartitionerIgnoreKeys);
    }

    [Theory]
    [InlineData("acks = leader, idempotence = off", Acks.Leader)]
    [InlineData("acks = 0, idempotence = off", Acks.None)]
    [InlineData("acks = -1", Acks.All)]
    public void Acks_are_named_or_numbered(string hocon, Acks acks) => Assert.Equal(acks, Of(hocon).Acks);

    [Theory]
    [InlineData("acks = two", "acks is 'two'; allowed: all, leader, none")]
    [InlineData("acks = leader", "with akka.broker.client.producer.idempotence = on it must be all")]
    [InlineData("max-in-flight = 6", "at most 5 are allowed")]
    [InlineData("delivery-timeout = 1s", "at least linger + request-timeout")]
    [InlineData("batch-size = 0", "batch-size is '0'")]
    [InlineData("compression = brotli", "allowed: none, gzip, snappy, lz4, zstd")]
    public void What_does_not_go_is_refused(string hocon, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidClientSettingsException>(() => Of(hocon)).Message);

    private static ProducerSettings Of(string hocon) => ProducerSettings.Of(ConfigurationFactory.ParseString($"akka.broker.client.producer {{ {hocon} }}"));
}
