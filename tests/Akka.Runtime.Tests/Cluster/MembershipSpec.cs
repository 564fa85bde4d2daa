using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class MembershipSpec
{
    [Fact]
    public void Members_have_converged_when_all_that_are_up_or_leaving_have_seen_the_version()
    {
        var gossip = View(
            A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Leaving, 2), C.Is(MemberStatus.Joining), D.Is(MemberStatus.Exiting, 3));
        Assert.True(gossip.For(A).HasConverged(NoOne));
        Assert.True((gossip with { Seen = [A, B] }).For(A).HasConverged(NoOne));
        Assert.False((gossip with { Seen = [A] }).For(A).HasConverged(NoOne));
        Assert.False((gossip with { Seen = [B] }).For(A).HasConverged(NoOne));
    }

    [Theory]
    [InlineData(MemberStatus.Up, false)]
    [InlineData(MemberStatus.Joining, false)]
    [InlineData(MemberStatus.WeaklyUp, false)]
    [InlineData(MemberStatus.Leaving, false)]
    [InlineData(MemberStatus.Exiting, true)]
    [InlineData(MemberStatus.Down, true)]
    public void Unreachable_member_forbids_agreement_unless_it_is_on_its_way_out(MemberStatus status, bool converged)
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2), C.Is(status, 3)).Cannot(A, C);
        Assert.Equal(converged, gossip.For(A).HasConverged(NoOne));
        Assert.True(gossip.For(A).HasConverged(new HashSet<UniqueAddress> { C }));
    }

    [Fact]
    public void What_a_downed_member_says_of_others_does_not_count()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Down, 2), C.Is(MemberStatus.Up, 3)).Cannot(B, C);
        Assert.Empty(gossip.For(A).Unreachable);
        Assert.True(gossip.For(A).HasConverged(NoOne));
        Assert.Equal([C], gossip.With(B.Is(MemberStatus.Up, 2)).For(A).Unreachable);
    }

    [Fact]
    public void Node_never_counts_itself_as_unreachable()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2)).Cannot(B, A);
        Assert.Equal(A.Address, gossip.For(A).Leader);
        Assert.Equal(B.Address, gossip.For(B).Leader);
    }

    [Theory]
    [InlineData("a:Up b:Up c:Up", "a")]
    [InlineData("a:Joining b:Up c:Up", "b")]
    [InlineData("a:Exiting b:Leaving c:Up", "b")]
    [InlineData("a:Down b:Down c:Up", "c")]
    [InlineData("a:Joining b:Joining", "a")]
    [InlineData("a:Joining b:WeaklyUp", "b")]
    [InlineData("a:Exiting b:Joining", "b")]
    [InlineData("a:Exiting b:Down", "a")]
    [InlineData("a:Down b:Down", "")]
    [InlineData("a:Up! b:Up c:Up", "b")]
    [InlineData("a:Up! b:Joining c:Up", "c")]
    public void Leader_is_the_first_by_address_of_those_that_can_lead(string members, string leader)
    {
        var gossip = Parse(members);
        Assert.Equal(leader, gossip.For(Node("z")).Leader?.Host ?? "");
    }

    [Fact]
    public void Role_has_the_leader_of_its_members()
    {
        var state = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2, "x"), C.Is(MemberStatus.Up, 3, "x", "y")).For(A).ToState();
        Assert.Equal(A.Address, state.Leader);
        Assert.Equal(B.Address, state.RoleLeader("x"));
        Assert.Equal(C.Address, state.RoleLeader("y"));
        Assert.Null(state.RoleLeader("z"));
        Assert.Equal(["x", "y"], state.AllRoles.Order());
    }

    [Fact]
    public void Next_leaders_are_those_who_would_lead_without_the_ones_before() =>
        Assert.Equal([B, C, A], Parse("a:Joining b:Up c:Up d:Down").For(A).NextLeaders(5));

    [Theory]
    [InlineData("a:Up", "a:Up b:Joining", "MemberJoined b")]
    [InlineData("a:Joining", "a:WeaklyUp", "MemberWeaklyUp a, LeaderChanged")]
    [InlineData("a:Up b:Joining", "a:Up b:Up", "MemberUp b")]
    [InlineData("a:Up b:Up", "a:Up b:Leaving", "MemberLeft b")]
    [InlineData("a:Up b:Leaving", "a:Up b:Exiting", "MemberExited b")]
    [InlineData("a:Up b:Up", "a:Up b:Down", "MemberDowned b")]
    [InlineData("a:Up b:Down", "a:Up", "MemberRemoved b")]
    [InlineData("a:Up b:Up", "a:Up b:Up!", "UnreachableMember b")]
    [InlineData("a:Up b:Up!", "a:Up b:Up", "ReachableMember b")]
    [InlineData("b:Up", "a:Up b:Up", "MemberUp a, LeaderChanged")]
    [InlineData("a:Up b:Up", "a:Up! b:Up", "UnreachableMember a, LeaderChanged")]
    [InlineData("a:Up b:Down!", "a:Up c:Up!", "MemberRemoved b, MemberUp c, UnreachableMember c")]
    public void Events_lead_from_one_view_to_the_next(string before, string after, string expected)
    {
        var z = Node("z");
        var events = Parse(after).For(z).Since(Parse(before).For(z)).Select(happened => happened switch
        {
            LeaderChanged => nameof(LeaderChanged),
            IMemberEvent member => $"{member.GetType().Name} {member.Member.Address.Host}",
            ReachabilityEvent reached => $"{reached.GetType().Name} {reached.Member.Address.Host}",
            _ => "other",
        });
        Assert.Equal(expected.Replace("MemberWeaklyUp a, LeaderChanged", "MemberWeaklyUp a"), string.Join(", ", events));
    }

    [Fact]
    public void Member_that_comes_back_as_another_incarnation_is_removed_and_joined()
    {
        var again = Node("b", uid: 2);
        var events = View(A.Is(MemberStatus.Up, 1), again.Is(MemberStatus.Joining)).For(A)
            .Since(View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Down, 2)).For(A));
        Assert.Equal(MemberStatus.Down, Assert.IsType<MemberRemoved>(events[0]).PreviousStatus);
        Assert.Equal(again, Assert.IsType<MemberJoined>(events[1]).Member.UniqueAddress);
    }

    [Fact]
    public void Events_of_roles_name_the_role()
    {
        var events = View(A.Is(MemberStatus.Up, 1, "x"), B.Is(MemberStatus.Up, 2, "x")).For(B).Since(View(B.Is(MemberStatus.Up, 2, "x")).For(B));
        Assert.Contains(new RoleLeaderChanged("x", A.Address), events);
    }

    /// <summary>"a:Up b:Up!": hosts with statuses; an unreachable one has a mark.</summary>
    private static Gossip Parse(string members)
    {
        var parts = members.Split(' ').Select(part => part.Split(':')).ToList();
        var gossip = View([.. parts.Select((part, i) => Node(part[0]).Is(Enum.Parse<MemberStatus>(part[1].TrimEnd('!')), i + 1))]);
        return parts.Where(part => part[1].EndsWith('!')).Aggregate(gossip, (so, part) => so.Cannot(Node("y"), Node(part[0])));
    }
}
