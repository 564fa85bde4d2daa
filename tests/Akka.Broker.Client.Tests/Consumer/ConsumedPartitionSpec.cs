using System.Collections.Immutable;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class ConsumedPartitionSpec
{
    private static readonly Guid Id = new("00000000-0000-0000-0000-000000000001");

    [Fact]
    public void A_new_leader_is_asked_whether_its_log_is_the_one_that_was_read()
    {
        var partition = Reading(offset: 10, epoch: 3);
        partition.OnFetched(20, 3);
        See(partition, leaderEpoch: 4);
        Assert.Equal(PositionState.Validating, partition.State);

        Assert.False(partition.OnValidated(epoch: 3, endOffset: 25));
        Assert.Equal((PositionState.Ready, 20), (partition.State, partition.FetchOffset));
    }

    [Fact]
    public void Where_the_log_was_cut_reading_goes_back_to_the_cut()
    {
        var partition = Reading(offset: 10, epoch: 3);
        partition.OnFetched(20, 3);
        partition.Delivery!.MoveTo(18);
        partition.Delivery.FinishTo(18, 3);
        var old = partition.Delivery;
        See(partition, leaderEpoch: 4);

        Assert.True(partition.OnValidated(epoch: 3, endOffset: 15));
        Assert.Equal((PositionState.Ready, 15), (partition.State, partition.FetchOffset));
        Assert.True(old.IsClosed);
        Assert.Equal(15, partition.Delivery.Position);
    }

    [Fact]
    public void A_cut_of_what_was_only_fetched_costs_nothing_that_was_delivered()
    {
        var partition = Reading(offset: 10, epoch: 3);
        partition.OnFetched(20, 3);
        partition.Delivery!.MoveTo(12);
        partition.Delivery.FinishTo(12, 3);
        See(partition, leaderEpoch: 4);

        Assert.False(partition.OnValidated(epoch: 3, endOffset: 15));
        Assert.Equal(12, partition.FetchOffset);
    }

    [Fact]
    public void A_committed_offset_of_an_older_epoch_is_checked_first()
    {
        var partition = new ConsumedPartition(new TopicPartition("t", 0));
        See(partition, leaderEpoch: 5);
        partition.StartAt(10, epoch: 3);
        Assert.Equal(PositionState.Validating, partition.State);
    }

    [Fact]
    public void The_same_leader_epoch_is_no_reason_to_ask()
    {
        var partition = Reading(offset: 10, epoch: 3);
        See(partition, leaderEpoch: 3);
        Assert.Equal(PositionState.Ready, partition.State);
    }

    [Fact]
    public void An_older_view_changes_nothing()
    {
        var partition = Reading(offset: 10, epoch: 3);
        See(partition, leaderEpoch: 2, leader: 9);
        Assert.Equal((1, 3), (partition.LeaderId, partition.LeaderEpoch));
    }

    [Fact]
    public void What_moves_a_partition_makes_answers_under_way_useless_and_closes_its_delivery()
    {
        var partition = Reading(offset: 10, epoch: 3);
        var (version, delivery) = (partition.Version, partition.Delivery!);
        partition.StartAt(50, -1);
        Assert.NotEqual(version, partition.Version);
        Assert.True(delivery.IsClosed);
        Assert.Equal(50, partition.Delivery!.Position);
    }

    [Fact]
    public void A_pause_outlives_a_seek()
    {
        var partition = Reading(offset: 10, epoch: 3);
        partition.IsPaused = true;
        partition.StartAt(50, -1);
        Assert.True(partition.Delivery!.IsPaused);
        partition.IsPaused = false;
        Assert.False(partition.Delivery.IsPaused);
    }

    private static ConsumedPartition Reading(long offset, int epoch)
    {
        var partition = new ConsumedPartition(new TopicPartition("t", 0));
        See(partition, epoch);
        partition.StartAt(offset, epoch);
        return partition;
    }

    private static void See(ConsumedPartition partition, int leaderEpoch, int leader = 1)
    {
        var view = new PartitionView(0, leader, leaderEpoch, [1], [1], ErrorCode.None);
        partition.OnView(new TopicView("t", Id, ErrorCode.None, false, ImmutableArray.Create(view)), view);
    }
}
