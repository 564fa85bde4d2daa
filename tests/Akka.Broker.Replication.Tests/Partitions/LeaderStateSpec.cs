using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class LeaderStateSpec
{
    [Fact]
    public void A_lone_replica_commits_what_it_appends()
    {
        var leader = new LeaderTestContext([1], [1]);

        Assert.True(leader.Append(10).WatermarkRose);
        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void A_lone_replica_commits_its_recovered_log_when_it_takes_over() =>
        Assert.Equal(40, new LeaderTestContext([1], [1], logEnd: 40, highWatermark: 7).Watermark);

    [Fact]
    public void The_watermark_waits_for_the_slowest_in_sync_replica()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2, 3], 2);

        Assert.False(leader.Append(10).WatermarkRose);
        Assert.False(leader.Fetch(2, 10).WatermarkRose);
        Assert.True(leader.Fetch(3, 4).WatermarkRose);
        Assert.Equal(4, leader.Watermark);
    }

    [Fact]
    public void A_replica_that_has_lagged_for_long_holds_nothing_back()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2], 2, logEnd: 10);
        leader.Fetch(3, 1);
        leader.NowMs = LeaderTestContext.LagMs + 1;

        Assert.True(leader.Fetch(2, 10).WatermarkRose);
        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void The_watermark_waits_for_a_follower_that_is_about_to_join()
    {
        var leader = new LeaderTestContext([1, 2, 3, 4], [1, 2], 2, logEnd: 10);
        leader.Fetch(4, 10);
        Assert.Equal([1, 2, 4], LeaderTestContext.IdsOf(leader.State.InFlight));
        // It has caught up too, and is not asked for while that is under way.
        leader.Fetch(3, 10);
        leader.Append(12);

        leader.Fetch(4, 12);
        leader.Fetch(2, 12);

        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void A_replica_that_was_just_added_holds_nothing_back()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2], 2, logEnd: 10);
        leader.Metadata(4, [1, 2, 3], [1, 2]);
        leader.Fetch(3, 1);

        leader.Fetch(2, 10);

        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void A_replica_that_comes_back_to_a_new_leader_holds_nothing_back_before_it_has_caught_up()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2], 2, logEnd: 10);
        leader.Fetch(3, 8);

        leader.Fetch(2, 10);

        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void The_watermark_does_not_wait_for_a_fenced_follower_to_join()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2], 2);
        leader.Append(10);
        leader.Brokers.Fenced.Add(3);
        leader.Fetch(3, 8);

        leader.Fetch(2, 10);

        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void The_watermark_stands_still_below_min_insync_replicas()
    {
        var leader = new LeaderTestContext([1, 2], [1], 2);

        Assert.False(leader.Append(10).WatermarkRose);
        Assert.False(leader.State.HasEnoughInSyncReplicas);
        Assert.Equal(0, leader.Watermark);
    }

    [Fact]
    public void The_watermark_catches_up_when_the_minimum_is_lowered()
    {
        var leader = new LeaderTestContext([1, 2], [1], 2);
        leader.Append(10);

        Assert.True(leader.State.OnMinInSyncReplicasChanged(1, 0).WatermarkRose);
        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void The_watermark_catches_up_when_metadata_takes_a_slow_replica_out()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2, 3], 2);
        leader.Append(10);
        leader.Fetch(2, 8);

        Assert.True(leader.Metadata(4, [1, 2, 3], [1, 2]).WatermarkRose);
        Assert.Equal(8, leader.Watermark);
    }

    [Fact]
    public void The_watermark_never_falls_when_a_replica_that_is_behind_joins_the_isr()
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        leader.Append(10);
        leader.Fetch(2, 5);
        leader.NowMs = LeaderTestContext.LagMs + 1;
        leader.Append(11);

        Assert.False(leader.Metadata(4, [1, 2], [1, 2]).WatermarkRose);
        Assert.Equal(11, leader.Watermark);
    }

    [Fact]
    public void The_watermark_is_not_current_before_it_reaches_the_epoch()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2], logEnd: 10, highWatermark: 6);
        Assert.False(leader.State.IsWatermarkCurrent);

        leader.Fetch(2, 10);

        Assert.True(leader.State.IsWatermarkCurrent);
    }

    [Fact]
    public void What_a_stranger_fetches_is_of_no_effect()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        leader.Append(10);

        Assert.Equal(default, leader.Fetch(9, 10));
        Assert.Equal(0, leader.Watermark);
    }

    [Theory]
    [InlineData(19L)]
    [InlineData(21L)]
    public void A_fetch_under_another_broker_epoch_than_the_registered_is_of_no_effect(long epoch)
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        leader.Append(10);

        Assert.Equal(default, leader.Fetch(2, 10, epoch));
        Assert.Equal(0, leader.Watermark);
    }

    [Fact]
    public void A_log_that_shrinks_is_a_bug() =>
        Assert.Throws<InvariantViolatedException>(() => new LeaderTestContext([1], [1], logEnd: 10).Append(9));

    [Theory]
    [InlineData(-1, ErrorCode.NotEnoughReplicas)]
    [InlineData(1, ErrorCode.None)]
    [InlineData(0, ErrorCode.None)]
    public void Too_few_replicas_refuse_only_what_asks_for_all(short acks, ErrorCode expected) =>
        Assert.Equal(expected, new LeaderTestContext([1, 2], [1], 2).State.CheckAppend(acks, 0));

    [Fact]
    public void What_was_appended_before_the_isr_shrank_is_refused_after_the_append()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2], 2);
        leader.Append(10);
        leader.Fetch(2, 4);
        Assert.Null(leader.State.CheckAppended(10));

        leader.Metadata(4, [1, 2], [1]);

        Assert.Equal(ErrorCode.NotEnoughReplicasAfterAppend, leader.State.CheckAppended(10));
        Assert.Equal(ErrorCode.None, leader.State.CheckAppended(4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Nothing_is_taken_when_the_controller_was_not_heard_of_for_the_session(short acks)
    {
        var leader = new LeaderTestContext([1], [1]);

        Assert.Equal(ErrorCode.None, leader.State.CheckAppend(acks, LeaderTestContext.SessionMs - 1));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.State.CheckAppend(acks, LeaderTestContext.SessionMs));
        leader.Lease.OnHeard(100);
        Assert.Equal(ErrorCode.None, leader.State.CheckAppend(acks, LeaderTestContext.SessionMs));
    }
}
