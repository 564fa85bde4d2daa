using Akka.Cluster;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class VectorClockSpec
{
    [Theory]
    [InlineData("", "", ClockOrder.Same)]
    [InlineData("a", "", ClockOrder.After)]
    [InlineData("", "a", ClockOrder.Before)]
    [InlineData("a", "a", ClockOrder.Same)]
    [InlineData("aa", "a", ClockOrder.After)]
    [InlineData("ab", "ba", ClockOrder.Same)]
    [InlineData("ab", "abb", ClockOrder.Before)]
    [InlineData("a", "b", ClockOrder.Concurrent)]
    [InlineData("aab", "abb", ClockOrder.Concurrent)]
    [InlineData("abc", "ac", ClockOrder.After)]
    [InlineData("bc", "abd", ClockOrder.Concurrent)]
    public void Clocks_compare_by_whose_changes_they_have(string left, string right, object order) =>
        Assert.Equal((ClockOrder)order, Clock(left).CompareTo(Clock(right)));

    [Fact]
    public void Merged_clock_has_the_changes_of_both()
    {
        var (left, right) = (Clock("aab"), Clock("abbc"));
        var merged = left.Merge(right);
        Assert.Equal(Clock("aabbc"), merged);
        Assert.Equal(merged, right.Merge(left));
        Assert.Equal(ClockOrder.After, merged.CompareTo(left));
        Assert.Equal(ClockOrder.After, merged.CompareTo(right));
    }

    [Fact]
    public void Clock_without_a_node_compares_as_if_it_had_never_been()
    {
        Assert.Equal(ClockOrder.Same, Clock("abb").Without([B]).CompareTo(Clock("a")));
        Assert.Same(VectorClock.Zero, VectorClock.Zero.Without([B]));
    }

    [Fact]
    public void Clock_counts_no_node_without_changes() =>
        Assert.Throws<ArgumentException>(() => VectorClock.Of([KeyValuePair.Create(A, 0L)]));

    private static VectorClock Clock(string changes) => changes.Aggregate(VectorClock.Zero, (clock, host) => clock.Tick(Node(host.ToString())));
}
