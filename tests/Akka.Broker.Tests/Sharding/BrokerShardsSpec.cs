using Akka.Actor;
using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;
using Akka.Configuration;

namespace Akka.Broker.Tests.Sharding;

/// <summary>A node's region, by itself.</summary>
public sealed class BrokerShardsSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ActorSystem _system = ActorSystem.Create("broker", ConfigurationFactory.ParseString("""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster {
            roles = [broker, broker-1]
            sharding { state-store-mode = ddata, distributed-data.durable.keys = [], retry-interval = 200ms, passivate-idle-entity-after = off }
          }
        }
        """));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task Shard_of_this_broker_is_up_before_anybody_sends_to_it()
    {
        var cluster = Cluster.Cluster.Get(_system);
        var region = BrokerShards.Start(
            _system, "things", Props.Create(() => new Echo()), new ByBroker(), BrokerAllocationStrategy.Of(cluster), PoisonPill.Instance);
        await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(Patience);
        CurrentShardRegionState state;
        do
        {
            state = await region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        }
        while (state.Shards.Count == 0 || state.Shards.First().EntityIds.Count == 0);

        Assert.Equal("1", Assert.Single(state.Shards).ShardId);
        Assert.Equal("hello", await region.Ask<string>((1, "hello"), Patience));
    }

    internal sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message, Self));
    }

    /// <summary>A message is (broker, text), for the one entity of that broker.</summary>
    internal sealed class ByBroker : IMessageExtractor
    {
        public string? EntityId(object message) => message is (int, string) ? "thing" : null;

        public object? EntityMessage(object message) => message is (int, string text) ? text : null;

        public string? ShardId(object message) => message is (int broker, string) ? BrokerShards.ShardOf(broker) : null;

        public string ShardId(string entityId, object? messageHint = null) => ShardId(messageHint!)!;
    }
}
