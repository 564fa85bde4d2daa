using Akka.Broker.Client;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The SDK's producer while real brokers are killed, and where batches are too large for them; what is stored is read by a stock client.</summary>
public sealed class SdkProducerSpec
{
    private const int Partitions = 3;
    private const int PerSecond = 20_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public async Task Producer_rides_through_kill_9_and_each_record_is_stored_once_and_in_order(CompressionType codec)
    {
        using var folder = new TempFolder();
        await using var broker = await BrokerProcess.StartAsync(folder.File("data"), CheckedBroker.Settings);
        await Support.Admin.CreateTopicAsync(broker.Bootstrap, "ridden", Partitions);
        await using var app = new SdkApplication(broker.Bootstrap);
        await using var writer = Writer(app, codec);

        for (var times = 0; times < 2; times++)
        {
            await writer.GoOnAsync(3_000, "before a kill", Limit);
            await broker.KillAsync();
            await broker.StartAsync();
        }
        await writer.GoOnAsync(3_000, "behind the last kill", Limit);

        await writer.AssertStoredAsync(broker.Bootstrap, await writer.StopAsync());
    }

    [Fact]
    public async Task Producer_rides_through_the_kill_of_each_broker_and_each_record_is_stored_once_and_in_order()
    {
        await using var cluster = await ThreeBrokers.StartAsync();
        (await Python.RunAsync("create_topic.py", cluster.Bootstrap, "ridden", $"{Partitions}", "replicas=3")).MustSucceed();
        await using var app = new SdkApplication(cluster.Bootstrap);
        await using var writer = Writer(app, CompressionType.None);
        await writer.GoOnAsync(3_000, "with all brokers", Limit);

        foreach (var node in cluster.Nodes)
        {
            await node.KillAsync();
            await writer.GoOnAsync(3_000, "without a broker", Limit);
            await node.StartAsync();
            await writer.GoOnAsync(3_000, "with the broker back", Limit);
            await app.Client.UntilInSyncAsync("ridden", 3, Limit);
        }

        await writer.AssertStoredAsync(cluster.Bootstrap, await writer.StopAsync());
    }

    [Fact]
    public async Task Batches_beyond_the_limit_of_their_topic_are_divided_and_each_record_is_stored_once_and_in_order()
    {
        const int Count = 5_000;
        using var folder = new TempFolder();
        await using var broker = await BrokerProcess.StartAsync(folder.File("data"), CheckedBroker.Settings);
        (await Python.RunAsync("create_topic.py", broker.Bootstrap, "narrow", "1", "max.message.bytes=3000")).MustSucceed();
        await using var app = new SdkApplication(broker.Bootstrap);
        await using var producer = app.Client.CreateProducer(Serializers.Null, Serializers.Utf8);

        var sent = Enumerable.Range(0, Count).Select(i => producer.SendAsync("narrow", null, $"{i}").AsTask()).ToArray();
        var tooLarge = await Assert.ThrowsAsync<DeliveryException>(async () => await producer.SendAsync("narrow", null, new string('x', 4_000)));
        await Task.WhenAll(sent);

        Assert.Contains("max.message.bytes", tooLarge.Message);
        var read = (await Tool.RunAsync("kcat", "-b", broker.Bootstrap, "-C", "-t", "narrow", "-p", "0", "-o", "beginning", "-e", "-q")).MustSucceed();
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), read.Lines);
    }

    private static SdkWriter Writer(SdkApplication app, CompressionType codec)
    {
        var settings = app.Client.ProducerSettings with { Compression = codec, BatchSize = 4 * 1024, BufferMemory = 1024 * 1024 };
        return new SdkWriter(app.Client.CreateProducer(Serializers.Null, Serializers.Utf8, settings), "ridden", Partitions, PerSecond);
    }
}
