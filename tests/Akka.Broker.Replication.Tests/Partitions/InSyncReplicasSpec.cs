using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class InSyncReplicasSpec
{
    private const long Lag = LeaderTestContext.LagMs;

    [Fact]
    public void A_follower_that_lags_leaves()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2, 3]);
        leader.Append(10);
        leader.Fetch(2, 10);

        var proposal = leader.Tick(Lag + 1).Proposal;

        Assert.Equal([1, 2], LeaderTestContext.IdsOf(proposal));
        Assert.Equal((5, 3), (proposal!.LeaderEpoch, proposal.PartitionEpoch));
    }

    [Fact]
    public void A_follower_that_has_everything_stays_however_long_it_is_silent()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        leader.Append(10);
        leader.Fetch(2, 10);

        Assert.Null(leader.Tick(100 * Lag).Proposal);
    }

    [Fact]
    public void A_follower_that_is_always_a_batch_behind_stays()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        for (var end = 10; end < 200; end += 10)
        {
            leader.NowMs += Lag / 2;
            leader.Append(end);
            leader.Fetch(2, end - 10);
            Assert.Null(leader.Tick(0).Proposal);
        }
    }

    [Fact]
    public void A_follower_that_falls_back_steadily_leaves()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        IsrProposal? proposal = null;
        for (var end = 10; end < 200 && proposal is null; end += 10)
        {
            leader.NowMs += Lag / 2;
            leader.Append(end);
            leader.Fetch(2, end / 3);
            proposal = leader.Tick(0).Proposal;
        }

        Assert.Equal([1], LeaderTestContext.IdsOf(proposal));
    }

    [Fact]
    public void A_follower_joins_when_it_has_caught_up_to_the_watermark()
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        leader.Append(10);
        Assert.Null(leader.Fetch(2, 9).Proposal);

        var proposal = leader.Fetch(2, 10).Proposal;

        Assert.Equal([new ReplicaEpoch(1, 10), new ReplicaEpoch(2, 20)], proposal!.InSync.AsEnumerable());
    }

    [Fact]
    public void A_follower_that_has_not_reached_the_epoch_does_not_join_though_it_is_past_the_watermark()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2], logEnd: 10, highWatermark: 5);

        Assert.Null(leader.Fetch(3, 7).Proposal);
        Assert.NotNull(leader.Fetch(3, 10).Proposal);
    }

    [Fact]
    public void A_fenced_follower_does_not_join_until_it_is_unfenced()
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        leader.Brokers.Fenced.Add(2);
        Assert.Null(leader.Fetch(2, 0).Proposal);

        leader.Brokers.Fenced.Clear();

        Assert.Equal([1, 2], LeaderTestContext.IdsOf(leader.Tick(1).Proposal));
    }

    [Fact]
    public void A_broker_that_has_registered_anew_does_not_join_by_what_it_fetched_before()
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        leader.Brokers.Fenced.Add(2);
        leader.Fetch(2, 0);
        leader.Brokers.Fenced.Clear();
        leader.Brokers.Epochs[2] = 99;

        Assert.Null(leader.Tick(1).Proposal);
        Assert.NotNull(leader.Fetch(2, 0).Proposal);
    }

    [Fact]
    public void The_watermark_waits_for_old_and_new_members_while_an_expansion_is_in_flight()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1, 2]);
        leader.Append(10);
        leader.Fetch(2, 10);
        leader.NowMs = Lag + 1;
        var proposal = leader.Fetch(3, 10).Proposal!;
        leader.Append(20);
        leader.NowMs += Lag + 1;
        leader.Fetch(2, 20);
        Assert.Equal(10, leader.Watermark);

        leader.Commit(proposal);
        Assert.Equal(10, leader.Watermark);
        leader.Fetch(3, 20);
        Assert.Equal(20, leader.Watermark);
    }

    [Fact]
    public void The_watermark_waits_for_who_leaves_until_that_is_committed()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        leader.Append(10);
        var proposal = leader.Tick(Lag + 1).Proposal!;
        leader.Append(11);
        Assert.Equal(0, leader.Watermark);

        Assert.True(leader.Commit(proposal).WatermarkRose);

        Assert.Equal(11, leader.Watermark);
        Assert.Equal([1], leader.State.InSync);
    }

    [Fact]
    public void An_expansion_in_flight_does_not_count_for_min_insync_replicas()
    {
        var leader = new LeaderTestContext([1, 2], [1], 2);
        leader.Append(10);
        var proposal = leader.Fetch(2, 10).Proposal!;
        Assert.Equal(ErrorCode.NotEnoughReplicas, leader.State.CheckAppend(-1, 0));

        Assert.True(leader.Commit(proposal).WatermarkRose);
        Assert.Equal(ErrorCode.None, leader.State.CheckAppend(-1, 0));
    }

    [Fact]
    public void One_change_is_in_flight_at_a_time_and_the_next_follows_its_answer()
    {
        var leader = new LeaderTestContext([1, 2, 3], [1]);
        var first = leader.Fetch(2, 0).Proposal!;
        Assert.Null(leader.Fetch(3, 0).Proposal);

        var second = leader.Commit(first).Proposal;

        Assert.Equal([1, 2, 3], LeaderTestContext.IdsOf(second));
        Assert.Equal(4, second!.PartitionEpoch);
    }

    [Theory]
    [InlineData(ErrorCode.IneligibleReplica)]
    [InlineData(ErrorCode.OperationNotAttempted)]
    public void A_change_that_is_certainly_refused_is_given_up(ErrorCode error)
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        var proposal = leader.Fetch(2, 0).Proposal!;

        leader.Refuse(proposal, error);
        Assert.Null(leader.State.InFlight);
        leader.NowMs = Lag + 1;
        leader.Append(10);

        Assert.Equal(10, leader.Watermark);
    }

    [Theory]
    [InlineData(ErrorCode.RequestTimedOut)]
    [InlineData(ErrorCode.NotController)]
    [InlineData(ErrorCode.StaleBrokerEpoch)]
    public void What_was_not_heard_is_asked_again_after_a_wait_and_counts_meanwhile(ErrorCode error)
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        var proposal = leader.Fetch(2, 0).Proposal!;
        leader.Refuse(proposal, error);
        leader.Append(10);
        Assert.Null(leader.Tick(LeaderState.RetryAfterMs - 1).Proposal);

        var again = leader.Tick(1).Proposal!;

        Assert.Equal(proposal with { Attempt = 2 }, again);
        Assert.Equal(0, leader.Watermark);
        leader.Refuse(proposal, ErrorCode.IneligibleReplica);
        Assert.NotNull(leader.State.InFlight);
        leader.Commit(proposal);
        Assert.Null(leader.State.InFlight);
    }

    [Theory]
    [InlineData(ErrorCode.InvalidUpdateVersion)]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    [InlineData(ErrorCode.UnknownTopicId)]
    [InlineData(ErrorCode.NewLeaderElected)]
    public void A_change_that_the_metadata_has_overtaken_counts_until_the_metadata_comes(ErrorCode error)
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        var proposal = leader.Fetch(2, 0).Proposal!;

        leader.Refuse(proposal, error);
        leader.Append(10);
        Assert.Null(leader.Tick(10 * Lag).Proposal);
        Assert.Equal(0, leader.Watermark);

        leader.Metadata(4, [1, 2], [1]);
        Assert.Equal(10, leader.Watermark);
    }

    [Fact]
    public void An_answer_that_newer_metadata_has_overtaken_is_of_no_effect()
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        var proposal = leader.Fetch(2, 0).Proposal!;
        leader.Brokers.Fenced.Add(2);
        leader.Metadata(5, [1, 2], [1]);

        leader.Commit(proposal);

        Assert.Equal([1], leader.State.InSync);
        Assert.Equal(5, leader.State.PartitionEpoch);
    }

    [Fact]
    public void Metadata_that_an_answer_has_overtaken_is_of_no_effect()
    {
        var leader = new LeaderTestContext([1, 2], [1]);
        leader.Commit(leader.Fetch(2, 0).Proposal!);

        leader.Metadata(4, [1, 2], [1]);

        Assert.Equal([1, 2], leader.State.InSync);
    }

    [Theory]
    [InlineData(5, 3, true)]
    [InlineData(4, 3, false)]
    [InlineData(5, 2, false)]
    public void What_an_earlier_incarnation_of_the_leadership_has_asked_for_counts_and_is_asked_again(int leaderEpoch, int partitionEpoch, bool counts)
    {
        var asked = new IsrProposal(leaderEpoch, partitionEpoch, [new(1, 10), new(2, 20)], "", Attempt: 1);
        var leader = new LeaderState(
            new LeaderStart(1, 5, 3, [1, 2], [1], 1, 0, 0, Lag) { InFlight = asked }, new MemoryBrokers(), ControllerLease.Endless(), 0);

        leader.OnAppended(10, 0);

        Assert.Equal(counts ? 0 : 10, leader.HighWatermark);
        Assert.Equal(counts ? asked with { Attempt = 2 } : null, leader.OnTick(0).Proposal);
    }

    [Fact]
    public void A_replica_that_is_added_may_join_and_one_that_is_removed_is_a_stranger()
    {
        var leader = new LeaderTestContext([1, 2], [1, 2]);
        leader.Metadata(4, [1, 3], [1]);

        Assert.Equal(default, leader.Fetch(2, 0));
        Assert.Equal([1, 3], LeaderTestContext.IdsOf(leader.Fetch(3, 0).Proposal));
    }
}
