using System.Text;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class SyncSpec
{
    private readonly GroupTestContext _t = new();

    private string[] Joined(int members)
    {
        var joins = Enumerable.Range(0, members).Select(_ => _t.Join()).ToArray();
        _t.Advance(6_000);
        return [.. joins.Select(j => _t.Answer<JoinResult>(j).MemberId)];
    }

    private static string Text(SyncResult result) => Encoding.UTF8.GetString(result.Assignment.Span);

    [Fact]
    public void Everybody_waits_until_the_leaders_assignment_is_committed()
    {
        var ids = Joined(2);
        _t.HoldWrites = true;
        var follower = _t.Sync(ids[1], 1);
        var leader = _t.Sync(ids[0], 1, (ids[0], "x"), (ids[1], "y"));
        Assert.False(_t.IsAnswered(follower));
        Assert.False(_t.IsAnswered(leader));
        Assert.Equal(GroupState.CompletingRebalance, _t.Group.State);
        _t.CommitHeld();
        Assert.Equal("y", Text(_t.Answer<SyncResult>(follower)));
        Assert.Equal("x", Text(_t.Answer<SyncResult>(leader)));
        Assert.Equal("range", _t.Answer<SyncResult>(leader).ProtocolName);
        Assert.Equal(GroupState.Stable, _t.Group.State);
    }

    [Fact]
    public void A_member_that_syncs_late_gets_its_assignment_at_once()
    {
        var ids = Joined(2);
        _t.Sync(ids[0], 1, (ids[1], "y"));
        Assert.Equal("y", Text(_t.Answer<SyncResult>(_t.Sync(ids[1], 1))));
        Assert.Equal("", Text(_t.Answer<SyncResult>(_t.Sync(ids[0], 1))));
    }

    [Fact]
    public void The_record_holds_what_a_new_coordinator_needs()
    {
        var ids = Joined(2);
        _t.Sync(ids[0], 1, (ids[0], "x"), (ids[1], "y"), ("stranger", "z"));
        var stored = Assert.IsType<GroupMetadataRecord>(Assert.Single(_t.Log)).Value!;
        Assert.Equal(("consumer", 1, "range", ids[0]), (stored.ProtocolType, stored.GenerationId, stored.ProtocolName, stored.LeaderId));
        Assert.Equal(["x", "y"], stored.Members.Select(m => Encoding.UTF8.GetString(m.Assignment.Span)));
        Assert.All(stored.Members, m => Assert.Equal(GroupTestContext.Subscription("t"), m.Subscription.ToArray()));
        Assert.All(stored.Members, m => Assert.Equal((GroupTestContext.RebalanceMs, GroupTestContext.SessionMs), (m.RebalanceTimeoutMs, m.SessionTimeoutMs)));
    }

    public static TheoryData<int, string?, string?, ErrorCode> Mismatches => new()
    {
        { 0, null, null, ErrorCode.IllegalGeneration },
        { 2, null, null, ErrorCode.IllegalGeneration },
        { 1, "connect", "range", ErrorCode.InconsistentGroupProtocol },
        { 1, "consumer", "sticky", ErrorCode.InconsistentGroupProtocol },
        { 1, "consumer", "range", ErrorCode.None },
        { 1, null, null, ErrorCode.None },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Generation_and_protocol_must_be_the_groups(int generation, string? type, string? name, ErrorCode expected)
    {
        var id = Assert.Single(_t.Stable(1));
        Assert.Equal(expected, _t.Ask<SyncResult>(new SyncCommand(id, null, generation, type, name, [])).Error);
    }

    [Fact]
    public void In_the_join_phase_a_sync_is_told_to_join()
    {
        var ids = _t.Stable();
        _t.Join();
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Answer<SyncResult>(_t.Sync(ids[1], 1)).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Answer<SyncResult>(_t.Sync("nobody", 1)).Error);
    }

    [Fact]
    public void A_refused_assignment_fails_the_waiting_and_rebalances()
    {
        var ids = Joined(2);
        _t.HoldWrites = true;
        var follower = _t.Sync(ids[1], 1);
        var leader = _t.Sync(ids[0], 1);
        _t.RefuseNext(ErrorCode.UnknownServerError);
        Assert.Equal(ErrorCode.UnknownServerError, _t.Answer<SyncResult>(follower).Error);
        Assert.Equal(ErrorCode.UnknownServerError, _t.Answer<SyncResult>(leader).Error);
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Fact]
    public void An_assignment_that_commits_after_its_generation_is_over_changes_nothing()
    {
        var ids = Joined(1);
        _t.HoldWrites = true;
        var sync = _t.Sync(ids[0], 1, (ids[0], "x"));
        _t.Join();
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Answer<SyncResult>(sync).Error);
        _t.CommitHeld();
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Fact]
    public void Who_does_not_sync_within_the_rebalance_timeout_is_out()
    {
        var ids = Joined(2);
        var waiting = _t.Sync(ids[1], 1);
        for (var i = 0; i < 12; i++)
        {
            Assert.False(_t.IsAnswered(waiting));
            Assert.Equal(ErrorCode.None, _t.Heartbeat(ids[0], 1));
            _t.Advance(5_000);
        }

        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Answer<SyncResult>(waiting).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat(ids[0], 1));
        Assert.Equal(1, _t.Group.MemberCount);
    }

    [Fact]
    public void In_a_stable_group_too_who_never_synced_is_out_in_the_end()
    {
        var ids = Joined(2);
        _t.Sync(ids[0], 1);
        for (var i = 0; i < 12; i++)
        {
            _t.Heartbeat(ids[0], 1);
            _t.Heartbeat(ids[1], 1);
            _t.Advance(5_000);
        }

        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
        Assert.Equal(1, _t.Group.MemberCount);
    }

    [Fact]
    public void A_member_that_waits_for_its_assignment_needs_no_heartbeat()
    {
        var ids = Joined(2);
        var waiting = _t.Sync(ids[1], 1);
        for (var i = 0; i < 5; i++)
        {
            _t.Advance(9_000);
            _t.Heartbeat(ids[0], 1);
        }

        Assert.False(_t.IsAnswered(waiting));
        _t.Sync(ids[0], 1, (ids[1], "y"));
        Assert.Equal("y", Text(_t.Answer<SyncResult>(waiting)));
        _t.Advance(9_999);
        Assert.Equal(ErrorCode.None, _t.Heartbeat(ids[1], 1));
    }
}
