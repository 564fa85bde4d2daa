using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Tests.Support;
using static Akka.Broker.Tests.Replicas.ReplicaCluster;

namespace Akka.Broker.Tests.Replicas;

/// <summary>Deletes of records over all replicas of a partition. No fetch's wait ends within a test: what happens is told at once.</summary>
public sealed class DeleteRecordsSpec
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Deleted_records_are_gone_from_every_replica_when_that_is_answered()
    {
        await using var cluster = await BeginAsync();

        var deleted = await cluster[1].DeleteAsync(2, Long);

        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), deleted);
        Assert.Equal([2L, 2L, 2L], cluster.Nodes.Select(n => n.Log!.LogStartOffset));
        Eventually(() => cluster[3].Following!.View.LogStartOffset == 2, "who reads a follower sees it too");
        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 3), await cluster[1].DeleteAsync(-1, Long));
        Assert.Equal([3L, 3L, 3L], cluster.Nodes.Select(n => n.Log!.LogStartOffset));
    }

    [Fact]
    public async Task Delete_says_that_its_time_was_up_while_a_replica_has_the_records_yet_and_the_leader_has_deleted_them()
    {
        await using var cluster = await BeginAsync();
        await cluster[3].UnfollowAsync();

        var inVain = await cluster[1].DeleteAsync(2, TimeSpan.FromMilliseconds(50));

        Assert.Equal(new DeleteRecordsReply(ErrorCode.RequestTimedOut, 0), inVain);
        Assert.Equal((2L, 0L), (cluster[1].Log!.LogStartOffset, cluster[3].Log!.LogStartOffset));
        var again = cluster[1].DeleteAsync(2, Long);
        cluster[3].Replicas.Tell(new Follow(cluster.Id, 1, 0));
        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), await again);
        Assert.Equal(2, cluster[3].Log!.LogStartOffset);
    }

    [Fact]
    public async Task Delete_waits_no_more_for_a_replica_whose_broker_is_fenced()
    {
        await using var cluster = await BeginAsync();
        await cluster[3].UnfollowAsync();
        var deleting = cluster[1].DeleteAsync(2, Long);
        Eventually(() => cluster[2].Log!.LogStartOffset == 2, "the others have deleted");
        Assert.False(deleting.IsCompleted);

        cluster.Commit(
        [
            new BrokerRegistrationChangeRecord { BrokerId = 3, BrokerEpoch = cluster.Image.Brokers[3].Epoch, Fenced = true },
            new PartitionChangeRecord { TopicId = cluster.Id.TopicId, PartitionId = 0, Leader = Replication.Metadata.PartitionImage.LeaderUnchanged, Isr = [1, 2] },
        ]);

        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), await deleting);
        Assert.Equal(0, cluster[3].Log!.LogStartOffset);
    }

    [Fact]
    public async Task Delete_that_waits_is_refused_when_another_leads()
    {
        await using var cluster = await BeginAsync();
        await cluster[3].UnfollowAsync();
        var deleting = cluster[1].DeleteAsync(2, Long);
        Eventually(() => cluster[1].Leading?.View.LogStartOffset == 2, "the leader has deleted");

        cluster.Lead(2);

        Assert.Equal(new DeleteRecordsReply(ErrorCode.NotLeaderOrFollower, -1), await deleting);
    }

    [Fact]
    public async Task Lone_replica_deletes_without_any_time_to_wait()
    {
        await using var cluster = await BeginAsync(brokers: 1);

        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), await cluster[1].DeleteAsync(2, TimeSpan.Zero));
    }

    /// <summary>Three records, which all have and know to be committed.</summary>
    private static async Task<ReplicaCluster> BeginAsync(int brokers = 3)
    {
        var cluster = new ReplicaCluster(brokers);
        foreach (var record in new[] { "a", "b", "c" })
            Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of(record))).Error);
        Eventually(() => cluster.Nodes.All(n => n.Log?.HighWatermark == 3), "the watermark everywhere");
        return cluster;
    }
}
