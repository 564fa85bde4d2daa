using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class JoinSpec
{
    private readonly GroupTestContext _t = new();

    [Theory]
    [InlineData(5_999, ErrorCode.InvalidSessionTimeout)]
    [InlineData(6_000, ErrorCode.None)]
    [InlineData(1_800_000, ErrorCode.None)]
    [InlineData(1_800_001, ErrorCode.InvalidSessionTimeout)]
    public void A_session_timeout_must_lie_within_the_limits(int sessionMs, ErrorCode expected)
    {
        var join = _t.Send(_t.JoinCommand(sessionMs: sessionMs));
        _t.Advance(3_000);
        Assert.Equal(expected, _t.Answer<JoinResult>(join).Error);
    }

    [Theory]
    [InlineData("", "range")]
    [InlineData("consumer", "")]
    public void A_join_without_protocol_type_or_protocols_is_refused(string type, string protocols) =>
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _t.Ask<JoinResult>(_t.JoinCommand(type: type, protocols: protocols)).Error);

    [Theory]
    [InlineData("consumer", "range", ErrorCode.None)]
    [InlineData("consumer", "sticky,range", ErrorCode.None)]
    [InlineData("consumer", "sticky", ErrorCode.InconsistentGroupProtocol)]
    [InlineData("connect", "range", ErrorCode.InconsistentGroupProtocol)]
    public void A_newcomer_must_share_a_protocol_with_all_members(string type, string protocols, ErrorCode expected)
    {
        var first = Assert.Single(_t.Stable(1));
        var join = _t.Send(_t.JoinCommand(type: type, protocols: protocols));
        if (expected == ErrorCode.None)
            _t.Join(first);
        Assert.Equal(expected, _t.Answer<JoinResult>(join).Error);
    }

    [Fact]
    public void An_empty_group_waits_for_more_members_and_again_while_they_come()
    {
        var first = _t.Join();
        _t.Advance(2_000);
        var second = _t.Join();
        _t.Advance(1_000);
        Assert.False(_t.IsAnswered(first));
        _t.Advance(2_999);
        Assert.False(_t.IsAnswered(second));
        _t.Advance(1);
        Assert.Equal(1, _t.Answer<JoinResult>(first).GenerationId);
        Assert.Equal(2, _t.Answer<JoinResult>(first).Members.Count);
        Assert.Empty(_t.Answer<JoinResult>(second).Members);
        Assert.Equal(GroupState.CompletingRebalance, _t.Group.State);
    }

    [Fact]
    public void The_initial_wait_is_not_prolonged_beyond_the_rebalance_timeout()
    {
        var first = _t.Send(_t.JoinCommand(rebalanceMs: 7_000));
        for (var i = 0; i < 6; i++)
        {
            Assert.False(_t.IsAnswered(first));
            _t.Advance(1_000);
            _t.Send(_t.JoinCommand(rebalanceMs: 7_000));
        }

        _t.Advance(1_000);
        Assert.Equal(7, _t.Answer<JoinResult>(first).Members.Count);
    }

    [Fact]
    public void A_dynamic_member_is_given_its_id_first_when_its_version_knows_that()
    {
        var refused = _t.Ask<JoinResult>(_t.JoinCommand(knownId: true));
        Assert.Equal(ErrorCode.MemberIdRequired, refused.Error);
        Assert.StartsWith("c-", refused.MemberId);
        var join = _t.Send(_t.JoinCommand(refused.MemberId, knownId: true));
        _t.Advance(3_000);
        Assert.Equal(refused.MemberId, _t.Answer<JoinResult>(join).MemberId);
        Assert.Equal(ErrorCode.None, _t.Answer<JoinResult>(join).Error);
    }

    [Fact]
    public void A_static_member_joins_at_once_with_an_id_made_of_its_instance()
    {
        var join = _t.Send(_t.JoinCommand(instance: "i1", knownId: true));
        _t.Advance(3_000);
        Assert.StartsWith("i1-", _t.Answer<JoinResult>(join).MemberId);
    }

    [Fact]
    public void A_rebalance_waits_for_ids_given_out_until_they_expire()
    {
        var first = Assert.Single(_t.Stable(1));
        Assert.Equal(ErrorCode.MemberIdRequired, _t.Ask<JoinResult>(_t.JoinCommand(knownId: true)).Error);
        var rejoin = _t.Join(first);
        Assert.False(_t.IsAnswered(rejoin));
        _t.Advance(GroupTestContext.SessionMs);
        Assert.Equal(2, _t.Answer<JoinResult>(rejoin).GenerationId);
    }

    [Fact]
    public void A_member_id_that_nobody_knows_is_refused()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Ask<JoinResult>(_t.JoinCommand("nobody")).Error);
        _t.Stable(1);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Ask<JoinResult>(_t.JoinCommand("nobody")).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Ask<JoinResult>(_t.JoinCommand("nobody", instance: "i")).Error);
    }

    [Fact]
    public void A_newcomer_starts_a_rebalance_that_ends_when_all_have_joined()
    {
        var ids = _t.Stable();
        var newcomer = _t.Join();
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Heartbeat(ids[0], 1));
        _t.Join(ids[1]);
        Assert.False(_t.IsAnswered(newcomer));
        var leader = _t.Join(ids[0]);
        Assert.Equal(3, _t.Answer<JoinResult>(leader).Members.Count);
        Assert.Equal(2, _t.Answer<JoinResult>(newcomer).GenerationId);
    }

    [Fact]
    public void Who_does_not_rejoin_within_the_longest_rebalance_timeout_is_out()
    {
        var ids = _t.Stable();
        var newcomer = _t.Join();
        _t.Join(ids[0]);
        for (var i = 0; i < 12; i++)
        {
            Assert.False(_t.IsAnswered(newcomer));
            _t.Heartbeat(ids[1], 1);
            _t.Advance(5_000);
        }

        Assert.Equal(ErrorCode.None, _t.Answer<JoinResult>(newcomer).Error);
        Assert.Equal(2, _t.Group.MemberCount);
        Assert.Equal(ErrorCode.UnknownMemberId, _t.Heartbeat(ids[1], 1));
    }

    [Fact]
    public void A_leader_that_does_not_rejoin_loses_the_lead()
    {
        var ids = _t.Stable();
        _t.Join();
        var follower = _t.Join(ids[1]);
        _t.Leave(ids[0]);
        Assert.Equal(2, _t.Answer<JoinResult>(follower).Members.Count);
        Assert.Equal(ids[1], _t.Answer<JoinResult>(follower).LeaderId);
    }

    [Fact]
    public void A_follower_that_rejoins_unchanged_gets_the_current_generation()
    {
        var ids = _t.Stable();
        var rejoined = _t.Answer<JoinResult>(_t.Join(ids[1]));
        Assert.Equal(1, rejoined.GenerationId);
        Assert.Equal(ids[0], rejoined.LeaderId);
        Assert.Empty(rejoined.Members);
        Assert.Equal(GroupState.Stable, _t.Group.State);
    }

    [Fact]
    public void A_leader_that_rejoins_unchanged_starts_a_rebalance()
    {
        var ids = _t.Stable();
        Assert.False(_t.IsAnswered(_t.Join(ids[0])));
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Theory]
    [InlineData("range", "other")]
    [InlineData("range,sticky", "t")]
    public void A_follower_that_changed_starts_a_rebalance(string protocols, string topics)
    {
        var ids = _t.Stable();
        Assert.False(_t.IsAnswered(_t.Join(ids[1], protocols: protocols, topics: topics)));
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Fact]
    public void While_the_leader_assigns_a_member_that_rejoins_unchanged_gets_the_same_answer_again()
    {
        var first = _t.Join();
        _t.Join();
        _t.Advance(6_000);
        var leader = _t.Answer<JoinResult>(first).MemberId;
        var again = _t.Answer<JoinResult>(_t.Join(leader));
        Assert.Equal(2, again.Members.Count);
        Assert.Equal(1, again.GenerationId);
    }

    [Fact]
    public void While_the_leader_assigns_a_member_that_changed_restarts_the_rebalance()
    {
        var first = _t.Join();
        var second = _t.Join();
        _t.Advance(6_000);
        var waiting = _t.Sync(_t.Answer<JoinResult>(second).MemberId, 1);
        _t.Join(_t.Answer<JoinResult>(first).MemberId, protocols: "range,sticky");
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Answer<SyncResult>(waiting).Error);
        Assert.Equal(GroupState.PreparingRebalance, _t.Group.State);
    }

    [Theory]
    [InlineData("a,b|a,b|b,a", "a")]
    [InlineData("a,b|b,a|b,a", "b")]
    [InlineData("a,b,c|c,b|b,c", "b")]
    [InlineData("x,a|y,a", "a")]
    [InlineData("a,b|b,a", "a")]
    public void Members_vote_for_the_protocol(string preferences, string expected)
    {
        var joins = preferences.Split('|').Select(p => _t.Join(protocols: p)).ToArray();
        _t.Advance(6_000);
        Assert.All(joins, j => Assert.Equal(expected, _t.Answer<JoinResult>(j).ProtocolName));
    }

    [Fact]
    public void A_protocol_named_twice_counts_once()
    {
        var first = _t.Join(protocols: "a,a,b");
        var second = _t.Join(protocols: "b");
        _t.Advance(6_000);
        Assert.Equal("b", _t.Answer<JoinResult>(first).ProtocolName);
        _t.Leave(_t.Answer<JoinResult>(first).MemberId, _t.Answer<JoinResult>(second).MemberId);
        Assert.Equal(0, _t.Group.MemberCount);
    }

    [Fact]
    public void A_newcomer_whose_client_is_gone_does_not_wait_for_ever()
    {
        var ids = _t.Stable(1);
        var newcomer = _t.Send(_t.JoinCommand(rebalanceMs: 3_600_000));
        for (var i = 0; i < 60; i++)
        {
            Assert.False(_t.IsAnswered(newcomer));
            _t.Heartbeat(ids[0], 1);
            _t.Advance(5_000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, _t.Answer<JoinResult>(newcomer).Error);
        Assert.Equal(1, _t.Group.MemberCount);
    }

    [Fact]
    public void A_repeated_join_takes_the_place_of_the_one_that_waits()
    {
        var ids = _t.Stable();
        var first = _t.Join(ids[0]);
        var again = _t.Join(ids[0]);
        Assert.Equal(ErrorCode.RebalanceInProgress, _t.Answer<JoinResult>(first).Error);
        _t.Join(ids[1]);
        Assert.Equal(2, _t.Answer<JoinResult>(again).GenerationId);
    }
}
