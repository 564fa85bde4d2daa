using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

public sealed class CoordinatorRecoverySpec
{
    [Fact]
    public void It_is_over_when_all_members_that_host_have_been_heard_of()
    {
        var recovery = Begun(Member("a"), Member("b", MemberStatus.Exiting), Member("c", MemberStatus.Joining), Member("d", role: "other"));
        Assert.False(recovery.IsOver);
        Assert.True(recovery.Awaits(Address("b")));
        Assert.False(recovery.Awaits(Address("d")));
        recovery.Registered(Address("a"));
        Assert.False(recovery.IsOver);
        recovery.Registered(Address("b"));
        Assert.True(recovery.IsOver);
        Assert.Empty(recovery.GivenUp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Member_that_is_downed_or_removed_is_not_waited_for(bool isRemoved)
    {
        var recovery = Begun(Member("a"), Member("b"));
        recovery.Registered(Address("a"));
        recovery.MembersAre(isRemoved ? [Member("a")] : [Member("a"), Member("b", MemberStatus.Down)], []);
        Assert.True(recovery.IsOver);
    }

    [Fact]
    public void Member_in_reach_is_waited_for_one_term()
    {
        var recovery = Begun(Member("a"), Member("b"));
        recovery.Registered(Address("a"));
        Assert.False(recovery.TimePassed());
        Assert.True(recovery.IsOver);
        Assert.Equal([Address("b")], recovery.GivenUp);
    }

    [Fact]
    public void Member_out_of_reach_is_waited_for_ten_terms_or_until_it_comes_back()
    {
        var recovery = Begun(Member("a"), Member("b"), Member("c"));
        recovery.Registered(Address("a"));
        recovery.MembersAre([Member("a"), Member("b"), Member("c")], [Member("b"), Member("c")]);
        Assert.All(Enumerable.Range(0, 8), _ => Assert.True(recovery.TimePassed()));
        recovery.MembersAre([Member("a"), Member("b"), Member("c")], [Member("c")]);
        recovery.Registered(Address("b"));
        Assert.True(recovery.TimePassed());
        Assert.False(recovery.TimePassed());
        Assert.True(recovery.IsOver);
        Assert.Equal([Address("c")], recovery.GivenUp);
    }

    private static CoordinatorRecovery Begun(params Member[] members)
    {
        var recovery = new CoordinatorRecovery("host");
        recovery.Begin(members);
        return recovery;
    }

    private static Address Address(string name) => new("akka.tcp", "test", name, 1);

    private static Member Member(string name, MemberStatus status = MemberStatus.Up, string role = "host") =>
        new(new UniqueAddress(Address(name), 1), 1, status, ImmutableHashSet.Create(role));
}
