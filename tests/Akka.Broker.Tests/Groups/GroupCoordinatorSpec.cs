using Akka.Actor;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Groups;
using Akka.Broker.Groups.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Groups;

public sealed class GroupCoordinatorSpec : IDisposable
{
    private readonly GroupsTestContext _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Members_join_sync_heartbeat_commit_and_leave()
    {
        var first = new GroupClient(_node);
        var second = new GroupClient(_node);
        await first.EnterAsync();
        Assert.Equal(first.MemberId, first.Assignment);
        var secondJoins = second.JoinAsync();
        while (await first.HeartbeatAsync() == ErrorCode.None)
        {
        }

        var firstJoined = await first.JoinAsync();
        var secondJoined = await secondJoins;
        Assert.Equal(2, firstJoined.Members.Count);
        Assert.Equal(2, secondJoined.GenerationId);
        var secondSyncs = second.SyncAsync(secondJoined);
        Assert.Equal(ErrorCode.None, await first.SyncAsync(firstJoined));
        Assert.Equal(ErrorCode.None, await secondSyncs);
        Assert.Equal(second.MemberId, second.Assignment);
        Assert.Equal(ErrorCode.None, await second.CommitAsync(7));
        Assert.Equal((ErrorCode.None, 7), await second.FetchAsync());
        Assert.Equal(ErrorCode.None, await second.LeaveAsync());
        Assert.Equal(ErrorCode.RebalanceInProgress, await first.HeartbeatAsync());
    }

    [Fact]
    public async Task A_member_that_falls_silent_is_dropped_by_the_clock()
    {
        var silent = new GroupClient(_node);
        var joined = await silent.JoinAsync(sessionTimeoutMs: 50);
        await silent.SyncAsync(joined);
        var other = await new GroupClient(_node).JoinAsync();
        Assert.Equal(ErrorCode.None, other.ErrorCode);
        Assert.Single(other.Members);
        Assert.Equal(ErrorCode.UnknownMemberId, await silent.HeartbeatAsync());
    }

