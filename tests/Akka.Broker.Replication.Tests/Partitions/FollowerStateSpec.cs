using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class FollowerStateSpec
{
    private static readonly MemoryEpochs Epochs = new((1, 0), (3, 40), (5, 80));

    private static FollowerState Follower(long start = 0, long end = 100, int lastEpoch = 5, long watermark = 60) => new(7, start, end, lastEpoch, watermark);

    private static FollowerStep Answer(FollowerState follower, FetchAnswer answer, MemoryEpochs? epochs = null) =>
        follower.OnFetched(follower.NextFetch(), answer, epochs ?? Epochs);

    private static FetchAnswer Records(long first, long next, long watermark = 0, long start = 0) => new(ErrorCode.None, watermark, start, null, first, next);

    private static FetchAnswer Diverging(long offset, int epoch) => new(ErrorCode.None, 95, 0, new OffsetAndEpoch(offset, epoch), -1, -1);

    [Fact]
    public void It_asks_from_its_end_with_its_newest_epoch() => Assert.Equal(new ReplicaFetch(7, 100, 5, 0), Follower().NextFetch());

    [Fact]
    public void Records_that_find_no_space_still_tell_what_may_be_deleted_here()
    {
        var follower = Follower();

        Assert.Equal(FollowerAction.Append, Answer(follower, Records(100, 120, watermark: 110, start: 90)).Action);
        Assert.Equal(60, follower.LogStartToRaise);
        follower.OnNoSpace();

        Assert.Equal((100L, 100L, 90L), (follower.LogEndOffset, follower.HighWatermark, follower.LogStartToRaise));
    }

    [Fact]
    public void Records_are_appended_and_the_watermark_follows_as_far_as_they_reach()
    {
        var follower = Follower();

        Assert.Equal(FollowerAction.Append, Answer(follower, Records(100, 120, watermark: 130)).Action);
        Assert.Equal(60, follower.HighWatermark);
        follower.OnAppended(0, 120, 7);

        Assert.Equal((120L, 120L, 7), (follower.LogEndOffset, follower.HighWatermark, follower.LastEpoch));
    }

    [Fact]
    public void An_empty_answer_moves_the_watermark()
    {
        var follower = Follower();

        Assert.Equal(FollowerAction.Fetch, Answer(follower, FetchAnswer.Empty(90, 0)).Action);

        Assert.Equal(90, follower.HighWatermark);
    }

    [Fact]
    public void The_watermark_of_a_new_leader_that_knows_less_lowers_nothing()
    {
        var follower = Follower();

        Answer(follower, FetchAnswer.Empty(50, 0));

        Assert.Equal(60, follower.HighWatermark);
    }

    [Fact]
    public void A_leaders_gap_is_taken_over() => Assert.Equal(FollowerAction.Append, Answer(Follower(), Records(105, 120)).Action);

    [Theory]
    [InlineData(90, 5, 90)] // The leader's epoch 5 ends before ours.
    [InlineData(120, 3, 80)] // The leader has no epoch 5; ours ends at 80.
    [InlineData(60, 3, 60)]
    [InlineData(70, 4, 80)] // An epoch unknown here: first to the end of the one before it, then the leader is asked again.
    [InlineData(30, 1, 30)]
    [InlineData(20, 0, 0)] // Older than all: nothing is in common.
    public void The_log_is_cut_where_both_agree(long leaderEnd, int leaderEpoch, long expected)
    {
        var step = Answer(Follower(), Diverging(leaderEnd, leaderEpoch));

        Assert.Equal((FollowerAction.Truncate, expected), (step.Action, step.Offset));
    }

    [Fact]
    public void A_diverging_answer_does_not_move_the_watermark_and_the_cut_lowers_it()
    {
        var follower = Follower();
        Answer(follower, Diverging(50, 3));
        Assert.Equal(60, follower.HighWatermark);

        follower.OnTruncated(0, 50, 3);

        Assert.Equal(50, follower.HighWatermark);
        Assert.Equal(new ReplicaFetch(7, 50, 3, 0), follower.NextFetch());
    }

    [Fact]
    public void A_log_that_the_leader_has_left_behind_begins_anew_at_the_leaders_start()
    {
        var follower = Follower();

        var step = Answer(follower, FetchAnswer.Refused(ErrorCode.OffsetOutOfRange, logStartOffset: 200));
        Assert.Equal((FollowerAction.Restart, 200L), (step.Action, step.Offset));
        follower.OnTruncated(200, 200, -1);

        Assert.Equal(new ReplicaFetch(7, 200, -1, 200), follower.NextFetch());
        Assert.Equal(200, follower.HighWatermark);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100)]
    public void Out_of_range_without_a_way_out_waits(long leaderStart) =>
        Assert.Equal(FollowerAction.BackOff, Answer(Follower(start: 100), FetchAnswer.Refused(ErrorCode.OffsetOutOfRange, leaderStart)).Action);

    [Fact]
    public void An_empty_log_that_begins_inside_the_leaders_first_batch_takes_it_whole()
    {
        var follower = Follower(start: 100, end: 100, lastEpoch: -1, watermark: 100);

        var step = Answer(follower, Records(95, 110, watermark: 108, start: 100));
        Assert.Equal((FollowerAction.RestartAndAppend, 95L), (step.Action, step.Offset));
        follower.OnAppended(95, 110, 7);

        Assert.Equal(108, follower.HighWatermark);
        Assert.Equal(100, follower.LogStartToRaise);
        follower.OnLogStartRaised(100);
        Assert.Null(follower.LogStartToRaise);
    }

    [Fact]
    public void A_batch_from_before_the_end_is_not_taken() => Assert.Equal(FollowerAction.BackOff, Answer(Follower(), Records(90, 110)).Action);

    [Fact]
    public void The_start_rises_with_the_leaders_as_far_as_the_watermark()
    {
        var follower = Follower();

        Answer(follower, FetchAnswer.Empty(70, 75));
        Assert.Equal(70, follower.LogStartToRaise);
        follower.OnLogStartRaised(70);

        Assert.Null(follower.LogStartToRaise);
        Assert.Equal(70, follower.LogStartOffset);
    }

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    [InlineData(ErrorCode.UnknownLeaderEpoch)]
    [InlineData(ErrorCode.KafkaStorageError)]
    public void A_refusal_waits(ErrorCode error) => Assert.Equal(FollowerAction.BackOff, Answer(Follower(), FetchAnswer.Refused(error)).Action);

    [Fact]
    public void An_answer_to_an_older_question_is_of_no_effect()
    {
        var follower = Follower();
        var asked = follower.NextFetch();
        Answer(follower, Records(100, 120));
        follower.OnAppended(0, 120, 7);

        Assert.Equal(FollowerAction.Fetch, follower.OnFetched(asked, Records(100, 120, watermark: 120), Epochs).Action);
        Assert.Equal(0, follower.HighWatermark - 60);
    }

    [Fact]
    public void Nothing_is_asked_while_a_step_is_under_way()
    {
        var follower = Follower();
        Answer(follower, Records(100, 120));

        Assert.Throws<InvariantViolatedException>(() => follower.NextFetch());
    }
}
