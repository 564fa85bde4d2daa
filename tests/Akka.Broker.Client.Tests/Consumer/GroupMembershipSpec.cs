using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class GroupMembershipSpec
{
    private static readonly TopicPartition T0 = new("t", 0);
    private static readonly TopicPartition T1 = new("t", 1);
    private static readonly TopicPartition T2 = new("t", 2);

    [Fact]
    public void A_member_joins_syncs_and_keeps_itself_alive()
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0, T1);

        Assert.Equal(MembershipState.Stable, group.Machine.State);
        Assert.Equal((1, "m"), (group.Machine.Generation, group.Machine.MemberId));
        var beat = group.Beat();
        Assert.Equal((1, "m"), (beat.Request.GenerationId, beat.Request.MemberId));
        group.ExpectNothing();
        group.Beat();
    }

    [Fact]
    public void A_member_that_is_asked_for_an_id_joins_with_the_one_that_it_got()
    {
        var group = new GroupMembershipTestContext();
        group.Do(m => m.Subscribe(["t"], group.Now));
        group.Find();
        var join = group.Expect<SendJoin>();
        Assert.Equal("", join.Request.MemberId);
        group.Do(m => m.OnJoined(join.Number, new JoinGroupResponse { ErrorCode = ErrorCode.MemberIdRequired, MemberId = "given" }, group.Now));

        Assert.Equal("given", group.Expect<SendJoin>().Request.MemberId);
    }

    [Fact]
    public void The_leader_divides_the_partitions_for_all()
    {
        var group = new GroupMembershipTestContext("range");
        group.Do(m => m.Subscribe(["t"], group.Now));
        group.Find();
        var join = group.Expect<SendJoin>();
        var answer = new JoinGroupResponse { GenerationId = 3, MemberId = "m", Leader = "m", ProtocolName = "range" };
        foreach (var member in new[] { "m", "other" })
            answer.Members.Add(new() { MemberId = member, Metadata = join.Request.Protocols[0].Metadata });
        group.Do(m => m.OnJoined(join.Number, answer, group.Now));

        var compute = group.Expect<ComputeAssignment>();
        Assert.Equal(["m", "other"], compute.Members.Select(m => m.MemberId));
        group.Do(m => m.OnAssigned(compute.Number, new Dictionary<string, List<TopicPartition>> { ["m"] = [T0], ["other"] = [T1] }, group.Now));

        var sync = group.Expect<SendSync>();
        Assert.Equal([T1], ConsumerProtocol.DecodeAssignment(sync.Request.Assignments.Single(a => a.MemberId == "other").Assignment));
    }

    [Fact]
    public void An_eager_member_gives_up_all_before_it_joins_again()
    {
        var group = new GroupMembershipTestContext("range");
        group.BeStable(T0, T1);
        group.Beat(ErrorCode.RebalanceInProgress);

        var revoke = group.Expect<RevokePartitions>();
        Assert.Equal((2, false), (revoke.Partitions.Count, revoke.IsLost));
        group.ExpectNothing();
        group.Revoked(revoke);
        group.Join(2);
        group.Sync(T0);
        Assert.Equal([T0], group.Expect<AssignPartitions>().Added);
    }

    [Fact]
    public void A_cooperative_member_keeps_what_does_not_move()
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0, T1);
        group.Beat(ErrorCode.RebalanceInProgress);

        var join = group.Join(2);
        var subscription = ConsumerProtocol.DecodeSubscription("m", null, join.Request.Protocols[0].Metadata);
        Assert.Equal([T0, T1], subscription.Owned);
        Assert.Equal(1, subscription.Generation);
        group.Sync(T0, T2);

        Assert.Equal([T2], group.Expect<AssignPartitions>().Added);
        var revoke = group.Expect<RevokePartitions>();
        Assert.Equal([T1], revoke.Partitions);
        group.ExpectNothing();
        group.Revoked(revoke);
        // The group meets again, so that somebody gets what was given up.
        Assert.Equal([T0, T2], ConsumerProtocol.DecodeSubscription("m", null, group.Join(3).Request.Protocols[0].Metadata).Owned);
    }

    [Fact]
    public void Heartbeats_go_on_while_partitions_are_given_up()
    {
        var group = new GroupMembershipTestContext("range");
        group.BeStable(T0);
        group.Beat(ErrorCode.RebalanceInProgress);
        var revoke = group.Expect<RevokePartitions>();

        group.Beat(ErrorCode.RebalanceInProgress);
        group.Beat();
        group.ExpectNothing();
        group.Revoked(revoke);
        group.Expect<SendJoin>();
    }

    [Theory]
    [InlineData(ErrorCode.UnknownMemberId, "")]
    [InlineData(ErrorCode.IllegalGeneration, "m")]
    public void A_member_that_is_out_loses_its_partitions_and_joins_anew(ErrorCode error, string memberId)
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0);
        group.Beat(error);

        var lost = group.Expect<RevokePartitions>();
        Assert.True(lost.IsLost);
        Assert.Equal([T0], lost.Partitions);
        group.Revoked(lost);
        group.Advance(100);
        var join = group.Expect<SendJoin>();
        Assert.Equal(memberId, join.Request.MemberId);
        Assert.Empty(ConsumerProtocol.DecodeSubscription("m", null, join.Request.Protocols[0].Metadata).Owned);
    }

    [Fact]
    public void A_coordinator_that_moved_is_looked_for_and_nothing_is_lost()
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0);
        group.Beat(ErrorCode.NotCoordinator);
        Assert.Null(group.Machine.Coordinator);
        group.ExpectNothing();

        group.Advance(100);
        group.Find(coordinator: 2);
        Assert.Equal(2, group.Expect<SendHeartbeat>().Coordinator);
        Assert.Equal(MembershipState.Stable, group.Machine.State);
        Assert.Contains(T0, group.Machine.Owned);
    }

    [Fact]
    public void A_silent_coordinator_is_looked_for_anew_when_the_session_is_over()
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0);
        group.Advance(1_000);
        group.Expect<SendHeartbeat>();

        group.Advance(9_000);
        group.Advance(100);
        group.Find(coordinator: 3);
        Assert.Equal(3, group.Machine.Coordinator);
    }

    [Fact]
    public void Joining_is_tried_again_at_the_new_coordinator()
    {
        var group = new GroupMembershipTestContext();
        group.Do(m => m.Subscribe(["t"], group.Now));
        group.Find();
        var join = group.Expect<SendJoin>();
        group.Do(m => m.OnJoined(join.Number, null, group.Now));
        group.Advance(100);
        group.Find(coordinator: 2);
        Assert.Equal(2, group.Expect<SendJoin>().Coordinator);
    }

    [Fact]
    public void A_late_answer_to_an_old_question_changes_nothing()
    {
        var group = new GroupMembershipTestContext();
        group.Do(m => m.Subscribe(["t"], group.Now));
        group.Find();
        var join = group.Expect<SendJoin>();
        group.Do(m => m.OnJoined(join.Number, null, group.Now));
        group.Do(m => m.OnJoined(join.Number, new JoinGroupResponse { GenerationId = 9, MemberId = "m", Leader = "x" }, group.Now));

        Assert.Equal(MembershipState.Joining, group.Machine.State);
        Assert.Equal(GroupMembership.NoGeneration, group.Machine.Generation);
    }

    [Fact]
    public void A_static_member_says_its_name_and_stays_when_it_is_closed()
    {
        var group = new GroupMembershipTestContext(instanceId: "i");
        group.BeStable(T0);
        Assert.Equal("i", group.Beat().Request.GroupInstanceId);
        group.Do(m => m.Leave(group.Now));

        group.Revoked(group.Expect<RevokePartitions>());
        group.Expect<MembershipEnded>();
    }

    [Fact]
    public void A_member_gives_up_its_partitions_before_it_leaves()
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0);
        group.Do(m => m.Leave(group.Now));

        var revoke = group.Expect<RevokePartitions>();
        Assert.Equal([T0], revoke.Partitions);
        group.ExpectNothing();
        group.Revoked(revoke);
        var leave = group.Expect<SendLeave>();
        Assert.Equal("m", leave.Request.Members.Single().MemberId);
        group.Do(m => m.OnLeft(leave.Number, group.Now));
        group.Expect<MembershipEnded>();
    }

    [Fact]
    public void A_member_whose_place_was_taken_ends_with_the_reason()
    {
        var group = new GroupMembershipTestContext(instanceId: "i");
        group.BeStable(T0);
        group.Beat(ErrorCode.FencedInstanceId);

        Assert.True(group.Expect<RevokePartitions>().IsLost);
        Assert.Equal(ErrorCode.FencedInstanceId, group.Expect<MembershipFailed>().Error);
        Assert.Equal(long.MaxValue, group.Machine.WakeAtMs);
    }

    [Fact]
    public void A_change_of_topics_while_joining_is_carried_out_afterwards()
    {
        var group = new GroupMembershipTestContext();
        group.Do(m => m.Subscribe(["t"], group.Now));
        group.Find();
        var join = group.Expect<SendJoin>();
        group.Do(m => m.OnJoined(join.Number, new JoinGroupResponse { GenerationId = 1, MemberId = "m", Leader = "o", ProtocolName = "cooperative-sticky" }, group.Now));
        group.Do(m => m.Subscribe(["u"], group.Now));
        group.Sync(T0);

        Assert.Equal([T0], group.Expect<AssignPartitions>().Added);
        // Topic t is wanted no more.
        group.Revoked(group.Expect<RevokePartitions>());
        Assert.Equal(["u"], ConsumerProtocol.DecodeSubscription("m", null, group.Expect<SendJoin>().Request.Protocols[0].Metadata).Topics);
    }

    [Fact]
    public void A_change_of_topics_while_a_join_is_under_way_is_carried_out_afterwards()
    {
        var group = new GroupMembershipTestContext();
        group.Do(m => m.Subscribe(["t"], group.Now));
        group.Find();
        var join = group.Expect<SendJoin>();
        group.Do(m => m.Subscribe(["t", "u"], group.Now));
        group.Do(m => m.OnJoined(join.Number, new JoinGroupResponse { GenerationId = 1, MemberId = "m", Leader = "o", ProtocolName = "cooperative-sticky" }, group.Now));
        group.Sync(T0);

        Assert.Equal([T0], group.Expect<AssignPartitions>().Added);
        Assert.Equal(["t", "u"], ConsumerProtocol.DecodeSubscription("m", null, group.Expect<SendJoin>().Request.Protocols[0].Metadata).Topics);
    }

    [Fact]
    public void A_commit_refused_for_an_old_generation_does_not_end_the_new_one()
    {
        var group = new GroupMembershipTestContext();
        group.BeStable(T0);
        group.Do(m => m.OnCommitRefused(ErrorCode.IllegalGeneration, generation: 0, group.Now));
        Assert.Equal(MembershipState.Stable, group.Machine.State);

        group.Do(m => m.OnCommitRefused(ErrorCode.IllegalGeneration, generation: 1, group.Now));
        Assert.True(group.Expect<RevokePartitions>().IsLost);
    }

    [Fact]
    public void A_consumer_that_only_commits_looks_for_the_coordinator_and_does_not_join()
    {
        var group = new GroupMembershipTestContext();
        group.Do(m => m.WantCoordinator(group.Now));
        group.Find(coordinator: 4);
        Assert.Equal((4, MembershipState.Idle), (group.Machine.Coordinator, group.Machine.State));
        group.ExpectNothing();
    }
}
