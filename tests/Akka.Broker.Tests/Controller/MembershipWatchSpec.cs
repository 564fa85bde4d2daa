using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Sharding;
using Akka.Configuration;

namespace Akka.Broker.Tests.Controller;

/// <summary>What the controller hears of the cluster's membership.</summary>
public sealed class MembershipWatchSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_systems.Select(s => s.Terminate()));

    [Fact]
    public async Task Brokers_are_members_from_their_joining_to_their_leaving()
    {
        var heard = Channel.CreateUnbounded<BrokerMembers>();
        var first = await JoinAsync(1);
        first.ActorOf(Props.Create(() => new Parent(heard.Writer)));
        await HearAsync(heard.Reader, m => m.Members.SetEquals([1]));

        var second = await JoinAsync(2);
        var both = await HearAsync(heard.Reader, m => m.Members.SetEquals([1, 2]));
        Assert.Empty(both.Unreachable);

        await Cluster.Cluster.Get(second).LeaveAsync().WaitAsync(Patience);
        await HearAsync(heard.Reader, m => m.Members.SetEquals([1]));
    }

    private static async Task<BrokerMembers> HearAsync(ChannelReader<BrokerMembers> heard, Func<BrokerMembers, bool> expected)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
        {
            var members = await heard.ReadAsync(late.Token);
            if (expected(members))
                return members;
        }
    }

    private async Task<ActorSystem> JoinAsync(int id)
    {
        var hocon = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF, stdout-loglevel = OFF, loggers = []
              coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
              cluster { roles = ["{{BrokerShards.RoleOf(id)}}", "other"], gossip-interval = 50ms, leader-actions-interval = 50ms, periodic-tasks-initial-delay = 10ms }
            }
            """);
        var system = ActorSystem.Create("broker", hocon);
        _systems.Add(system);
        await Cluster.Cluster.Get(system).JoinAsync(Cluster.Cluster.Get(_systems[0]).SelfAddress).WaitAsync(Patience);
        return system;
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(ChannelWriter<BrokerMembers> heard)
        {
            Receive<BrokerMembers>(members => heard.TryWrite(members));
            Context.ActorOf(MembershipWatch.Props());
        }
    }
}
