using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class SessionSpec
{
    private readonly GroupTestContext _t = new();

    [Theory]
    [InlineData(1, ErrorCode.None)]
    [InlineData(0, ErrorCode.IllegalGeneration)]
    [InlineData(2, ErrorCode.IllegalGeneration)]
    public void A_heartbeat_must_be_of_the_generation(int generation, ErrorCode expected) =>
        Assert.Equal(expected, _t.Heartbeat(_t.Stable()[1], generation));

    [Fact]
    public void A_heartbeat_of_an_unknown_member_is_refused()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat("nobody", 1));
        _t.Stable();
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat("nobody", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat("nobody", 1, "i"));
    }

    [Fact]
    public void A_member_that_is_not_heard_of_is_out_and_the_rest_rebalances()
    {
        var ids = _t.Stable();
        _t.Advance(9_000);
        _t.Heartbeat(ids[0], 1);
        _t.Advance(1_000);
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Heartbeat(ids[0], 1));
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat(ids[1], 1));
        var rejoined = _t.Answer<JoinResult>(_t.Join(ids[0]));
        Assert.Equal(2, rejoined.GenerationId);
        Assert.Single(rejoined.Members);
    }

    [Fact]
    public void A_newcomers_session_begins_when_its_join_is_answered()
    {
        var join = _t.Join();
        _t.Advance(3_000);
        Assert.Equal(ErrorCode.None, _t.Answer<JoinResult>(join).Error);
        _t.Advance(GroupTestContext.SessionMs - 1);
        Assert.Equal(1, _t.Group.MemberCount);
        _t.Advance(1);
        Assert.Equal(0, _t.Group.MemberCount);
    }

    [Fact]
    public void Heartbeats_keep_a_member_in_and_a_commit_counts_as_one()
    {
        var id = Assert.Single(_t.Stable(1));
        for (var i = 0; i < 20; i++)
        {
            _t.Advance(9_999);
            if (i % 2 == 0)
                Assert.Equal(ErrorCode.None, _t.Heartbeat(id, 1));
            else
                Assert.Equal(ErrorCode.None, _t.Commit(id, 1));
        }
    }

    [Fact]
    public void When_the_last_member_fails_the_group_is_stored_as_empty()
    {
        _t.Stable();
        _t.Advance(GroupTestContext.SessionMs);
        Assert.Equal(GroupState.Empty, _t.Group.State);
        Assert.Equal(2, _t.Group.GenerationId);
        _t.Reload();
        Assert.Equal(GroupState.Empty, _t.Group.State);
        Assert.Equal(2, _t.Group.GenerationId);
    }

    [Fact]
    public void Leaving_is_answered_for_each_member_and_rebalances()
    {
        var ids = _t.Stable(3);
        var left = _t.Leave(ids[1], "nobody");
        Assert.Equal(ErrorCode.None, left.Error);
        Assert.Equal([(ids[1], ErrorCode.None), ("nobody", ErrorCode.UnknownMemberId)], left.Members.Select(m => (m.MemberId, m.Error)));
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
        Assert.Equal(2, _t.Group.MemberCount);
    }

    [Fact]
    public void When_the_last_member_leaves_the_group_is_empty_at_once()
    {
        _t.Leave(_t.Stable());
        Assert.Equal(GroupState.Empty, _t.Group.State);
    }

    [Fact]
    public void An_id_that_was_given_out_can_leave_before_it_joins()
    {
        var pending = _t.Ask<JoinResult>(_t.JoinCommand(knownId: true)).MemberId;
        Assert.Equal(ErrorCode.None, Assert.Single(_t.Leave(pending).Members).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Answer<JoinResult>(_t.Join(pending)).Error);
        Assert.True(_t.Group.IsForgettable);
    }

    [Fact]
    public void A_member_that_leaves_while_its_join_waits_has_it_answered()
    {
        var ids = _t.Stable();
        var waiting = _t.Join(ids[0]);
        _t.Leave(ids[0]);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Answer<JoinResult>(waiting).Error);
    }

    [Fact]
    public void Members_of_a_loaded_group_have_a_full_session()
    {
        var ids = _t.Stable();
        _t.Advance(9_999);
        _t.Reload();
        Assert.Equal(GroupState.Stable, _t.Group.State);
        _t.Advance(9_999);
        Assert.Equal(ErrorCode.None, _t.Heartbeat(ids[0], 1));
        _t.Advance(1);
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Heartbeat(ids[0], 1));
        Assert.Equal(1, _t.Group.MemberCount);
    }
}
