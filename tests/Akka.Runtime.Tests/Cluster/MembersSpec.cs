using Akka.Actor;
using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>How nodes come into a cluster, and how they go in order.</summary>
public sealed class MembersSpec
{
    [Fact]
    public async Task Nodes_that_join_one_address_agree_on_members_leader_and_age()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = await cluster.FormAsync(3);
        var leader = nodes.Select(node => node.Address).Order(Member.AddressOrdering).First();
        foreach (var node in nodes)
        {
            await node.UntilAsync("of one mind about the leader", () => Equals(node.Cluster.State.Leader, leader));
            Assert.True(node.Cluster.IsUp);
            Assert.Equal(nodes[0].Unique, node.Cluster.State.Members.Order(Member.AgeOrdering).First().UniqueAddress);
        }
    }

    [Fact]
    public async Task First_seed_node_forms_the_cluster_that_the_others_join()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = new[] { cluster.Start(), cluster.Start(), cluster.Start() };
        foreach (var node in nodes.Reverse())
            node.Cluster.JoinSeedNodes(nodes.Select(seed => seed.Address));
        foreach (var node in nodes)
            await node.UntilUpAsync(nodes);
        Assert.Equal(nodes[0].Unique, nodes[2].Cluster.State.Members.Order(Member.AgeOrdering).First().UniqueAddress);
    }

    [Fact]
    public async Task First_seed_node_waits_for_others_that_do_not_answer_and_then_forms_alone()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.seed-node-timeout = 300ms");
        var node = cluster.Start();
        node.Cluster.JoinSeedNodes([node.Address, new Address("akka.tcp", "test", "127.0.0.1", 1)]);
        await node.UntilUpAsync(node);
    }

    [Fact]
    public async Task Seed_node_that_is_not_the_first_forms_nothing_and_joins_once_there_is_a_cluster()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.seed-node-timeout = 100ms");
        var (first, second, joiner) = (cluster.Start(), cluster.Start(), cluster.Start());
        var seeds = new[] { first.Address, second.Address, joiner.Address };
        cluster.Network.Cut([first], [second, joiner]);
        second.Cluster.JoinSeedNodes(seeds);
        joiner.Cluster.JoinSeedNodes(seeds);
        first.Cluster.JoinSeedNodes(seeds);
        await first.UntilUpAsync(first);
        Assert.Empty(second.Cluster.State.Members);
        Assert.Empty(joiner.Cluster.State.Members);
        cluster.Network.Heal();
        await joiner.UntilUpAsync(first, second, joiner);
    }

    [Fact]
    public async Task First_seed_node_that_comes_back_joins_the_cluster_of_the_others()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.seed-node-timeout = 20s");
        var nodes = await cluster.FormAsync(2);
        var late = cluster.Start();
        late.Cluster.JoinSeedNodes([late.Address, nodes[0].Address, nodes[1].Address]);
        await late.UntilUpAsync(nodes[0], nodes[1], late);
        await nodes[1].UntilUpAsync(nodes[0], nodes[1], late);
    }

    [Fact]
    public async Task Join_completes_when_the_node_is_up()
    {
        await using var cluster = new ClusterOfNodes();
        var first = (await cluster.FormAsync(1))[0];
        var joiner = cluster.Start();
        await joiner.Cluster.JoinAsync(first.Address).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(joiner.Cluster.IsUp);
    }

    [Fact]
    public async Task Members_stay_joining_until_enough_are_there()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster { min-nr-of-members = 3, role.x.min-nr-of-members = 1 }");
        var (a, b, c) = (cluster.Start(), cluster.Start(), cluster.Start());
        a.Cluster.Join(a.Address);
        b.Cluster.Join(a.Address);
        await a.UntilHeardAsync<MemberJoined>(joined => joined.Member.UniqueAddress == b.Unique);
        c.Cluster.Join(a.Address);
        await a.UntilHeardAsync<MemberJoined>(joined => joined.Member.UniqueAddress == c.Unique);
        var withRole = cluster.Start("akka.cluster.roles = [x]");
        Assert.DoesNotContain(a.Heard, happened => happened is MemberUp);
        withRole.Cluster.Join(b.Address);
        await a.UntilUpAsync(a, b, c, withRole);
        Assert.Equal(withRole.Address, a.Cluster.State.RoleLeader("x"));
        await c.UntilHeardAsync<RoleLeaderChanged>(changed => changed.Role == "x" && withRole.Address.Equals(changed.Leader));
    }

    [Fact]
    public async Task Member_that_leaves_goes_through_every_status_and_ends_its_system()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = await cluster.FormAsync(3);
        nodes[0].Cluster.Leave(nodes[2].Address);
        await nodes[2].System.WhenTerminated.WaitAsync(TimeSpan.FromSeconds(30));
        foreach (var node in nodes[..2])
        {
            await node.UntilUpAsync(nodes[0], nodes[1]);
            Assert.Equal(
                [MemberStatus.Up, MemberStatus.Leaving, MemberStatus.Exiting, MemberStatus.Removed],
                node.Heard.OfType<IMemberEvent>().Where(happened => happened.Member.UniqueAddress == nodes[2].Unique).Select(happened => happened.Member.Status).SkipWhile(status => status == MemberStatus.Joining));
            Assert.Equal(MemberStatus.Exiting, node.Heard.OfType<MemberRemoved>().Single().PreviousStatus);
            Assert.DoesNotContain(node.Heard, happened => happened is UnreachableMember);
        }

        Assert.Contains(nodes[2].Heard, happened => happened is ClusterShuttingDown);
        Assert.Equal(MemberStatus.Removed, nodes[2].Cluster.SelfMember.Status);
    }

    [Fact]
    public async Task Leader_leaves_as_anyone_does_and_the_next_one_takes_over()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = await cluster.FormAsync(3);
        var leader = nodes.Single(node => node.Address.Equals(nodes[0].Cluster.State.Leader));
        await leader.Cluster.LeaveAsync().WaitAsync(TimeSpan.FromSeconds(30));
        var rest = nodes.Where(node => node != leader).ToArray();
        foreach (var node in rest)
        {
            await node.UntilUpAsync(rest);
            await node.UntilHeardAsync<LeaderChanged>(changed => changed.Leader is { } next && !next.Equals(leader.Address));
        }
    }

    [Fact]
    public async Task Shutdown_of_a_system_leaves_first()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = await cluster.FormAsync(3);
        await CoordinatedShutdown.Get(nodes[1].System).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(TimeSpan.FromSeconds(30));
        await nodes[0].UntilHeardAsync<MemberRemoved>(removed => removed.Member.UniqueAddress == nodes[1].Unique && removed.PreviousStatus == MemberStatus.Exiting);
    }

    [Fact]
    public async Task All_members_can_leave_at_once()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = await cluster.FormAsync(3);
        await Task.WhenAll(nodes.Select(node => CoordinatedShutdown.Get(node.System).Run(CoordinatedShutdown.ClrExitReason.Instance))).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(nodes, node => Assert.True(node.Cluster.IsTerminated));
    }

    [Fact]
    public async Task Node_that_cannot_join_its_seed_nodes_ends_when_told_so()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster { shutdown-after-unsuccessful-join-seed-nodes = 200ms, seed-node-timeout = 50ms }");
        var node = cluster.Start();
        node.Cluster.JoinSeedNodes([new Address("akka.tcp", "test", "127.0.0.1", 1), node.Address]);
        await node.System.WhenTerminated.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.IsType<CoordinatedShutdown.ClusterJoinUnsuccessfulReason>(CoordinatedShutdown.Get(node.System).ShutdownReason);
    }

    [Fact]
    public async Task Twenty_nodes_that_start_at_once_agree()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.failure-detector { monitored-by-nr-of-members = 5 }");
        var nodes = await cluster.FormAsync(20);
        Assert.Equal(20, nodes[0].Cluster.State.Members.Count);
        Assert.Single(nodes.Select(node => node.Cluster.State.Leader).Distinct());
        Assert.Equal(20, nodes[0].Cluster.State.Members.Select(member => member.UpNumber).Distinct().Count());
    }
}
