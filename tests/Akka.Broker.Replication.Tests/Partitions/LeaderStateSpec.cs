using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class LeaderStateSpec
{
    private static LeaderState Leader(int[] replicas, int[] inSync, int minInSync, long logEnd = 0, long highWatermark = 0) =>
        new(leader: 1, leaderEpoch: 5, replicas, inSync, minInSync, logEnd, highWatermark);

    [Fact]
    public void A_lone_replica_commits_what_it_appends()
    {
        var leader = Leader([1], [1], 1);

        Assert.True(leader.OnAppended(10));
        Assert.Equal(10, leader.HighWatermark);
    }

    [Fact]
    public void A_lone_replica_commits_its_recovered_log_when_it_takes_over() =>
        Assert.Equal(40, Leader([1], [1], 1, logEnd: 40, highWatermark: 7).HighWatermark);

    [Fact]
    public void The_watermark_waits_for_the_slowest_in_sync_replica()
    {
        var leader = Leader([1, 2, 3], [1, 2, 3], 2);

        Assert.False(leader.OnAppended(10));
        Assert.False(leader.OnFollowerFetched(2, 10));
        Assert.True(leader.OnFollowerFetched(3, 4));
        Assert.Equal(4, leader.HighWatermark);
    }

    [Fact]
    public void A_replica_out_of_sync_holds_nothing_back()
    {
        var leader = Leader([1, 2, 3], [1, 2], 2);
        leader.OnAppended(10);
        leader.OnFollowerFetched(3, 1);

        Assert.True(leader.OnFollowerFetched(2, 10));
        Assert.Equal(10, leader.HighWatermark);
    }

    [Fact]
    public void The_watermark_stands_still_below_min_insync_replicas()
    {
        var leader = Leader([1, 2], [1], 2);

        Assert.False(leader.OnAppended(10));
        Assert.False(leader.HasEnoughInSyncReplicas);
        Assert.Equal(0, leader.HighWatermark);
    }

    [Fact]
    public void The_watermark_catches_up_when_the_minimum_is_lowered()
    {
        var leader = Leader([1, 2], [1], 2);
        leader.OnAppended(10);

        Assert.True(leader.OnMinInSyncReplicasChanged(1));
        Assert.Equal(10, leader.HighWatermark);
    }

    [Fact]
    public void The_watermark_catches_up_when_a_slow_replica_leaves_the_isr()
    {
        var leader = Leader([1, 2, 3], [1, 2, 3], 2);
        leader.OnAppended(10);
        leader.OnFollowerFetched(2, 8);

        Assert.True(leader.OnInSyncReplicasChanged([1, 2]));
        Assert.Equal(8, leader.HighWatermark);
    }

    [Fact]
    public void The_watermark_never_falls_when_a_replica_that_is_behind_joins_the_isr()
    {
        var leader = Leader([1, 2], [1], 1);
        leader.OnAppended(10);
        leader.OnFollowerFetched(2, 5);

        Assert.False(leader.OnInSyncReplicasChanged([1, 2]));
        Assert.Equal(10, leader.HighWatermark);
    }

    [Fact]
    public void A_stranger_is_refused() =>
        Assert.Throws<ArgumentException>(() => Leader([1, 2], [1, 2], 1).OnFollowerFetched(9, 0));

    [Fact]
    public void A_log_that_shrinks_is_a_bug() =>
        Assert.Throws<InvariantViolatedException>(() => Leader([1], [1], 1, logEnd: 10).OnAppended(9));
}
