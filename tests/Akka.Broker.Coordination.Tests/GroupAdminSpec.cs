using System.Text;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class GroupAdminSpec
{
    private readonly GroupTestContext _t = new();

    [Fact]
    public void A_group_with_members_cannot_be_deleted()
    {
        _t.Stable();
        Assert.Equal(ErrorCode.NonEmptyGroup, _t.Ask<DeleteGroupResult>(new DeleteGroupCommand()).Error);
    }

    [Fact]
    public void A_deleted_group_leaves_tombstones_for_all_it_had()
    {
        var ids = _t.Stable();
        _t.Commit(ids[0], 1, partition: 0);
        _t.Commit(ids[0], 1, partition: 1);
        _t.Leave(ids);
        var before = _t.Log.Count;
        Assert.Equal(ErrorCode.None, _t.Ask<DeleteGroupResult>(new DeleteGroupCommand()).Error);
        Assert.Equal(
            [
                new OffsetRecord("g", new TopicPartition("t", 0), null),
                new OffsetRecord("g", new TopicPartition("t", 1), null),
                new GroupMetadataRecord("g", null),
            ],
            _t.Log[before..]);
        Assert.Equal(GroupState.Dead, _t.Group.State);
        Assert.True(_t.Group.IsForgettable);
        _t.Reload();
        Assert.True(_t.Group.IsForgettable);
        Assert.Equal(GroupState.Empty, _t.Group.State);
    }

    [Fact]
    public void While_its_delete_is_under_way_a_group_takes_nothing_in()
    {
        _t.Commit();
        _t.HoldWrites = true;
        var delete = _t.Send(new DeleteGroupCommand());
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _t.Commit());
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _t.Ask<JoinResult>(_t.JoinCommand()).Error);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _t.Heartbeat("m", 1));
        Assert.Equal(-1, _t.Fetch().Offset);
        Assert.Equal(ErrorCode.GroupIdNotFound, _t.Ask<DeleteGroupResult>(new DeleteGroupCommand()).Error);
        Assert.False(_t.Group.IsForgettable);
        _t.CommitHeld();
        Assert.Equal(ErrorCode.None, _t.Answer<DeleteGroupResult>(delete).Error);
        Assert.True(_t.Group.IsForgettable);
    }

    [Fact]
    public void A_delete_that_is_refused_leaves_the_group_as_it_was()
    {
        _t.Commit();
        _t.HoldWrites = true;
        var delete = _t.Send(new DeleteGroupCommand());
        _t.RefuseNext(ErrorCode.CoordinatorNotAvailable);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _t.Answer<DeleteGroupResult>(delete).Error);
        Assert.Equal(1, _t.Fetch().Offset);
    }

    [Fact]
    public void A_delete_covers_the_commit_that_is_under_way()
    {
        _t.HoldWrites = true;
        _t.Send(GroupTestContext.CommitCommand());
        _t.Send(new DeleteGroupCommand());
        _t.CommitHeld();
        _t.Reload();
        Assert.Equal(-1, _t.Fetch().Offset);
    }

    [Fact]
    public void A_group_with_very_many_offsets_is_deleted_by_several_writes()
    {
        for (var i = 0; i < 2_500; i++)
            _t.Commit(partition: i);
        _t.HoldWrites = true;
        var delete = _t.Send(new DeleteGroupCommand());
        Assert.Equal(1, _t.WritesHeld);
        _t.CommitHeld();
        Assert.Equal(ErrorCode.None, _t.Answer<DeleteGroupResult>(delete).Error);
        Assert.Equal(2 * 2_500, _t.Log.Count);
        _t.Reload();
        Assert.True(_t.Group.IsForgettable);
    }

    [Fact]
    public void A_stable_group_is_described_with_what_its_members_read_and_were_given()
    {
        var ids = _t.Stable(instance: i => i == 1 ? "i1" : null);
        var described = _t.Ask<GroupDescription>(new DescribeGroupCommand());
        Assert.Equal(("Stable", "consumer", "range"), (described.State, described.ProtocolType, described.ProtocolName));
        Assert.Equal(ids, described.Members.Select(m => m.MemberId));
        Assert.Equal([null, "i1"], described.Members.Select(m => m.InstanceId));
        Assert.Equal(["a0", "a1"], described.Members.Select(m => Encoding.UTF8.GetString(m.Assignment.Span)));
        Assert.All(described.Members, m => Assert.Equal(("c", "/10.0.0.1"), (m.ClientId, m.ClientHost)));
    }

    [Fact]
    public void A_group_in_a_rebalance_is_described_without_metadata()
    {
        _t.Stable();
        _t.Join();
        var described = _t.Ask<GroupDescription>(new DescribeGroupCommand());
        Assert.Equal(("PreparingRebalance", "consumer", ""), (described.State, described.ProtocolType, described.ProtocolName));
        Assert.All(described.Members, m => Assert.True(m.Assignment.IsEmpty && m.Metadata.IsEmpty));
    }

    [Fact]
    public void A_listing_names_kind_and_state()
    {
        Assert.Equal(new GroupListing("g", "", GroupState.Empty), _t.Group.Listing);
        _t.Stable();
        Assert.Equal(new GroupListing("g", "consumer", GroupState.Stable), _t.Group.Listing);
    }

    public static TheoryData<GroupCommand, ErrorCode, ErrorCode> Failures => new()
    {
        { new HeartbeatCommand("m", null, 1), ErrorCode.CoordinatorLoadInProgress, ErrorCode.None },
        { new HeartbeatCommand("m", null, 1), ErrorCode.NotCoordinator, ErrorCode.NotCoordinator },
        { new SyncCommand("m", null, 1, null, null, []), ErrorCode.CoordinatorLoadInProgress, ErrorCode.RebalanceInProgress },
        { new SyncCommand("m", null, 1, null, null, []), ErrorCode.NotCoordinator, ErrorCode.NotCoordinator },
        { new LeaveCommand([]), ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorLoadInProgress },
        { new DescribeGroupCommand(), ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorLoadInProgress },
        { new FetchOffsetsCommand(null, false), ErrorCode.NotCoordinator, ErrorCode.NotCoordinator },
        { GroupTestContext.CommitCommand(), ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorLoadInProgress },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void What_a_coordinator_that_cannot_ask_the_group_answers(GroupCommand command, ErrorCode error, ErrorCode expected) =>
        Assert.Equal(expected, command.Fail(error) switch
        {
            HeartbeatResult r => r.Error,
            SyncResult r => r.Error,
            LeaveResult r => r.Error,
            GroupDescription r => r.Error,
            FetchOffsetsResult r => r.Error,
            CommitOffsetsResult r => r.Errors[0],
            _ => ErrorCode.UnknownServerError,
        });

    [Theory]
    [InlineData("", 50, 0)]
    [InlineData("g", 50, 3)]
    [InlineData("my-group", 50, 12)]
    [InlineData("console-consumer-12345", 50, 6)]
    [InlineData("polygenelubricants", 50, 0)]
    public void The_offsets_partition_follows_from_javas_hash_of_the_group_id(string groupId, int partitions, int expected) =>
        Assert.Equal(expected, OffsetsTopic.PartitionFor(groupId, partitions));

    [Fact]
    public void Each_transition_of_the_drawing_is_allowed_and_no_other()
    {
        (GroupState From, GroupState To)[] drawn =
        [
            (GroupState.Empty, GroupState.PreparingRebalance),
            (GroupState.Empty, GroupState.Dead),
            (GroupState.PreparingRebalance, GroupState.Empty),
            (GroupState.PreparingRebalance, GroupState.CompletingRebalance),
            (GroupState.CompletingRebalance, GroupState.PreparingRebalance),
            (GroupState.CompletingRebalance, GroupState.Stable),
            (GroupState.Stable, GroupState.PreparingRebalance),
        ];
        foreach (var from in Enum.GetValues<GroupState>())
        {
            foreach (var to in Enum.GetValues<GroupState>())
                Assert.Equal(drawn.Contains((from, to)), to.MayFollow(from));
        }
    }
}
