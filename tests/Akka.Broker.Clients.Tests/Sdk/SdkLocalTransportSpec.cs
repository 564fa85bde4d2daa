using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Broker.Client;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Settings;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>
/// An application with a broker in its own process, in a cluster with two others: one client API, whatever way a request takes. Each partition is one broker's alone: on a busy
/// machine a broker that is late is relieved of what others can lead, and then nothing would be left to reach by TCP, or in memory.
/// </summary>
public sealed class SdkLocalTransportSpec : IDisposable
{
    private const int Count = 3_000;

    private readonly TempFolder _folder = new();
    private readonly int[] _remote = [.. Enumerable.Range(0, 3).Select(_ => FreePorts.Tcp())];
    private readonly int _kafka = FreePorts.Tcp();

    private static readonly IReadOnlyDictionary<int, IReadOnlyList<int>> OneBrokerEach =
        Enumerable.Range(0, 6).ToDictionary(partition => partition, IReadOnlyList<int> (partition) => [1 + (partition % 3)]);

    /// <summary>The spans of the broker in this process, of requests of the application's client.</summary>
    private readonly ConcurrentQueue<(string Api, int Port)> _asked = new();

    [Fact]
    public async Task A_broker_of_the_application_is_reached_in_memory_and_the_others_by_TCP()
    {
        using var listener = Listen();
        await using var second = new BrokerProcess(_folder.File("node-2"), [.. Settings(2)]);
        await using var third = new BrokerProcess(_folder.File("node-3"), [.. Settings(3)]);
        using var giveUp = new CancellationTokenSource();
        var starting = StartAsync(giveUp, second, third);
        var settings = BrokerConfiguration.Load(null, [
            .. Settings(1), $"akka.broker.data-dirs.0={_folder.File("node-1")}", $"akka.broker.kafka.port={_kafka}", "petabridge.cmd.port=0", "akka.broker.http.port=0"]);
        var startingOwn = BrokerNode.StartAsync(settings, TimeProvider.System, new Random(), cancelled: giveUp.Token);
        await starting;
        await using var own = await startingOwn;
        await using var app = new SdkApplication($"127.0.0.1:{_kafka}", "transport = local");
        await app.Client.Admin.CreateTopicsAsync([new NewTopic("local") { ReplicaAssignment = OneBrokerEach }]).OrThrow();

        await using (var reader = new SdkReader(app.Consumer("local"), out var consumer))
        {
            await consumer.SubscribeAsync(["local"]);
            await using (var producer = app.Client.CreateProducer(Serializers.Utf8, Serializers.Utf8))
            {
                var sent = Enumerable.Range(0, Count).Select(i => producer.SendAsync("local", $"key-{i % 50}", $"{i}").AsTask());
                Assert.All(await Task.WhenAll(sent), report => Assert.True(report.IsDelivered));
            }
            await reader.UntilAsync(r => r.Records.Count >= Count, "all is read");
            var values = reader.Records.Select(r => int.Parse(r.Value!)).ToList();
            Assert.Equal(Enumerable.Range(0, Count), values.Order());
            Assert.Equal(OneBrokerEach.Keys, reader.Records.Select(r => r.Partition.Partition).Distinct().Order());
            foreach (var key in reader.Records.GroupBy(r => r.Key))
                Assert.Equal(key.Select(r => int.Parse(r.Value!)).Order(), key.Select(r => int.Parse(r.Value!)));
        }

        // Records of all six partitions were taken and read: those of the other brokers came by TCP, and the own broker was asked for its own in memory alone.
        Assert.Contains(_asked, a => a.Api == "Produce");
        Assert.Contains(_asked, a => a.Api == "Fetch");
        Assert.DoesNotContain(_asked, a => a.Api is "Produce" or "Fetch" && a.Port != 0);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>No broker of the first formation gets on without the others: if one of them does not come up, the one in this process waits no longer.</summary>
    private static async Task StartAsync(CancellationTokenSource giveUp, params BrokerProcess[] others)
    {
        try
        {
            await Task.WhenAll(others.Select(o => o.StartAsync()));
        }
        catch
        {
            await giveUp.CancelAsync();
            throw;
        }
    }

    private IEnumerable<string> Settings(int node) =>
    [
        .. _remote.Select((port, i) => $"akka.cluster.seed-nodes.{i}=akka.tcp://broker@127.0.0.1:{port}"),
        $"akka.broker.node-id={node}",
        $"akka.remote.dot-netty.tcp.port={_remote[node - 1]}",
        "akka.broker.default.replication.factor=3",
        "akka.broker.group.initial.rebalance.delay.ms=0",
    ];

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Akka.Broker",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("messaging.client.id") is string client && client.StartsWith("akka-broker-client", StringComparison.Ordinal))
                    _asked.Enqueue((span.OperationName, (int)span.GetTagItem("client.port")!));
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
