using Akka.Cluster;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class ReachabilitySpec
{
    [Fact]
    public void Subject_is_unreachable_as_soon_as_one_observer_says_so()
    {
        var one = Reachability.Empty.Unreachable(A, C);
        Assert.True(Reachability.Empty.AllReachable);
        Assert.False(one.IsReachable(C));
        Assert.False(one.IsReachable(A, C));
        Assert.True(one.IsReachable(B, C));
        var two = one.Unreachable(B, C);
        Assert.Equal([A, B], two.ObserversOf(C));
        Assert.False(two.Reachable(A, C).IsReachable(C));
        Assert.True(two.Reachable(A, C).Reachable(B, C).AllReachable);
    }

    [Fact]
    public void Terminated_is_for_good()
    {
        var gone = Reachability.Empty.Unreachable(A, C).Terminated(A, C);
        Assert.Equal(ReachabilityStatus.Terminated, gone.StatusOf(C));
        Assert.Same(gone, gone.Reachable(A, C));
        Assert.Same(gone, gone.Unreachable(A, C));
        Assert.Equal(ReachabilityStatus.Terminated, gone.Unreachable(B, C).StatusOf(C));
    }

    [Fact]
    public void Saying_the_same_again_is_no_change()
    {
        var lost = Reachability.Empty.Unreachable(A, C);
        Assert.Same(lost, lost.Unreachable(A, C));
        Assert.Same(Reachability.Empty, Reachability.Empty.Reachable(A, C));
    }

    [Fact]
    public void Newer_row_of_each_observer_wins_a_merge()
    {
        var lost = Reachability.Empty.Unreachable(A, C);
        var (back, other) = (lost.Reachable(A, C), lost.Unreachable(B, C));
        foreach (var merged in new[] { back.Merge(other), other.Merge(back) })
        {
            Assert.True(merged.IsReachable(A, C));
            Assert.False(merged.IsReachable(B, C));
            Assert.Equal(2, merged.Rows[A].Version);
        }

        Assert.True(back.Merge(other).IsSameAs(other.Merge(back)));
        Assert.False(back.IsSameAs(lost));
    }

    [Fact]
    public void Gone_node_counts_neither_as_observer_nor_as_subject()
    {
        var records = Reachability.Empty.Unreachable(A, C).Unreachable(C, B).Unreachable(A, B);
        var left = records.Without([C]);
        Assert.Equal([B], left.Unreachables);
        Assert.Equal([A], left.ObserversOf(B));
        Assert.True(records.WithoutObservers([A]).IsReachable(C));
    }
}
