using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class OffsetSpec
{
    private readonly GroupTestContext _t = new(new GroupConfig { OffsetMetadataMaxBytes = 8 });

    [Fact]
    public void An_offset_is_seen_when_it_is_committed_and_not_before()
    {
        _t.HoldWrites = true;
        var commit = _t.Send(GroupTestContext.CommitCommand(offset: 42, metadata: "m"));
        Assert.False(_t.IsAnswered(commit));
        Assert.Equal(-1, _t.Fetch().Offset);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _t.Fetch(requireStable: true).Error);
        _t.CommitHeld();
        Assert.Equal([ErrorCode.None], _t.Answer<CommitOffsetsResult>(commit).Errors);
        Assert.Equal(new FetchedOffset(new TopicPartition("t", 0), 42, 3, "m", ErrorCode.None), _t.Fetch(requireStable: true));
    }

    [Fact]
    public void A_refused_commit_is_answered_and_leaves_nothing()
    {
        _t.HoldWrites = true;
        var commit = _t.Send(GroupTestContext.CommitCommand());
        _t.RefuseNext(ErrorCode.InvalidCommitOffsetSize);
        Assert.Equal([ErrorCode.InvalidCommitOffsetSize], _t.Answer<CommitOffsetsResult>(commit).Errors);
        Assert.Equal((-1, ErrorCode.None), (_t.Fetch(requireStable: true).Offset, _t.Fetch(requireStable: true).Error));
        Assert.True(_t.Group.IsForgettable);
    }

    [Fact]
    public void Metadata_that_is_too_long_costs_its_own_partition_only()
    {
        var command = new CommitOffsetsCommand("", null, -1,
        [
            new OffsetToCommit(new TopicPartition("t", 0), 1, -1, "123456789", -1),
            new OffsetToCommit(new TopicPartition("t", 1), 2, -1, "12345678", -1),
            new OffsetToCommit(new TopicPartition("t", 2), 3, -1, "äöüäö", -1),
        ]);
        Assert.Equal(
            [ErrorCode.OffsetMetadataTooLarge, ErrorCode.None, ErrorCode.OffsetMetadataTooLarge],
            _t.Ask<CommitOffsetsResult>(command).Errors);
        Assert.Equal([-1, 2, -1], Enumerable.Range(0, 3).Select(p => (int)_t.Fetch(partition: p).Offset));
    }

    public static TheoryData<string, string, int, ErrorCode> Claims => new()
    {
        // state of the group, whose member id, generation, expected
        { "none", "", -1, ErrorCode.None },
        { "none", "", 0, ErrorCode.IllegalGeneration },
        { "none", "nobody", 1, ErrorCode.IllegalGeneration },
        { "empty", "", -1, ErrorCode.None },
        { "empty", "nobody", -1, ErrorCode.None },
        { "empty", "nobody", 2, ErrorCode.UnknownMemberId },
        { "stable", "", -1, ErrorCode.UnknownMemberId },
        { "stable", "nobody", 1, ErrorCode.UnknownMemberId },
        { "stable", "member", -1, ErrorCode.IllegalGeneration },
        { "stable", "member", 0, ErrorCode.IllegalGeneration },
        { "stable", "member", 2, ErrorCode.IllegalGeneration },
        { "stable", "member", 1, ErrorCode.None },
        { "joining", "member", 1, ErrorCode.None },
        { "joining", "", -1, ErrorCode.UnknownMemberId },
        { "syncing", "member", 1, ErrorCode.RebalanceInProgress },
        { "syncing", "member", 0, ErrorCode.IllegalGeneration },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void Who_may_commit_depends_on_state_member_and_generation(string state, string member, int generation, ErrorCode expected)
    {
        var id = "";
        if (state == "syncing")
        {
            var join = _t.Join();
            _t.Advance(3_000);
            id = _t.Answer<JoinResult>(join).MemberId;
        }
        else if (state != "none")
        {
            id = _t.Stable()[0];
        }

        if (state == "joining")
            _t.Join();
        if (state == "empty")
            _t.Advance(GroupTestContext.SessionMs);
        var command = GroupTestContext.CommitCommand(member == "member" ? id : member, generation);
        var result = state == "none" && !command.CreatesGroup
            ? Assert.IsType<CommitOffsetsResult>(command.AnswerWithoutGroup())
            : _t.Ask<CommitOffsetsResult>(command);
        Assert.Equal([expected], result.Errors);
    }

    [Fact]
    public void All_offsets_of_a_group_can_be_fetched()
    {
        _t.Commit(topic: "a", offset: 1);
        _t.Commit(topic: "b", partition: 7, offset: 2);
        var all = _t.Ask<FetchOffsetsResult>(new FetchOffsetsCommand(null, false)).Offsets;
        Assert.Equal([("a-0", 1L), ("b-7", 2L)], all.Select(o => (o.Partition.ToString(), o.Offset)));
    }

    [Fact]
    public void A_group_that_does_not_exist_has_no_offsets_and_no_error()
    {
        var some = Assert.IsType<FetchOffsetsResult>(new FetchOffsetsCommand([new TopicPartition("t", 0)], true).AnswerWithoutGroup());
        Assert.Equal(FetchedOffset.None(new TopicPartition("t", 0)), Assert.Single(some.Offsets));
        Assert.Empty(Assert.IsType<FetchOffsetsResult>(new FetchOffsetsCommand(null, true).AnswerWithoutGroup()).Offsets);
    }

    [Fact]
    public void Offsets_and_their_times_survive_a_new_coordinator()
    {
        _t.Commit(offset: 5);
        _t.Ask<CommitOffsetsResult>(GroupTestContext.CommitCommand(partition: 1, offset: 6, retentionMs: 1_000));
        var stored = _t.Log.Cast<OffsetRecord>().Select(r => r.Value!).ToArray();
        Assert.Equal([(_t.Now.UnixMs, (long?)null), (_t.Now.UnixMs, _t.Now.UnixMs + 1_000)], stored.Select(v => (v.CommitTimestampMs, v.ExpireTimestampMs)));
        _t.Reload();
        Assert.Equal(5, _t.Fetch().Offset);
        Assert.Equal(6, _t.Fetch(partition: 1).Offset);
    }

    [Fact]
    public void Offsets_of_topics_that_are_read_cannot_be_deleted_and_others_can()
    {
        var id = _t.Stable(topics: "t")[0];
        _t.Commit(id, 1, "t");
        _t.Commit(id, 1, "old");
        var delete = new DeleteOffsetsCommand([new TopicPartition("t", 0), new TopicPartition("old", 0), new TopicPartition("old", 1)]);
        var result = _t.Ask<DeleteOffsetsResult>(delete);
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None, ErrorCode.None], result.Errors);
        Assert.Equal(new OffsetRecord("g", new TopicPartition("old", 0), null), _t.Log[^1]);
        Assert.Equal((1, -1), (_t.Fetch("t").Offset, _t.Fetch("old").Offset));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0001")]
    [InlineData("000100000001")]
    [InlineData("0001000000010005616263")]
    [InlineData("00017fffffff000161")]
    [InlineData("0001ffffffff")]
    [InlineData("ffff00000000")]
    public void Where_a_members_metadata_cannot_be_read_every_topic_counts_as_read(string metadata)
    {
        var join = _t.Send(_t.JoinCommand() with { Protocols = [new MemberProtocol("range", Convert.FromHexString(metadata))] });
        _t.Advance(3_000);
        var id = _t.Answer<JoinResult>(join).MemberId;
        _t.Sync(id, 1);
        _t.Commit(id, 1);
        Assert.Equal(
            [ErrorCode.GroupSubscribedToTopic],
            _t.Ask<DeleteOffsetsResult>(new DeleteOffsetsCommand([new TopicPartition("t", 0)])).Errors);
    }

    [Fact]
    public void Offsets_of_an_empty_group_can_be_deleted_and_of_another_kind_of_group_with_members_not()
    {
        _t.Commit();
        Assert.Equal([ErrorCode.None], _t.Ask<DeleteOffsetsResult>(new DeleteOffsetsCommand([new TopicPartition("t", 0)])).Errors);
        Assert.Equal(-1, _t.Fetch().Offset);
        _t.Send(_t.JoinCommand(type: "connect"));
        Assert.Equal(ErrorCode.NonEmptyGroup, _t.Ask<DeleteOffsetsResult>(new DeleteOffsetsCommand([new TopicPartition("t", 0)])).Error);
    }

    [Fact]
    public void A_delete_covers_the_commit_that_is_under_way()
    {
        _t.HoldWrites = true;
        _t.Send(GroupTestContext.CommitCommand());
        _t.Send(new DeleteOffsetsCommand([new TopicPartition("t", 0)]));
        _t.CommitHeld();
        Assert.Equal(-1, _t.Fetch().Offset);
    }

    [Fact]
    public void Offsets_of_a_deleted_topic_go_and_an_empty_group_with_its_last()
    {
        _t.Commit(topic: "a");
        _t.Commit(topic: "b");
        _t.Forget("a");
        Assert.Equal((-1, 1), (_t.Fetch("a").Offset, _t.Fetch("b").Offset));
        Assert.Equal(GroupState.Empty, _t.Group.State);
        _t.Forget("b");
        Assert.Equal(GroupState.Dead, _t.Group.State);
    }
}