    [Fact]
    public async Task Offsets_and_members_survive_a_new_coordinator()
    {
        var member = await new GroupClient(_node).EnterAsync();
        await member.CommitAsync(7);
        await _node.TakeOverAsync();
        Assert.Equal((ErrorCode.None, 7), await member.FetchAsync());
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await member.CommitAsync(8));
        await _node.TakeOverAsync();
        Assert.Equal((ErrorCode.None, 8), await member.FetchAsync());
    }

    [Fact]
    public async Task Nobody_sees_an_offset_before_the_watermark_has_passed_it()
    {
        var member = await new GroupClient(_node).EnterAsync();
        await member.CommitAsync(1);
        _node.Partition.Tell(new MemoryPartition.Hold());
        var commit = member.CommitAsync(2);
        Assert.Equal((ErrorCode.None, 1), await member.FetchAsync());
        Assert.False(commit.IsCompleted);
        _node.Partition.Tell(new MemoryPartition.Release());
        Assert.Equal(ErrorCode.None, await commit);
        Assert.Equal((ErrorCode.None, 2), await member.FetchAsync());
    }

    [Fact]
    public async Task Writes_that_queue_behind_one_go_in_one_batch()
    {
        await new GroupClient(_node, "warm").CommitAsync(1);
        _node.Partition.Tell(new MemoryPartition.Hold());
        var commits = Enumerable.Range(0, 50).Select(i => new GroupClient(_node, $"g{i}").CommitAsync(i)).ToArray();
        foreach (var i in Enumerable.Range(0, 50))
            Assert.Equal((ErrorCode.None, -1), await new GroupClient(_node, $"g{i}").FetchAsync());
        await _node.Coordinator.Ask<GroupsListed>(new ListGroups(0));
        _node.Partition.Tell(new MemoryPartition.Release());
        Assert.All(await Task.WhenAll(commits), e => Assert.Equal(ErrorCode.None, e));
        Assert.InRange(await _node.AskPartition<int>(new MemoryPartition.CountBatches()), 2, 4);
    }

    [Fact]
    public async Task A_write_that_was_refused_is_answered_and_the_group_lives_on()
    {
        var member = await new GroupClient(_node).EnterAsync();
        _node.Partition.Tell(new MemoryPartition.FailNext(ErrorCode.NotEnoughReplicas));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await member.CommitAsync(1));
        Assert.Equal((ErrorCode.None, -1), await member.FetchAsync());
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await member.CommitAsync(2));
    }

    [Fact]
    public async Task A_commit_larger_than_a_batch_may_be_is_refused_alone()
    {
        using var node = new GroupsTestContext(c => c with { OffsetMetadataMaxBytes = 100_000 });
        var client = new GroupClient(node);
        Assert.Equal(ErrorCode.InvalidCommitOffsetSize, await client.CommitAsync(1, metadata: new string('m', 20_000)));
        Assert.Equal(ErrorCode.None, await client.CommitAsync(2));
    }

    [Fact]
    public async Task After_a_write_of_unknown_fate_the_log_decides()
    {
        var member = await new GroupClient(_node).EnterAsync();
        await member.CommitAsync(1);
        _node.Partition.Tell(new MemoryPartition.LoseNext());
        Assert.Contains(await member.CommitAsync(2), new[] { ErrorCode.CoordinatorNotAvailable, ErrorCode.NotCoordinator });
        Assert.Equal((ErrorCode.None, 2), await FetchWhenLoaded(member));
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await member.CommitAsync(3));
    }

    [Fact]
    public async Task When_the_leadership_ends_who_waits_is_told_and_the_log_is_read_again()
    {
        var member = await new GroupClient(_node).EnterAsync();
        var waiting = new GroupClient(_node).JoinAsync();
        while (await member.HeartbeatAsync() == ErrorCode.None)
        {
        }

        await _node.AskPartition<object>(new MemoryPartition.Close());
        Assert.Equal(ErrorCode.NotCoordinator, (await waiting).ErrorCode);
        Assert.Equal((ErrorCode.None, -1), await FetchWhenLoaded(member));
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
    }

    [Fact]
    public async Task A_node_that_does_not_lead_is_no_coordinator()
    {
        var member = await new GroupClient(_node).EnterAsync();
        var topic = _node.Metadata.Current.Topics[InternalTopics.ConsumerOffsets];
        _node.Publish([new RemoveTopicRecord { TopicId = topic.Id }]);
        Assert.Equal(ErrorCode.NotCoordinator, await member.HeartbeatAsync());
        await _node.AskPartition<object>(new MemoryPartition.Close());
        ErrorCode error;
        do
        {
            error = (await _node.Coordinator.Ask<GroupsListed>(new ListGroups(0))).Error;
        }
        while (error is ErrorCode.None or ErrorCode.CoordinatorLoadInProgress);
        Assert.Equal(ErrorCode.NotCoordinator, error);
    }

    [Fact]
    public async Task Offsets_of_a_deleted_topic_are_forgotten()
    {
        using var watch = new OffsetsTopicWatch(GroupsTestContext.NodeId, _node.Metadata, _node.Coordinator);
        var client = new GroupClient(_node);
        await client.CommitAsync(1, "t");
        await client.CommitAsync(2, "old");
        _node.Publish([new RemoveTopicRecord { TopicId = _node.Metadata.Current.Topics["old"].Id }]);
        while (await client.FetchAsync("old") != (ErrorCode.None, -1))
        {
        }

        Assert.Equal((ErrorCode.None, 1), await client.FetchAsync("t"));
        await _node.TakeOverAsync();
        Assert.Equal((ErrorCode.None, -1), await client.FetchAsync("old"));
    }

    [Fact]
    public async Task A_group_with_nothing_to_remember_goes()
    {
        var client = new GroupClient(_node);
        await client.CommitAsync(1);
        var delete = new DeleteGroupsRequest { GroupsNames = ["g"] };
        Assert.Equal(ErrorCode.None, Assert.Single((await _node.Call(new DeleteGroupsHandler(_node.Router), delete)).Results).ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, Assert.Single((await _node.Call(new DeleteGroupsHandler(_node.Router), delete)).Results).ErrorCode);
        Assert.Equal(ErrorCode.None, await CommitWhenGone(client));
        Assert.Equal((ErrorCode.None, 5), await client.FetchAsync());
    }

    [Fact]
    public async Task Offsets_expire_by_the_clock_and_their_group_with_them()
    {
        using var node = new GroupsTestContext(c => c with { OffsetsRetentionMs = 1 }, expiryCheck: TimeSpan.FromMilliseconds(20));
        var client = new GroupClient(node);
        await client.CommitAsync(1);
        while (await client.FetchAsync() != (ErrorCode.None, -1))
        {
        }

        DescribeGroupsResponse described;
        do
        {
            described = await node.Call(new DescribeGroupsHandler(node.Router), new DescribeGroupsRequest { Groups = ["g"] });
        }
        while (described.Groups[0].ErrorCode == ErrorCode.None);
        Assert.Equal(ErrorCode.GroupIdNotFound, described.Groups[0].ErrorCode);
    }

    [Fact]
    public async Task When_a_group_fails_who_waits_is_answered_and_the_log_is_read_again()
    {
        var member = await new GroupClient(_node).EnterAsync();
        await member.CommitAsync(3);
        var failed = await _node.Coordinator.Ask<GroupResult>(new GroupRequest(0, "g", new UnheardOf()), TimeSpan.FromSeconds(20));
        Assert.Equal(new UnheardOfResult(ErrorCode.CoordinatorNotAvailable), failed);
        Assert.Equal((ErrorCode.None, 3), await FetchWhenLoaded(member));
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
    }

    private sealed record UnheardOf : GroupCommand
    {
        public override GroupResult Fail(ErrorCode error) => new UnheardOfResult(error);

        public override GroupResult AnswerWithoutGroup() => Fail(ErrorCode.GroupIdNotFound);
    }

    private sealed record UnheardOfResult(ErrorCode Error) : GroupResult;

    private static async Task<ErrorCode> CommitWhenGone(GroupClient client)
    {
        ErrorCode error;
        do
        {
            error = await client.CommitAsync(5);
        }
        while (error == ErrorCode.CoordinatorNotAvailable);
        return error;
    }

    private static async Task<(ErrorCode, long)> FetchWhenLoaded(GroupClient client)
    {
        (ErrorCode Error, long) fetched;
        do
        {
            fetched = await client.FetchAsync();
        }
        while (fetched.Error == ErrorCode.CoordinatorLoadInProgress);
        return fetched;
    }
}
