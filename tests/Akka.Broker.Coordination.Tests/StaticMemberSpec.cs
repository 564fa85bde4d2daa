using System.Text;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class StaticMemberSpec
{
    private readonly GroupTestContext _t = new();

    [Fact]
    public void A_restart_in_a_stable_group_takes_the_assignment_over_without_a_rebalance()
    {
        var ids = _t.Stable(instance: i => $"i{i}");
        var restarted = _t.Ask<JoinResult>(_t.JoinCommand(instance: "i1"));
        Assert.Equal(ErrorCode.None, restarted.Error);
        Assert.NotEqual(ids[1], restarted.MemberId);
        Assert.Equal(1, restarted.GenerationId);
        Assert.Equal(GroupState.Stable, _t.Group.State);
        var sync = _t.Answer<SyncResult>(_t.Sync(restarted.MemberId, 1));
        Assert.Equal("a1", Encoding.UTF8.GetString(sync.Assignment.Span));
        var stored = Assert.IsType<GroupMetadataRecord>(_t.Log[^1]).Value!;
        Assert.Contains(stored.Members, m => m.MemberId == restarted.MemberId && m.InstanceId == "i1");
        Assert.DoesNotContain(stored.Members, m => m.MemberId == ids[1]);
    }

    [Fact]
    public void The_old_incarnation_is_fenced_everywhere()
    {
        var ids = _t.Stable(instance: i => $"i{i}");
        _t.Ask<JoinResult>(_t.JoinCommand(instance: "i1"));
        Assert.Equal(ErrorCode.FencedInstanceId, _t.Heartbeat(ids[1], 1, "i1"));
        Assert.Equal(ErrorCode.FencedInstanceId, _t.Ask<JoinResult>(_t.JoinCommand(ids[1], "i1")).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, _t.Ask<SyncResult>(new SyncCommand(ids[1], "i1", 1, null, null, [])).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, Assert.Single(_t.Ask<CommitOffsetsResult>(
            GroupTestContext.CommitCommand(ids[1], 1) with { InstanceId = "i1" }).Errors));
        Assert.Equal(ErrorCode.FencedInstanceId, Assert.Single(_t.Ask<LeaveResult>(
            new LeaveCommand([new LeavingMember(ids[1], "i1", null)])).Members).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat(ids[1], 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_leader_that_restarts_learns_that_it_leads_only_if_it_can_skip_the_assignment(bool canSkip)
    {
        var ids = _t.Stable(instance: i => $"i{i}");
        var restarted = _t.Ask<JoinResult>(_t.JoinCommand(instance: "i0", skip: canSkip));
        Assert.Equal(canSkip, restarted.SkipAssignment);
        Assert.Equal(canSkip ? restarted.MemberId : ids[0], restarted.LeaderId);
        Assert.Equal(canSkip ? 2 : 0, restarted.Members.Count);
    }

    [Fact]
    public void A_restart_that_changes_the_vote_rebalances()
    {
        _t.Stable(2, "a,b", instance: i => $"i{i}");
        var restart = _t.Join(instance: "i1", protocols: "b");
        Assert.False(_t.IsAnswered(restart));
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Fact]
    public void A_restart_while_the_leader_assigns_rebalances_and_fences_the_waiting_sync()
    {
        var joins = new[] { _t.Join(instance: "i0"), _t.Join(instance: "i1") };
        _t.Advance(6_000);
        var waiting = _t.Sync(_t.Answer<JoinResult>(joins[1]).MemberId, 1);
        _t.Join(instance: "i1");
        Assert.Equal(ErrorCode.FencedInstanceId, _t.Answer<SyncResult>(waiting).Error);
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Fact]
    public void A_restart_in_the_join_phase_fences_the_waiting_join_and_waits_in_its_place()
    {
        var first = _t.Join(instance: "i0");
        var again = _t.Join(instance: "i0");
        Assert.Equal(ErrorCode.FencedInstanceId, _t.Answer<JoinResult>(first).Error);
        _t.Advance(3_000);
        Assert.Equal(ErrorCode.None, _t.Answer<JoinResult>(again).Error);
        Assert.Equal(1, _t.Group.MemberCount);
    }

    [Fact]
    public void A_restart_before_the_first_generation_waits_no_longer_than_a_newcomer_may()
    {
        var ids = _t.Stable(1);
        _t.Send(_t.JoinCommand(instance: "i1", rebalanceMs: 3_600_000));
        var again = _t.Send(_t.JoinCommand(instance: "i1", rebalanceMs: 3_600_000));
        for (var i = 0; i < 60; i++)
        {
            Assert.False(_t.IsAnswered(again));
            _t.Heartbeat(ids[0], 1);
            _t.Advance(5_000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, _t.Answer<JoinResult>(again).Error);
    }

    [Fact]
    public void A_rebalance_that_begins_while_a_restart_is_stored_takes_the_member_along()
    {
        var ids = _t.Stable(instance: i => i == 0 ? "i0" : null);
        _t.HoldWrites = true;
        var restart = _t.Join(instance: "i0");
        var newcomer = _t.Join();
        _t.CommitHeld();
        Assert.False(_t.IsAnswered(restart));
        _t.Join(ids[1]);
        Assert.Equal(2, _t.Answer<JoinResult>(restart).GenerationId);
        Assert.Equal(2, _t.Answer<JoinResult>(newcomer).GenerationId);
    }

    [Fact]
    public void A_restart_that_cannot_be_stored_ends_in_a_rebalance()
    {
        _t.Stable(instance: i => $"i{i}");
        _t.HoldWrites = true;
        var restart = _t.Join(instance: "i1");
        _t.RefuseNext(ErrorCode.CoordinatorNotAvailable);
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
        Assert.False(_t.IsAnswered(restart));
    }

    [Fact]
    public void A_static_member_that_does_not_rejoin_keeps_its_place_until_its_session_ends()
    {
        var ids = _t.Stable(instance: i => i == 1 ? "i1" : null);
        var newcomer = _t.Send(_t.JoinCommand(rebalanceMs: 4_000));
        _t.Send(_t.JoinCommand(ids[0], rebalanceMs: 4_000));
        _t.Advance(9_999);
        Assert.Equal(3, _t.Group.MemberCount);
        Assert.False(_t.IsAnswered(newcomer));
        _t.Advance(1);
        Assert.Equal(2, _t.Group.MemberCount);
        Assert.Equal(2, _t.Answer<JoinResult>(newcomer).GenerationId);
    }

    [Fact]
    public void An_operator_removes_a_static_member_by_its_instance()
    {
        _t.Stable(instance: i => $"i{i}");
        var left = _t.Ask<LeaveResult>(new LeaveCommand([new LeavingMember("", "i1", "retired"), new LeavingMember("", "i9", null)]));
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownMemberId], left.Members.Select(m => m.Error));
        Assert.Equal(1, _t.Group.MemberCount);
    }
}
