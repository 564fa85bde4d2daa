using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Operations;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Settings;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Nodes;

/// <summary>A whole node, on a disk in memory, one of whose vital actors fails.</summary>
public sealed class NodeLivesSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Channel<BrokerAdministration> _lives = Channel.CreateUnbounded<BrokerAdministration>();

    /// <summary>Each of them gets a message that it cannot bear.</summary>
    public static TheoryData<string, object> Failures => new()
    {
        { NodeActor.Name, new AwaitLeaders(null!) },
        { "isr-changes", new ProposeIsr(default, null!) },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Node_whose_vital_actor_fails_begins_another_life_and_leads_what_it_led(string actor, object unbearable)
    {
        var settings = BrokerConfiguration.Load(null, ["akka.broker.node-id=1", "akka.broker.kafka.port=0", "akka.remote.dot-netty.tcp.port=0", "akka.loglevel=OFF"]);
        await using var node = await BrokerNode.StartAsync(
            settings, TimeProvider.System, new Random(1), new MemoryDisk(), onServing: life => _lives.Writer.TryWrite(life));
        var first = await NextAsync();
        var request = new CreateTopicsRequest { Topics = [new() { Name = "orders", NumPartitions = 2, ReplicationFactor = 1 }], TimeoutMs = 30_000 };
        Assert.Equal(ErrorCode.None, (await first.Controller.AdministerAsync<CreateTopicsResponse>(request, Patience)).Topics[0].ErrorCode);
        var (topic, epoch) = (first.Metadata.Current.Topics["orders"].Id, EpochOf(first));

        first.System.ActorSelection($"/user/{actor}").Tell(unbearable);

        var second = await NextAsync();
        Assert.True(EpochOf(second) > epoch);
        await second.System.ActorSelection($"/user/{NodeActor.Name}").Ask<LeadersUp>(new AwaitLeaders([topic]), Patience);
        Assert.False(node.Completion.IsCompleted);
    }

    private static long EpochOf(BrokerAdministration life) => life.Metadata.Current.Brokers[1].Epoch;

    private async Task<BrokerAdministration> NextAsync() => await _lives.Reader.ReadAsync().AsTask().WaitAsync(Patience);
}
