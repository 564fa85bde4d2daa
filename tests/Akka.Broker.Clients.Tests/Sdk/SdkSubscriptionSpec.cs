using System.Text.RegularExpressions;
using Akka.Broker.Client;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>What a consumer is a member for, and where it reads, against broker processes.</summary>
public sealed class SdkSubscriptionSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Topics_by_pattern_are_read_also_those_that_are_made_later()
    {
        await using var app = new SdkApplication(broker.Bootstrap, "metadata.max-age = 500ms");
        await MakeAsync(app, "eu.orders", "eu.bills", "us.orders");
        await using var reader = new SdkReader(app.Consumer("pattern"), out var consumer);
        await consumer.SubscribeAsync(new Regex(@"^eu\."));
        await reader.UntilAsync(r => r.Assigned.Count == 2, "the two that match are assigned", Limit);

        await MakeAsync(app, "eu.refunds");
        foreach (var topic in new[] { "eu.orders", "eu.bills", "us.orders", "eu.refunds" })
            (await Tool.RunShellAsync($"echo {topic} | kcat -b {broker.Bootstrap} -P -t {topic}")).MustSucceed();
        await reader.UntilAsync(r => r.Records.Count == 3, "the new one is read, too", Limit);
        Assert.Equal(["eu.bills", "eu.orders", "eu.refunds"], reader.Records.Select(r => r.Value!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_static_member_that_comes_back_has_its_partitions_without_a_rebalance()
    {
        await using var app = new SdkApplication(broker.Bootstrap);
        await app.Client.Admin.CreateTopicsAsync([new NewTopic("static", 4, 1)]).OrThrow();
        await using var other = new SdkReader(app.Consumer("static"), out var second);
        await second.SubscribeAsync(["static"]);
        HashSet<TopicPartition> before;
        await using (var first = new SdkReader(app.Consumer("static", AsInstance), out var consumer))
        {
            await consumer.SubscribeAsync(["static"]);
            await first.UntilAsync(r => r.Assigned.Count == 2 && other.Assigned.Count == 2, "each has its half", Limit);
            before = [.. first.Assigned];
        }
        var generation = (await second.ExplainAsync()).Generation;
        var told = Moves(other);

        await using var again = new SdkReader(app.Consumer("static", AsInstance), out var back);
        await back.SubscribeAsync(["static"]);
        await again.UntilAsync(r => r.Assigned.Count == 2, "it has two again", Limit);
        Assert.Equal(before, again.Assigned);
        Assert.Equal(generation, (await second.ExplainAsync()).Generation);
        Assert.Equal(told, Moves(other));
    }

    [Fact]
    public async Task A_consumer_reads_at_the_replica_in_its_rack_and_at_the_leader_when_that_dies()
    {
        await using var cluster = await ThreeBrokers.StartAsync(node =>
            [$"akka.broker.rack=rack-{node}", "akka.broker.replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector"]);
        await using var app = new SdkApplication(cluster.Bootstrap);
        await app.Client.Admin.CreateTopicsAsync([new NewTopic("racks", 1, 3)]).OrThrow();
        await app.Client.UntilInSyncAsync("racks", 3, Limit);
        var leader = (await app.Client.Admin.DescribeTopicsAsync(["racks"]).OrThrow())["racks"].Partitions[0].LeaderId;
        var near = leader % 3 + 1;
        await using var reader = new SdkReader(app.Consumer("racks", s => s with { Rack = $"rack-{near}" }), out var consumer);
        await consumer.AssignAsync([new TopicPartition("racks", 0)], StartPoint.Beginning);
        await ProduceAsync(cluster.Bootstrap, 1, 100);
        await reader.UntilAsync(r => r.Records.Count == 100, "all is read", Limit);
        await reader.UntilAsync(_ => consumer.ExplainAsync().Result.Partitions[0].FetchedFrom == near, "it reads at the replica", Limit);
        await ProduceAsync(cluster.Bootstrap, 101, 200);
        await reader.UntilAsync(r => r.Records.Count == 200, "what comes later is read there", Limit);
        Assert.Equal((leader, near), ((await consumer.ExplainAsync()).Partitions[0].Leader, (await consumer.ExplainAsync()).Partitions[0].FetchedFrom));

        await cluster.Nodes[near - 1].KillAsync();
        await ProduceAsync(string.Join(',', cluster.Nodes.Where((_, i) => i != near - 1).Select(n => n.Bootstrap)), 201, 300);
        await reader.UntilAsync(r => r.Records.Count == 300, "it goes on at the leader", Limit);
        Assert.Equal(Enumerable.Range(1, 300).Select(n => $"{n}"), reader.Records.Select(r => r.Value));
        Assert.Equal(leader, (await consumer.ExplainAsync()).Partitions[0].FetchedFrom);
    }

    /// <summary>A session that does not end before the member is back, however slow the machine is.</summary>
    private static ConsumerSettings AsInstance(ConsumerSettings settings) => settings with { GroupInstanceId = "one", SessionTimeout = TimeSpan.FromSeconds(60) };

    private static int Moves(SdkReader reader) => reader.Events.Count(e => e is PartitionsAssigned or PartitionsRevoked or PartitionsLost);

    private static Task MakeAsync(SdkApplication app, params string[] topics) =>
        app.Client.Admin.CreateTopicsAsync([.. topics.Select(t => new NewTopic(t, 1, 1))]).OrThrow();

    private static async Task ProduceAsync(string bootstrap, int from, int to) =>
        (await Tool.RunShellAsync($"seq {from} {to} | kcat -b {bootstrap} -P -t racks")).MustSucceed();
}
