using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Support;
using static Akka.Broker.Tests.Replicas.ReplicaCluster;

namespace Akka.Broker.Tests.Replicas;

/// <summary>Partitions copied over real connections. No fetch's wait ends within a test: what happens is told at once.</summary>
public sealed class ReplicationSpec
{
    [Fact]
    public async Task Followers_copy_the_log_and_what_all_have_is_acknowledged()
    {
        await using var cluster = new ReplicaCluster(minInSync: 2);

        var first = await cluster[1].AppendAsync(TestBatches.Of("a", "b"));
        var second = await cluster[1].AppendAsync(TestBatches.Of("c"));

        Assert.Equal((ErrorCode.None, 0L), (first.Error, first.BaseOffset));
        Assert.Equal((ErrorCode.None, 2L), (second.Error, second.BaseOffset));
        Eventually(() => cluster.Nodes.All(n => n.Log?.HighWatermark == 3), "the watermark everywhere");
        Assert.Equal(cluster[1].Bytes(), cluster[2].Bytes());
        Assert.Equal(cluster[1].Bytes(), cluster[3].Bytes());
        Assert.Equal(cluster[1].Log!.LeaderEpochs.Entries, cluster[2].Log!.LeaderEpochs.Entries);
    }

    [Fact]
    public async Task A_new_leader_has_all_and_goes_on_from_there()
    {
        await using var cluster = new ReplicaCluster();
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.From(7, 0, 0, "a", "b"))).Error);

        cluster.Lead(2);
        Eventually(() => cluster[2].Leading is { IsClosed: false }, "2 leads");
        var repeated = await cluster[2].AppendAsync(TestBatches.From(7, 0, 0, "a", "b"));
        var next = await cluster[2].AppendAsync(TestBatches.From(7, 0, 2, "c"));

        Assert.Equal((ErrorCode.None, 0L), (repeated.Error, repeated.BaseOffset));
        Assert.Equal((ErrorCode.None, 2L), (next.Error, next.BaseOffset));
        Eventually(() => cluster[1].Log!.HighWatermark == 3 && cluster[1].Leading is null, "1 follows");
        Assert.Equal(cluster[2].Bytes(), cluster[1].Bytes());
    }

    [Fact]
    public async Task What_a_deposed_leader_wrote_alone_is_cut_off()
    {
        await using var cluster = new ReplicaCluster();
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("a"))).Error);
        cluster.Deafen(1);
        cluster.Lead(2);
        Eventually(() => cluster[2].Leading is not null && cluster[3].Following is { View.LeaderEpoch: 1 }, "2 leads");

        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("lost", "lost"), acks: 1)).Error);
        Assert.Equal(3, cluster[1].Log!.LogEndOffset);
        cluster.Undeafen();

        Assert.Equal(1, (await cluster[2].AppendAsync(TestBatches.Of("kept"))).BaseOffset);
        Eventually(() => cluster[1].Log!.HighWatermark == 2, "1 has cut and followed");
        Assert.Equal(cluster[2].Bytes(), cluster[1].Bytes());
        Assert.Equal(cluster[2].Log!.LeaderEpochs.Entries, cluster[1].Log!.LeaderEpochs.Entries);
    }

    [Fact]
    public async Task What_an_unclean_election_cuts_off_is_told_with_offsets_though_the_watermark_is_not_known()
    {
        await using var cluster = new ReplicaCluster();
        cluster.Deafen(1);
        cluster.LeadUncleanly(2);
        Eventually(() => cluster[2].Leading is not null && cluster[3].Following is { View.LeaderEpoch: 1 }, "2 leads");
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("lost", "lost"), acks: 1)).Error);

        // To the node they may be committed ones whose watermark it had not written down.
        cluster.Undeafen();

        Eventually(() => cluster[1].Warnings.Any(w => w.Contains("is cut from 2 to 0") && w.Contains("unclean election of epoch 1")), string.Join("\n", cluster[1].Warnings));
    }

    [Fact]
    public async Task A_follower_that_lags_leaves_the_isr_and_comes_back_when_it_has_caught_up()
    {
        var time = new ManualTime();
        await using var cluster = new ReplicaCluster(minInSync: 2, lagTimeMaxMs: 300, lagTime: time);
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("a"))).Error);
        await cluster[3].UnfollowAsync();

        var appending = cluster[1].AppendAsync(TestBatches.Of("b"));
        Eventually(() => cluster[1].Leading!.Followers.Any(f => f is { Broker: 2, LogEndOffset: 2 }), "2 has it");
        Assert.False(appending.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(301));

        Assert.Equal(ErrorCode.None, (await appending).Error);
        Eventually(() => cluster.Partition.Isr.Order().SequenceEqual([1, 2]), "3 leaves");
        cluster[3].Replicas.Tell(new Follow(cluster.Id, 1, 0));
        Eventually(() => cluster.Partition.Isr.Length == 3, "3 is back");
        Eventually(() => cluster[3].Log!.HighWatermark == 2, "3 knows");
    }

    [Fact]
    public async Task Too_few_replicas_refuse_before_the_append_and_after_it()
    {
        var time = new ManualTime();
        await using var cluster = new ReplicaCluster(brokers: 2, minInSync: 2, lagTimeMaxMs: 300, lagTime: time);
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("a"))).Error);
        await cluster[2].UnfollowAsync();

        var appending = cluster[1].AppendAsync(TestBatches.From(7, 0, 0, "b"));
        Eventually(() => cluster[1].Leading!.View.LogEndOffset == 2, "it is written");
        time.Advance(TimeSpan.FromMilliseconds(301));
        var waiting = await appending;
        var refused = await cluster[1].AppendAsync(TestBatches.Of("c"));

        Assert.Equal(ErrorCode.NotEnoughReplicasAfterAppend, waiting.Error);
        Assert.Equal(ErrorCode.NotEnoughReplicas, refused.Error);
        Assert.Equal((1L, 2L), (cluster[1].Leading!.View.HighWatermark, cluster[1].Leading!.View.LogEndOffset));
        cluster[2].Replicas.Tell(new Follow(cluster.Id, 1, 0));
        Eventually(() => cluster.Partition.Isr.Length == 2, "2 is back");
        var repeated = await cluster[1].AppendAsync(TestBatches.From(7, 0, 0, "b"));
        // The leader hears of it a moment after the metadata have it.
        for (var tries = 0; repeated.Error == ErrorCode.NotEnoughReplicas && tries < 10_000; tries++)
            repeated = await cluster[1].AppendAsync(TestBatches.From(7, 0, 0, "b"));
        Assert.Equal((ErrorCode.None, 1L), (repeated.Error, repeated.BaseOffset));
    }

    [Fact]
    public async Task A_replica_that_is_taken_away_loses_its_log_and_a_new_one_gets_it_all()
    {
        await using var cluster = new ReplicaCluster();
        cluster.Commit([new Replication.Metadata.Records.PartitionChangeRecord
        {
            TopicId = cluster.Id.TopicId,
            PartitionId = 0,
            Leader = Replication.Metadata.PartitionImage.LeaderUnchanged,
            Replicas = [1, 2],
            Isr = [1, 2],
        }]);
        Eventually(() => cluster[3].Log is null && cluster[3].Following is null, "3 is gone");
        for (var i = 0; i < 20; i++)
            await cluster[1].AppendAsync(TestBatches.Of("a", "b"));

        cluster.Commit([new Replication.Metadata.Records.PartitionChangeRecord
        {
            TopicId = cluster.Id.TopicId,
            PartitionId = 0,
            Leader = Replication.Metadata.PartitionImage.LeaderUnchanged,
            Replicas = [1, 2, 3],
        }]);

        Eventually(() => cluster.Partition.Isr.Length == 3, "3 is in");
        Eventually(() => cluster[3].Log!.HighWatermark == 40, "3 has it all");
        Assert.Equal(cluster[1].Bytes(), cluster[3].Bytes());
    }

    [Fact]
    public async Task Consumers_read_a_follower_up_to_its_watermark()
    {
        await using var cluster = new ReplicaCluster();
        await cluster[1].AppendAsync(TestBatches.Of("a", "b"));
        Eventually(() => cluster[2].Following?.View.HighWatermark == 2, "2 knows the watermark");
        using var client = await WireClient.ConnectAsync(cluster[2].ClientEndpoint);

        var data = FetchTestContext.Only(await FetchTestContext.FetchAsync(client, Request(cluster, 0)));

        Assert.Equal((ErrorCode.None, 2L), (data.ErrorCode, data.HighWatermark));
        Assert.Equal(cluster[1].Bytes(), FetchTestContext.BytesOf(data));
    }

    [Fact]
    public async Task A_consumer_is_sent_to_the_replica_in_its_rack()
    {
        await using var cluster = new ReplicaCluster(isRackAware: true);
        await cluster[1].AppendAsync(TestBatches.Of("a"));
        Eventually(() => cluster[1].Leading!.Followers.All(f => f.LogEndOffset == 1), "the leader knows its followers");
        using var client = await WireClient.ConnectAsync(cluster[1].ClientEndpoint);
        var near = Request(cluster, 0);
        near.RackId = "rack-3";
        var own = Request(cluster, 0);
        own.RackId = "rack-1";

        var redirected = FetchTestContext.Only(await FetchTestContext.FetchAsync(client, near));
        var served = FetchTestContext.Only(await FetchTestContext.FetchAsync(client, own));

        Assert.Equal((3, 0), (redirected.PreferredReadReplica, redirected.Records!.SizeInBytes));
        Assert.Equal(-1, served.PreferredReadReplica);
        Assert.NotEqual(0, served.Records!.SizeInBytes);
    }

    private static FetchRequest Request(ReplicaCluster cluster, long offset) => new()
    {
        MaxBytes = 1 << 20,
        Topics =
        [
            new()
            {
                Topic = Topic,
                TopicId = cluster.Id.TopicId,
                Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1 << 20 }],
            },
        ],
    };
}
