using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Support;
using static Akka.Broker.Tests.Replicas.ReplicaCluster;

namespace Akka.Broker.Tests.Replicas;

/// <summary>Damage on one broker's disk, repaired from the others over real connections.</summary>
public sealed class RepairSpec
{
    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public async Task A_follower_is_repaired_from_the_leader_and_the_leader_from_a_follower(int harmed)
    {
        await using var cluster = new ReplicaCluster();
        var sound = await FillAsync(cluster);
        Flip(cluster[harmed], sound.Length / 2);
        Assert.NotEqual(sound, cluster[harmed].Bytes());

        cluster[harmed].Logs.Scrub();

        Assert.Equal(sound, cluster[harmed].Bytes());
        Assert.Contains(cluster[harmed].Events, e => e.Message.Contains($"from broker {(harmed == 1 ? 2 : 1)}", StringComparison.Ordinal));
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("on"))).Error);
        Eventually(() => cluster.Nodes.All(n => n.Log!.HighWatermark == 101), "all go on");
    }

    [Fact]
    public async Task Only_replicas_in_sync_are_asked()
    {
        var time = new ManualTime();
        await using var cluster = new ReplicaCluster(brokers: 2, lagTimeMaxMs: 300, lagTime: time);
        var sound = await FillAsync(cluster);
        await cluster[2].UnfollowAsync();
        var appending = cluster[1].AppendAsync(TestBatches.Of("alone"));
        Eventually(() => cluster[1].Log!.LogEndOffset == 101, "it is written");
        time.Advance(TimeSpan.FromMilliseconds(301));
        Assert.Equal(ErrorCode.None, (await appending).Error);
        Eventually(() => cluster.Partition.Isr.Length == 1, "2 leaves");
        Flip(cluster[1], sound.Length / 2);

        cluster[1].Logs.Scrub();
        Assert.Contains("none but this one is in sync", Assert.Single(cluster[1].Logs.Scrubbing.Damaged).Value);

        cluster[2].Replicas.Tell(new Follow(cluster.Id, 1, 0));
        Eventually(() => cluster.Partition.Isr.Length == 2, "2 is back");
        Eventually(() => cluster[2].Following is { View.HighWatermark: 101 }, "2 knows the watermark");
        cluster[1].Logs.Scrub();
        Assert.Empty(cluster[1].Logs.Scrubbing.Damaged);
        Assert.Equal(sound, cluster[1].Bytes());
    }

    [Fact]
    public async Task A_consumer_that_meets_damage_may_try_again_and_gets_the_records_then()
    {
        await using var cluster = new ReplicaCluster();
        var sound = await FillAsync(cluster);
        // The magic byte of the first batch: no header is left to go by.
        Flip(cluster[1], 16);
        using var client = await WireClient.ConnectAsync(cluster[1].ClientEndpoint);

        var refused = FetchTestContext.Only(await FetchTestContext.FetchAsync(client, Request(cluster)));
        Assert.Equal((ErrorCode.KafkaStorageError, 0), (refused.ErrorCode, refused.Records!.SizeInBytes));

        cluster[1].Logs.Tick();
        Eventually(() => cluster[1].Logs.Scrubbing.Repaired == 1, "the repair");
        var data = FetchTestContext.Only(await FetchTestContext.FetchAsync(client, Request(cluster)));
        Assert.Equal(sound, FetchTestContext.BytesOf(data));
    }

    [Fact]
    public async Task A_follower_takes_no_damaged_batch_and_its_leader_is_told_and_repairs_itself()
    {
        var time = new ManualTime();
        await using var cluster = new ReplicaCluster(lagTimeMaxMs: 300, lagTime: time);
        Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of("a"))).Error);
        var before = cluster[1].Bytes().Length;
        await cluster[3].UnfollowAsync();
        var appending = cluster[1].AppendAsync(TestBatches.Of("b", "c"));
        Eventually(() => cluster[1].Leading!.Followers.Any(f => f is { Broker: 2, LogEndOffset: 3 }), "2 has it");
        time.Advance(TimeSpan.FromMilliseconds(301));
        Assert.Equal(ErrorCode.None, (await appending).Error);
        Eventually(() => !cluster.Partition.Isr.Contains(3) && cluster[2].Log!.HighWatermark == 3, "it is committed without 3");
        // In the segment that is appended to.
        Flip(cluster[1], before + 70, isClosed: false);

        cluster[3].Replicas.Tell(new Follow(cluster.Id, 1, 0));
        Eventually(() => IsRepaired(cluster[1]), "the leader is told, and repairs it");
        Eventually(() => cluster[3].Log!.LogEndOffset == 3, "3 goes on");

        Assert.Equal(cluster[2].Bytes(), cluster[1].Bytes());
        Assert.Equal(cluster[2].Bytes(), cluster[3].Bytes());
        Assert.Contains(cluster[1].Events, e => e.Message.Contains("from broker 2", StringComparison.Ordinal));

        static bool IsRepaired(ReplicaNode leader)
        {
            leader.Logs.Tick();
            return leader.Logs.Scrubbing.Repaired == 1;
        }
    }

    /// <summary>A hundred records on every broker, in a segment that is closed.</summary>
    private static async Task<byte[]> FillAsync(ReplicaCluster cluster)
    {
        for (var i = 0; i < 50; i++)
            Assert.Equal(ErrorCode.None, (await cluster[1].AppendAsync(TestBatches.Of($"a{i}", $"b{i}"))).Error);
        Eventually(() => cluster.Nodes.All(n => n.Log?.HighWatermark == 100), "the watermark everywhere");
        foreach (var node in cluster.Nodes)
            await node.Log!.RollAsync();
        return cluster[1].Bytes();
    }

    private static void Flip(ReplicaNode node, int position, bool isClosed = true)
    {
        Assert.Equal(isClosed ? 2 : 1, node.Log!.SegmentCount);
        using var file = node.Disk.Open("/data/t-0/00000000000000000000.log", DiskFileMode.Open);
        Span<byte> one = stackalloc byte[1];
        Assert.Equal(1, file.Read(position, one));
        one[0] ^= 0x10;
        file.Write(position, one);
    }

    private static FetchRequest Request(ReplicaCluster cluster) => new()
    {
        MaxBytes = 1 << 20,
        Topics = [new() { Topic = Topic, TopicId = cluster.Id.TopicId, Partitions = [new() { PartitionMaxBytes = 1 << 20 }] }],
    };
}
