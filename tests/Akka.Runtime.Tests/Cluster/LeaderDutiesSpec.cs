using Akka.Cluster;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class LeaderDutiesSpec
{
    [Fact]
    public void Joining_members_come_up_with_rising_age_numbers()
    {
        var done = Act(View(A.Is(MemberStatus.Up, 4), B.Is(MemberStatus.Joining), C.Is(MemberStatus.WeaklyUp)));
        Assert.Equal((MemberStatus.Up, 5), (done.Next.Find(B)!.Status, done.Next.Find(B)!.UpNumber));
        Assert.Equal((MemberStatus.Up, 6), (done.Next.Find(C)!.Status, done.Next.Find(C)!.UpNumber));
        Assert.True(done.Next.Find(B)!.IsOlderThan(done.Next.Find(C)!));
        Assert.Equal([A], done.Next.Seen);
        Assert.Equal(2, done.Next.Version.Counts[A]);
    }

    [Fact]
    public void Nobody_comes_up_before_enough_have_joined()
    {
        var two = View(A.Is(MemberStatus.Joining), B.Is(MemberStatus.Joining, int.MaxValue, "x"));
        Assert.True(Act(two, "akka.cluster.min-nr-of-members = 3").IsNothing);
        Assert.True(Act(two, "akka.cluster.role.x.min-nr-of-members = 2").IsNothing);
        Assert.Equal(2, Act(two, "akka.cluster.role.x.min-nr-of-members = 1").Changed.Count);
        Assert.Equal(3, Act(two.With(C.Is(MemberStatus.Joining)), "akka.cluster.min-nr-of-members = 3").Changed.Count);
    }

    [Fact]
    public void Leaving_member_is_told_to_exit() =>
        Assert.Equal(MemberStatus.Exiting, Act(View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Leaving, 2))).Next.Find(B)!.Status);

    [Theory]
    [InlineData(MemberStatus.Exiting)]
    [InlineData(MemberStatus.Down)]
    public void Member_on_its_way_out_is_removed_once_unreachable_or_confirmed(MemberStatus status)
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(status, 2));
        Assert.True(Act(gossip).IsNothing);
        foreach (var done in new[] { Act(gossip.Cannot(A, B)), Act(gossip, "", B) })
        {
            Assert.Equal([B], done.Removed.Select(member => member.UniqueAddress));
            Assert.False(done.Next.Has(B));
            Assert.Equal(99, done.Next.Tombstones[B]);
        }
    }

    [Fact]
    public void Unreachable_member_that_is_up_stays() =>
        Assert.True(Act(View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2)).Cannot(A, B)).IsNothing);

    [Fact]
    public void Nothing_to_do_is_no_new_version()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1));
        Assert.Same(gossip, Act(gossip).Next);
    }

    [Fact]
    public void Without_agreement_reachable_joiners_become_weakly_up()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2), C.Is(MemberStatus.Joining), D.Is(MemberStatus.Joining)).Cannot(A, B).Cannot(A, D);
        var done = LeaderDuties.WithoutConvergence(gossip.For(A), Settings());
        Assert.Equal(MemberStatus.WeaklyUp, done.Next.Find(C)!.Status);
        Assert.Equal(MemberStatus.Joining, done.Next.Find(D)!.Status);
        Assert.True(LeaderDuties.WithoutConvergence(gossip.For(A), Settings("akka.cluster.min-nr-of-members = 5")).IsNothing);
    }

    private static LeaderDuties Act(Gossip gossip, string hocon = "", params UniqueAddress[] confirmed) =>
        LeaderDuties.OnConvergence(gossip.For(A), confirmed.ToHashSet(), Settings(hocon), nowMs: 99);
}
