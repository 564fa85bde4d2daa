using Akka.Actor;
using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>What becomes of members that die, are cut off, or come back as another incarnation.</summary>
public sealed class FailuresSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Killed_member_is_unreachable_until_it_is_downed_and_then_removed()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        await cluster.KillAsync(nodes[2]);
        foreach (var node in nodes[..2])
            await node.UntilUnreachableAsync(nodes[2]);
        Assert.Equal(MemberStatus.Up, nodes[0].StatusOf(nodes[2]));
        nodes[1].Cluster.Down(nodes[2].Address);
        foreach (var node in nodes[..2])
        {
            await node.UntilUpAsync(nodes[0], nodes[1]);
            Assert.Contains(node.Heard, happened => happened is MemberDowned);
            Assert.Equal(MemberStatus.Down, node.Heard.OfType<MemberRemoved>().Single().PreviousStatus);
        }
    }

    [Fact]
    public async Task Killed_leader_is_followed_by_the_next()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        var leader = nodes.Single(node => node.Address.Equals(nodes[0].Cluster.State.Leader));
        var rest = nodes.Where(node => node != leader).ToArray();
        await cluster.KillAsync(leader);
        foreach (var node in rest)
        {
            await node.UntilUnreachableAsync(leader);
            await node.UntilAsync("led by another", () => node.Cluster.State.Leader is { } next && !next.Equals(leader.Address));
        }

        rest[0].Cluster.Down(leader.Address);
        foreach (var node in rest)
            await node.UntilUpAsync(rest);
    }

    [Fact]
    public async Task Member_that_is_heard_again_is_reachable_again()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        cluster.Network.Cut([nodes[2]], nodes[..2]);
        await nodes[0].UntilUnreachableAsync(nodes[2]);
        await nodes[1].UntilUnreachableAsync(nodes[2]);
        await nodes[2].UntilUnreachableAsync(nodes[0]);
        await nodes[2].UntilUnreachableAsync(nodes[1]);
        cluster.Network.Heal();
        foreach (var node in nodes)
        {
            await node.UntilUpAsync(nodes);
            Assert.Contains(node.Heard, happened => happened is ReachableMember);
            Assert.DoesNotContain(node.Heard, happened => happened is MemberRemoved);
        }
    }

    [Fact]
    public async Task Broken_link_between_two_is_seen_by_the_third_and_by_them()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        cluster.Network.Cut([nodes[1]], [nodes[2]]);
        await nodes[1].UntilUnreachableAsync(nodes[2]);
        await nodes[2].UntilUnreachableAsync(nodes[1]);
        await nodes[0].UntilUnreachableAsync(nodes[1]);
        await nodes[0].UntilUnreachableAsync(nodes[2]);
        cluster.Network.Heal();
        await nodes[0].UntilUpAsync(nodes);
    }

    [Fact]
    public async Task New_incarnation_at_an_address_replaces_the_old_one()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        await cluster.KillAsync(nodes[2]);
        var again = cluster.Start($"akka.remote.dot-netty.tcp.port = {nodes[2].Address.Port}");
        Assert.Equal(nodes[2].Address, again.Address);
        Assert.NotEqual(nodes[2].Unique, again.Unique);
        again.Cluster.JoinSeedNodes([nodes[0].Address, nodes[1].Address]);
        ClusterNode[] now = [nodes[0], nodes[1], again];
        foreach (var node in now)
            await node.UntilUpAsync(now);
        foreach (var node in nodes[..2])
        {
            var events = node.Heard.OfType<IMemberEvent>().Where(happened => happened.Member.Address.Equals(again.Address)).ToList();
            var removed = events.FindIndex(happened => happened is MemberRemoved { PreviousStatus: MemberStatus.Down });
            Assert.True(removed >= 0);
            Assert.Equal(nodes[2].Unique, events[removed].Member.UniqueAddress);
            Assert.All(events[..removed], happened => Assert.Equal(nodes[2].Unique, happened.Member.UniqueAddress));
            Assert.All(events[(removed + 1)..], happened => Assert.Equal(again.Unique, happened.Member.UniqueAddress));
        }
    }

    [Fact]
    public async Task Downed_member_that_still_runs_is_told_and_ends_its_system()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        nodes[0].Cluster.Down(nodes[1].Address);
        await nodes[1].System.WhenTerminated.WaitAsync(Patience);
        Assert.IsType<CoordinatedShutdown.ClusterDowningReason>(CoordinatedShutdown.Get(nodes[1].System).ShutdownReason);
        await nodes[0].UntilUpAsync(nodes[0], nodes[2]);
    }

    [Fact]
    public async Task Member_that_was_removed_while_cut_off_learns_so_when_it_is_back()
    {
        await using var cluster = Quick();
        var nodes = await cluster.FormAsync(3);
        cluster.Network.Cut([nodes[2]], nodes[..2]);
        await nodes[0].UntilUnreachableAsync(nodes[2]);
        nodes[0].Cluster.Down(nodes[2].Address);
        foreach (var node in nodes[..2])
            await node.UntilUpAsync(nodes[0], nodes[1]);
        Assert.False(nodes[2].Cluster.IsTerminated);
        cluster.Network.Heal();
        await nodes[2].System.WhenTerminated.WaitAsync(Patience);
        Assert.Equal(2, nodes[0].Cluster.State.Members.Count);
    }

    [Fact]
    public async Task Both_sides_of_a_split_go_on_when_each_downs_the_other()
    {
        await using var cluster = Quick("akka.cluster.run-coordinated-shutdown-when-down = off");
        var nodes = await cluster.FormAsync(5);
        var (left, right) = (nodes[..3], nodes[3..]);
        cluster.Network.Cut(left, right);
        foreach (var node in left)
            await Task.WhenAll(right.Select(node.UntilUnreachableAsync));
        foreach (var node in right)
            await Task.WhenAll(left.Select(node.UntilUnreachableAsync));
        foreach (var other in right)
            left[0].Cluster.Down(other.Address);
        foreach (var other in left)
            right[0].Cluster.Down(other.Address);
        foreach (var node in left)
            await node.UntilUpAsync(left);
        foreach (var node in right)
            await node.UntilUpAsync(right);
    }

    [Fact]
    public async Task Node_that_joins_while_a_member_is_unreachable_becomes_weakly_up()
    {
        await using var cluster = Quick("akka.cluster.allow-weakly-up-members = 100ms");
        var nodes = await cluster.FormAsync(3);
        await cluster.KillAsync(nodes[2]);
        await nodes[0].UntilUnreachableAsync(nodes[2]);
        await nodes[1].UntilUnreachableAsync(nodes[2]);
        var joiner = cluster.Start();
        joiner.Cluster.Join(nodes[1].Address);
        await joiner.UntilAsync("weakly up", () => joiner.StatusOf(joiner) == MemberStatus.WeaklyUp);
        await nodes[0].UntilHeardAsync<MemberWeaklyUp>(weak => weak.Member.UniqueAddress == joiner.Unique);
        nodes[0].Cluster.Down(nodes[2].Address);
        foreach (var node in new[] { nodes[0], nodes[1], joiner })
            await node.UntilUpAsync(nodes[0], nodes[1], joiner);
    }

    [Fact]
    public async Task Member_that_leaves_while_another_is_unreachable_needs_no_downing()
    {
        await using var cluster = Quick("akka.coordinated-shutdown.phases.cluster-leave.timeout = 300ms");
        var nodes = await cluster.FormAsync(4);
        await cluster.KillAsync(nodes[3]);
        foreach (var node in nodes[..3])
            await node.UntilUnreachableAsync(nodes[3]);
        await CoordinatedShutdown.Get(nodes[2].System).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
        nodes[0].Cluster.Down(nodes[3].Address);
        foreach (var node in nodes[..2])
        {
            await node.UntilUpAsync(nodes[0], nodes[1]);
            Assert.Contains(node.Heard, happened => happened is MemberRemoved { PreviousStatus: MemberStatus.Exiting });
        }
    }

    [Fact]
    public async Task Downing_provider_is_made_with_the_system_and_its_actor_downs()
    {
        await using var cluster = Quick($"akka.cluster.downing-provider-class = \"{typeof(EagerDowning).FullName}, Akka.Runtime.Tests\"");
        var nodes = await cluster.FormAsync(3);
        var provider = Assert.IsType<EagerDowning>(nodes[0].Cluster.DowningProvider);
        Assert.Same(nodes[0].System, provider.System);
        Assert.Same(nodes[0].Cluster, provider.Cluster);
        await cluster.KillAsync(nodes[1]);
        foreach (var node in new[] { nodes[0], nodes[2] })
            await node.UntilUpAsync(nodes[0], nodes[2]);
    }

    private static ClusterOfNodes Quick(string extra = "") => new(extra + "\nakka.cluster.failure-detector.acceptable-heartbeat-pause = 1s");

    /// <summary>Downs whatever is unreachable.</summary>
    internal sealed class EagerDowning(ActorSystem system, Akka.Cluster.Cluster cluster) : IDowningProvider
    {
        public ActorSystem System => system;

        public Akka.Cluster.Cluster Cluster => cluster;

        public TimeSpan DownRemovalMargin => TimeSpan.Zero;

        public Props DowningActorProps => Props.Create(() => new Downer());

        private sealed class Downer : ReceiveActor
        {
            private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

            public Downer() => Receive<UnreachableMember>(lost => _cluster.Down(lost.Member.Address));

            protected override void PreStart() => _cluster.Subscribe(Self, InitialStateAsEvents, typeof(UnreachableMember));
        }
    }
}
