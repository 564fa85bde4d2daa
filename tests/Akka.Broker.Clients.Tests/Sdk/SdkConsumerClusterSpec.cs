using Akka.Broker.Client;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The SDK's consumer while brokers of a cluster die and come back.</summary>
public sealed class SdkConsumerClusterSpec
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_consumer_rides_through_the_kill_of_each_broker_with_nothing_lost_and_in_order()
    {
        await using var cluster = await ThreeBrokers.StartAsync();
        (await Python.RunAsync("create_topic.py", cluster.Bootstrap, "sdk-kill", "3", "replicas=3")).MustSucceed();
        await using var load = Python.Start("keyed_stream.py", cluster.Bootstrap, "sdk-kill", "3");
        await using var app = new SdkApplication(cluster.Bootstrap);
        await using var reader = new SdkReader(app.Consumer("kill"), out var consumer);
        await consumer.SubscribeAsync(["sdk-kill"]);
        await reader.UntilAsync(r => r.Records.Count > 300, "records come", Limit);

        foreach (var node in cluster.Nodes)
        {
            await node.KillAsync();
            var before = reader.Records.Count;
            await reader.UntilAsync(r => Partitions(r, before) == 3, "all partitions go on without it", Limit);
            await node.StartAsync();
            before = reader.Records.Count;
            await reader.UntilAsync(r => Partitions(r, before) == 3, "all partitions go on with it", Limit);
        }
        await load.Input.WriteLineAsync("stop");
        var acknowledged = (await load.EndAsync()).MustSucceed().Lines.Last(l => l.StartsWith("done ", StringComparison.Ordinal)).Split(' ')[1..].Select(int.Parse).ToArray();
        await reader.UntilAsync(r => r.Records.Select(x => (x.Partition, x.Offset)).Distinct().Count() >= acknowledged.Sum(), "all acknowledged records are read", Limit);

        for (var partition = 0; partition < 3; partition++)
        {
            var records = reader.Records.Where(r => r.Partition.Partition == partition).DistinctBy(r => r.Offset).ToList();
            Assert.Equal(Enumerable.Range(0, acknowledged[partition]).Select(n => $"{n}"), records.Select(r => r.Value));
            Assert.Equal(records.Select(r => r.Offset).Order(), records.Select(r => r.Offset));
        }
        Assert.DoesNotContain(reader.Events, e => e is ConsumerTroubled { IsFinal: true } or LogTruncated);
    }

    private static int Partitions(SdkReader reader, int from) => reader.Records.Skip(from).Select(r => r.Partition.Partition).Distinct().Count();
}
