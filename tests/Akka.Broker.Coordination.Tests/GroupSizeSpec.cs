using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class GroupSizeSpec
{
    private readonly GroupTestContext _t = new(new GroupConfig { MaxSize = 2 });

    [Fact]
    public void A_full_group_refuses_newcomers_and_keeps_its_members()
    {
        var ids = _t.Stable();
        var refused = _t.Ask<JoinResult>(_t.JoinCommand());
        Assert.Equal(ErrorCode.GroupMaxSizeReached, refused.Error);
        Assert.Equal("", refused.MemberId);
        Assert.Equal(ErrorCode.None, _t.Heartbeat(ids[1], 1));
    }

    [Fact]
    public void In_a_rebalance_those_who_come_first_get_the_places()
    {
        var ids = _t.Stable();
        _t.Join(ids[0]);
        var newcomer = _t.Join();
        Assert.Equal(ErrorCode.GroupMaxSizeReached, _t.Answer<JoinResult>(_t.Join(ids[1])).Error);
        Assert.False(_t.IsAnswered(newcomer));
    }

    [Fact]
    public void A_static_member_of_a_full_group_can_restart()
    {
        _t.Stable(instance: i => $"i{i}");
        Assert.Equal(ErrorCode.None, _t.Ask<JoinResult>(_t.JoinCommand(instance: "i1")).Error);
    }

    [Fact]
    public void A_loaded_group_that_is_too_large_rebalances()
    {
        var large = new GroupTestContext();
        large.Stable(3);
        _t.Log.AddRange(large.Log);
        _t.Reload();
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }
}
