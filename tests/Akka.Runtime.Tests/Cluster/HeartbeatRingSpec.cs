using System.Collections.Immutable;
using Akka.Cluster;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class HeartbeatRingSpec
{
    private static readonly UniqueAddress[] Nodes = [.. Enumerable.Range(0, 50).Select(i => Node($"node{i}", i + 1))];

    [Fact]
    public void In_a_small_cluster_everyone_watches_everyone_else() =>
        Assert.Equal(Nodes[1..10].Order(), HeartbeatRing.WatchedBy(Nodes[0], Nodes[..10], NoOne, 9).Order());

    [Fact]
    public void In_a_large_cluster_everyone_watches_and_is_watched_by_as_many()
    {
        var watched = Nodes.SelectMany(node => HeartbeatRing.WatchedBy(node, Nodes, NoOne, 9)).ToList();
        Assert.All(Nodes, node => Assert.Equal(9, watched.Count(other => other == node)));
        Assert.All(Nodes, node => Assert.DoesNotContain(node, HeartbeatRing.WatchedBy(node, Nodes, NoOne, 9)));
    }

    [Fact]
    public void Unreachable_nodes_are_looked_past()
    {
        var first = HeartbeatRing.WatchedBy(Nodes[0], Nodes, NoOne, 9);
        var further = HeartbeatRing.WatchedBy(Nodes[0], Nodes, first, 9);
        Assert.Equal(18, further.Count);
        Assert.Superset(first.ToHashSet(), further.ToHashSet());
        Assert.Equal(49, HeartbeatRing.WatchedBy(Nodes[0], Nodes, Nodes.ToImmutableHashSet(), 9).Count);
    }

    [Fact]
    public void Leaving_node_changes_only_its_own_watchers()
    {
        var left = Nodes.Where(node => node != Nodes[7]).ToArray();
        var changed = left.Count(node => !HeartbeatRing.WatchedBy(node, Nodes, NoOne, 9).SetEquals(HeartbeatRing.WatchedBy(node, left, NoOne, 9)));
        Assert.Equal(9, changed);
    }

    [Fact]
    public void Gossip_turns_to_those_who_lack_the_version_less_often_in_a_large_cluster()
    {
        var settings = Settings("akka.cluster.reduce-gossip-different-view-probability = 100");
        Assert.Equal(0.8, GossipTargets.PreferenceFor(50, settings));
        Assert.Equal(0.8, GossipTargets.PreferenceFor(100, settings));
        Assert.Equal(0.5, GossipTargets.PreferenceFor(200, settings), 3);
        Assert.Equal(0.2, GossipTargets.PreferenceFor(300, settings), 3);
        Assert.Equal(0.2, GossipTargets.PreferenceFor(900, settings), 3);
    }
}
