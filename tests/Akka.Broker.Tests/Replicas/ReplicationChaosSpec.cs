using System.Collections.Concurrent;
using System.Text;
using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replicas;
using Akka.Broker.Tests.Support;
using static Akka.Broker.Tests.Replicas.ReplicaCluster;

namespace Akka.Broker.Tests.Replicas;

/// <summary>Producers go on while leaders change, nodes hear late of it, and followers stop and come back: what was acknowledged is there, once, where it was said to be.</summary>
public sealed class ReplicationChaosSpec
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Nothing_acknowledged_is_lost_or_doubled(int seed)
    {
        await using var cluster = new ReplicaCluster(minInSync: 2, lagTimeMaxMs: 200);
        var random = new Random(seed);
        var acknowledged = new ConcurrentDictionary<long, string>();
        using var over = new CancellationTokenSource();
        var producers = Enumerable.Range(0, 3).Select(p => Task.Run(() => ProduceAsync(cluster, p, acknowledged, over.Token))).ToList();

        Eventually(() => acknowledged.Count > 5, "it begins well");
        for (var i = 0; i < 25; i++)
        {
            var before = acknowledged.Count;
            Disturb(cluster, random);
            // Some of what happens is to happen while it goes well, some while it does not.
            SpinWait.SpinUntil(() => acknowledged.Count > before + 3, random.Next(100));
        }

        cluster.Undeafen();
        foreach (var node in cluster.Nodes)
            Refollow(cluster, node);
        Eventually(() => cluster.Partition.Isr.Length == 3, $"all in sync: {string.Join(", ", cluster.Partition.Isr)}");
        var healed = acknowledged.Count;
        Eventually(() => acknowledged.Count > healed + 5, "it goes on when all is well");
        await over.CancelAsync();
        await Task.WhenAll(producers);
        var leader = cluster[cluster.Partition.Leader];
        // Where the machine is busy a follower is out of sync now and then: the same batch is sent again.
        var end = await leader.AppendAsync(TestBatches.From(99, 0, 0, "end"));
        for (var tries = 0; end.Error is ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend && tries < 10_000; tries++)
            end = await leader.AppendAsync(TestBatches.From(99, 0, 0, "end"));
        Assert.Equal(ErrorCode.None, end.Error);
        Eventually(() => cluster.Nodes.All(n => n.Log!.HighWatermark == leader.Log!.LogEndOffset), "all have all");

        var stored = Read(leader.Bytes());
        Assert.All(cluster.Nodes, n => Assert.Equal(leader.Bytes(), n.Bytes()));
        foreach (var (offset, value) in acknowledged)
            Assert.Equal(value, stored[(int)offset]);
        Assert.Equal(stored.Count, stored.Distinct().Count());
    }

    private static void Disturb(ReplicaCluster cluster, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                cluster.LeadAnyInSync(random);
                break;
            case 1:
                cluster.Deafen(random.Next(1, 4));
                break;
            case 2:
                cluster.Undeafen();
                break;
            case 3:
                cluster[random.Next(1, 4)].Replicas.Tell(new Unfollow(cluster.Id, 0), ActorRefs.NoSender);
                break;
            default:
                foreach (var node in cluster.Nodes)
                    Refollow(cluster, node);
                break;
        }
    }

    /// <summary>As the node's actor has it done, by what the node knows.</summary>
    private static void Refollow(ReplicaCluster cluster, ReplicaNode node)
    {
        if (node.Metadata.Current.TryGetPartition(cluster.Id, out var partition) && partition.Leader != node.Id)
            node.Replicas.Tell(new Follow(cluster.Id, partition.Leader, partition.LeaderEpoch), ActorRefs.NoSender);
    }

    private static async Task ProduceAsync(ReplicaCluster cluster, int producer, ConcurrentDictionary<long, string> acknowledged, CancellationToken over)
    {
        for (var sequence = 0; !over.IsCancellationRequested;)
        {
            var value = $"{producer}-{sequence}";
            var command = new AppendRecords(
                cluster.Id, -1, TestBatches.From(100 + producer, 0, sequence, value), -1, long.MaxValue, AppendOrigin.Client);
            try
            {
                var reply = await cluster[cluster.Partition.Leader].Region.Ask<AppendReply>(command, AnswerMax, over);
                if (reply.Error != ErrorCode.None)
                    continue;
                Assert.True(acknowledged.TryAdd(reply.BaseOffset, value), $"offset {reply.BaseOffset} twice");
                sequence++;
            }
            catch (Exception unanswered) when (unanswered is AskTimeoutException or OperationCanceledException)
            {
                // Sent again under the same sequence.
            }
        }
    }

    private static List<string> Read(ReadOnlyMemory<byte> bytes)
    {
        var values = new List<string>();
        while (RecordBatch.TryRead(bytes, out var batch))
        {
            Assert.Equal(values.Count, batch.BaseOffset);
            var reader = new RecordReader(batch, batch.Payload.Span);
            while (reader.MoveNext())
                values.Add(Encoding.UTF8.GetString(reader.Current.Value.Span));
            bytes = bytes[batch.SizeInBytes..];
        }

        return values;
    }
}
