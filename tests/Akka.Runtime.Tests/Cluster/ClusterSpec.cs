using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Runtime.Tests.Cluster;

public sealed class ClusterSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Node_that_joins_itself_comes_up_and_leads()
    {
        await using var context = new ClusterTestContext(join: false);
        var cluster = context.Cluster;
        Assert.Equal(MemberStatus.Removed, cluster.SelfMember.Status);
        Assert.Equal("akka.tcp", cluster.SelfAddress.Protocol);
        Assert.Equal("127.0.0.1", cluster.SelfAddress.Host);
        await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(Patience);
        Assert.True(cluster.IsUp);
        Assert.Equal(cluster.SelfUniqueAddress, cluster.SelfMember.UniqueAddress);
        Assert.True(cluster.SelfMember.HasRole("broker"));
        var state = cluster.State;
        Assert.Equal(cluster.SelfMember, Assert.Single(state.Members));
        Assert.Equal(cluster.SelfAddress, state.Leader);
        Assert.Equal(cluster.SelfAddress, state.RoleLeader("broker"));
        Assert.Empty(state.Unreachable);
        Assert.Contains("broker", state.AllRoles);
    }

    [Fact]
    public async Task Subscriber_gets_the_state_then_the_events_of_its_types()
    {
        await using var context = new ClusterTestContext(join: false);
        var probe = context.NewProbe();
        context.Cluster.Subscribe(probe.Ref, typeof(IMemberEvent));
        Assert.Empty((await probe.ExpectAsync<CurrentClusterState>()).Members);
        context.Cluster.Join(context.Cluster.SelfAddress);
        Assert.Equal(MemberStatus.Joining, (await probe.ExpectAsync<MemberJoined>()).Member.Status);
        Assert.Equal(MemberStatus.Up, (await probe.ExpectAsync<MemberUp>()).Member.Status);
    }

    [Fact]
    public async Task Subscriber_can_get_the_state_as_events()
    {
        await using var context = new ClusterTestContext();
        await UpAsync(context);
        var probe = context.NewProbe();
        context.Cluster.Subscribe(probe.Ref, InitialStateAsEvents, typeof(IMemberEvent), typeof(LeaderChanged));
        Assert.Equal(context.Cluster.SelfUniqueAddress, (await probe.ExpectAsync<MemberUp>()).Member.UniqueAddress);
        Assert.Equal(context.Cluster.SelfAddress, (await probe.ExpectAsync<LeaderChanged>()).Leader);
    }

    [Fact]
    public async Task Unsubscribed_actor_hears_nothing_more()
    {
        await using var context = new ClusterTestContext(join: false);
        var (probe, other) = (context.NewProbe(), context.NewProbe());
        context.Cluster.Subscribe(probe.Ref, typeof(IMemberEvent));
        await probe.ExpectAsync<CurrentClusterState>();
        context.Cluster.Unsubscribe(probe.Ref);
        context.Cluster.Subscribe(other.Ref, typeof(MemberUp));
        await other.ExpectAsync<CurrentClusterState>();
        context.Cluster.Join(context.Cluster.SelfAddress);
        await other.ExpectAsync<MemberUp>();
        Assert.True(probe.IsEmpty);
    }

    [Fact]
    public async Task Leaving_goes_through_every_status_and_ends_the_system()
    {
        await using var context = new ClusterTestContext();
        await UpAsync(context);
        var removed = new TaskCompletionSource();
        context.Cluster.RegisterOnMemberRemoved(removed.SetResult);
        var probe = context.NewProbe();
        context.Cluster.Subscribe(probe.Ref, InitialStateAsEvents, typeof(IMemberEvent));
        await probe.ExpectAsync<MemberUp>();
        context.Cluster.Leave(context.Cluster.SelfAddress);
        await probe.ExpectAsync<MemberLeft>();
        await probe.ExpectAsync<MemberExited>();
        Assert.Equal(MemberStatus.Exiting, (await probe.ExpectAsync<MemberRemoved>()).PreviousStatus);
        await removed.Task.WaitAsync(Patience);
        await context.System.WhenTerminated.WaitAsync(Patience);
        Assert.True(context.Cluster.IsTerminated);
    }

    [Fact]
    public async Task Seed_nodes_in_the_configuration_form_the_cluster()
    {
        // A seed's address is known before it listens, so the port cannot be 0: an address and a port that the system gives to nobody by itself.
        await using var context = new ClusterTestContext(
            "akka.remote.dot-netty.tcp { hostname = 127.0.0.71, port = 14053 }\nakka.cluster.seed-nodes = [\"akka.tcp://test@127.0.0.71:14053\"]", join: false);
        await UpAsync(context);
    }

    [Fact]
    public async Task Fewer_members_than_asked_for_stay_joining()
    {
        await using var context = new ClusterTestContext("akka.cluster.min-nr-of-members = 2", join: false);
        var probe = context.NewProbe();
        context.Cluster.Subscribe(probe.Ref, InitialStateAsEvents, typeof(IMemberEvent));
        context.Cluster.Join(context.Cluster.SelfAddress);
        await probe.ExpectAsync<MemberJoined>();
        context.Cluster.SendCurrentClusterState(probe.Ref);
        Assert.Equal(MemberStatus.Joining, (await probe.ExpectAsync<CurrentClusterState>()).Members[0].Status);
    }

    [Fact]
    public async Task Subscription_needs_types_of_cluster_events()
    {
        await using var context = new ClusterTestContext();
        Assert.Throws<ArgumentException>(() => context.Cluster.Subscribe(context.System.DeadLetters, typeof(string)));
        Assert.Throws<ArgumentException>(() => context.Cluster.Subscribe(context.System.DeadLetters));
    }

    [Fact]
    public async Task Without_the_provider_there_is_no_cluster()
    {
        await using var context = new ActorTestContext("");
        Assert.ThrowsAny<ConfigurationException>(() => Akka.Cluster.Cluster.Get(context.System));
    }

    [Fact]
    public async Task Shutdown_runs_leaving_in_its_phase()
    {
        await using var context = new ClusterTestContext();
        await UpAsync(context);
        var probe = context.NewProbe();
        context.Cluster.Subscribe(probe.Ref, InitialStateAsEvents, typeof(MemberUp), typeof(MemberRemoved));
        await probe.ExpectAsync<MemberUp>();
        await CoordinatedShutdown.Get(context.System).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
        await probe.ExpectAsync<MemberRemoved>();
        Assert.True(context.System.WhenTerminated.IsCompleted);
    }

    private static async Task UpAsync(ClusterTestContext context)
    {
        var up = new TaskCompletionSource();
        context.Cluster.RegisterOnMemberUp(up.SetResult);
        await up.Task.WaitAsync(Patience);
    }
}
