using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Sharding;
using Akka.Cluster;
using Akka.Configuration;

namespace Akka.Broker.Tests.Nodes;

/// <summary>The node's view of the cluster: what it says, and who is told when.</summary>
public sealed class MembershipSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_systems.Select(s => s.Terminate()));

    [Fact]
    public async Task Brokers_are_members_from_their_joining_to_their_leaving()
    {
        var heard = Channel.CreateUnbounded<MembershipView>();
        var first = await JoinAsync(1);
        var membership = new Membership();
        var state = new NodeStateSource(1, Guid.Empty, new BrokerEndpoint("PLAINTEXT", "localhost", 9092));
        first.ActorOf(MembershipActor.Props(new MembershipOptions(membership, state, () => VoterSet.Empty, (_, _) => { }, TimeProvider.System, Patience)));
        membership.Subscribe(first.ActorOf(Props.Create(() => new Listener(heard.Writer))));
        await HearAsync(heard.Reader, v => v.NodeIds.SetEquals([1]));

        var second = await JoinAsync(2);
        var both = await HearAsync(heard.Reader, v => v.NodeIds.SetEquals([1, 2]));
        Assert.Empty(both.Unreachable);
        Assert.Equal("1 2", string.Join(' ', both.Candidates));

        await Cluster.Cluster.Get(second).LeaveAsync().WaitAsync(Patience);
        await HearAsync(heard.Reader, v => v.NodeIds.SetEquals([1]));
        await HearAsync(heard.Reader, v => v.All.Length == 1);
        Assert.True(state.Membership is { IsMember: true, MemberCount: 1 });
    }

    [Theory]
    [InlineData("1+ 2+ 3+", "1 2 3", "")]
    [InlineData("2+ 1- 3+", "2 3", "1")]
    [InlineData("3+ 2joining 1leaving", "3 1", "")]
    [InlineData("1down- 2+ 3exiting", "2", "")]
    // A node that came back: what became of its earlier life says nothing.
    [InlineData("1- 2+ 1+", "2 1", "")]
    [InlineData("1+ 2+ 1+", "1 2", "")]
    public void Candidates_are_the_reachable_members_that_are_up_the_oldest_first(string members, string candidates, string unreachable)
    {
        var view = View(members);
        Assert.Equal(candidates, string.Join(' ', view.Candidates));
        Assert.Equal(unreachable, string.Join(' ', view.Unreachable));
    }

    [Fact]
    public async Task Subscriber_is_told_the_view_that_there_is_and_then_each_other_one_once()
    {
        var heard = Channel.CreateUnbounded<MembershipView>();
        var system = ActorSystem.Create("broker", Hocon(1));
        _systems.Add(system);
        var listener = system.ActorOf(Props.Create(() => new Listener(heard.Writer)));
        var membership = new Membership();
        membership.Publish(View("1+"));
        membership.Subscribe(listener);
        membership.Publish(View("1+ 2+"));
        membership.Publish(View("1+ 2+"));
        membership.Publish(View("1+ 2-"));
        membership.Unsubscribe(listener);
        membership.Publish(View("1+"));
        membership.Subscribe(listener);

        foreach (var expected in new[] { "1+", "1+ 2+", "1+ 2-", "1+" })
            Assert.Equal(View(expected), await heard.Reader.ReadAsync().AsTask().WaitAsync(Patience));
        Assert.False(heard.Reader.TryRead(out _));
    }

    /// <summary>Words of a node id, its status (up if it is not named) and whether it is reachable. A second one of an id is a later incarnation.</summary>
    private static MembershipView View(string members)
    {
        var uid = 0;
        return new MembershipView([.. members.Split(' ').Select(word =>
        {
            var id = word[0] - '0';
            var status = word[1..].TrimEnd('+', '-') is { Length: > 0 } name ? Enum.Parse<MemberStatus>(name, ignoreCase: true) : MemberStatus.Up;
            return new BrokerMember(id, new UniqueAddress(new Address("akka.tcp", "broker", "localhost", id), ++uid), status, !word.EndsWith('-'));
        })]);
    }

    private static async Task<MembershipView> HearAsync(ChannelReader<MembershipView> heard, Func<MembershipView, bool> expected)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
        {
            var view = await heard.ReadAsync(late.Token);
            if (expected(view))
                return view;
        }
    }

    private static Config Hocon(int id) => ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF, stdout-loglevel = OFF, loggers = []
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster { roles = ["{{BrokerShards.RoleOf(id)}}", "other"], gossip-interval = 50ms, leader-actions-interval = 50ms, periodic-tasks-initial-delay = 10ms }
        }
        """);

    private async Task<ActorSystem> JoinAsync(int id)
    {
        var system = ActorSystem.Create("broker", Hocon(id));
        _systems.Add(system);
        await Cluster.Cluster.Get(system).JoinAsync(Cluster.Cluster.Get(_systems[0]).SelfAddress).WaitAsync(Patience);
        return system;
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ChannelWriter<MembershipView> heard) => Receive<MembershipView>(view => heard.TryWrite(view));
    }
}
