namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>Before which offset nothing is left of a partition, as its leader knows it.</summary>
public sealed class LowWatermarkSpec
{
    [Fact]
    public void Lone_replica_begins_where_its_log_does() =>
        Assert.Equal(7, new LeaderTestContext([1], [1], logEnd: 10).State.LowWatermark(7));

    [Fact]
    public void Slowest_replica_says_what_is_gone()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2, 3], logEnd: 10);
        leader.Fetch(2, 10, logStart: 8);
        leader.Fetch(3, 10, logStart: 5);

        Assert.Equal(5, leader.State.LowWatermark(7));
        leader.Fetch(3, 10, logStart: 9);
        Assert.Equal(7, leader.State.LowWatermark(7));
    }

    [Fact]
    public void Replica_that_lives_counts_also_out_of_sync()
    {
        var leader = new LeaderTestContext([1, 2], [1], logEnd: 10);
        leader.Fetch(2, 4, logStart: 3);

        Assert.Equal(3, leader.State.LowWatermark(7));
    }

    [Fact]
    public void Replica_that_has_not_said_where_it_begins_is_waited_for() =>
        Assert.Equal(-1, new LeaderTestContext([1, 2], [1, 2], logEnd: 10).State.LowWatermark(7));

    [Fact]
    public void Word_of_an_earlier_life_does_not_count()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2], logEnd: 10);
        leader.Fetch(2, 10, logStart: 7);

        leader.Brokers.Epochs[2] = 21;

        Assert.Equal(-1, leader.State.LowWatermark(7));
        leader.Fetch(2, 10, logStart: 7);
        Assert.Equal(7, leader.State.LowWatermark(7));
    }

    [Fact]
    public void Fenced_replica_counts_only_while_it_may_be_in_sync()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2], logEnd: 10);
        leader.Fetch(2, 10, logStart: 3);
        leader.Brokers.Fenced.Add(2);

        Assert.Equal(3, leader.State.LowWatermark(7));
        leader.Metadata(4, [1, 2], [1]);
        Assert.Equal(7, leader.State.LowWatermark(7));
    }
}
