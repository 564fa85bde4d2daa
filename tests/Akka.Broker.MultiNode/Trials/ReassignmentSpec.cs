using System.Text.RegularExpressions;
using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>Replicas and leaders are moved as an operator does it, and service goes on.</summary>
public sealed partial class ReassignmentSpec(FourNodes nodes, ITestOutputHelper output) : IClassFixture<FourNodes>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(5);

    [MatrixFact]
    public async Task Partition_is_moved_under_load_throttled_cancelled_and_moved_again()
    {
        const long Rate = 200_000;
        var cluster = await nodes.InHealthAsync();
        // More than the throttle lets through: the move does not end by itself.
        var options = new TrialOptions { Partitions = 1, Rate = 500, RecordBytes = 1000 };
        var result = await Trial.RunAsync(cluster, "moved", options, async trial =>
        {
            var original = await ReplicasAsync(cluster, trial.Topic);
            var incoming = cluster.Nodes.First(n => !original.Contains(n.Id));
            int[] target = [incoming.Id, .. original[1..]];

            // More than a fetch brings at once: else the copy is in sync before it is held.
            await trial.MoreAcksAsync(4000);
            await cluster.ThrottleAsync(trial.Topic, Rate);
            trial.Fault($"move of {string.Join(',', original)} to {string.Join(',', target)}, throttled");
            await cluster.MoveAsync(trial.Topic, 0, target);
            await ShowsMoveAsync(cluster, trial.Topic, incoming.Id, original[0]);
            var copied = await GrowthAsync(incoming, trial.Topic, TimeSpan.FromSeconds(10));
            Assert.InRange(copied, 1, 20 * Rate);
            await ShowsMoveAsync(cluster, trial.Topic, incoming.Id, original[0]);

            trial.Fault("the move is cancelled");
            await cluster.MoveAsync(trial.Topic, 0, null);
            // Those that were to go stand behind the others now, as in Kafka.
            await IsAtAsync(cluster, trial.Topic, [.. original[1..], original[0]]);
            await Until.TrueAsync("the copy is deleted", Limit, async () => await Administration.LogBytesAsync(incoming, trial.Topic, 0) == 0);

            await cluster.ThrottleAsync(trial.Topic, 100 * Rate);
            trial.Fault("and made again, with room");
            await cluster.MoveAsync(trial.Topic, 0, target);
            await IsAtAsync(cluster, trial.Topic, target);
            await cluster.ThrottleAsync(trial.Topic, null);
            await cluster.WaitForHealthAsync(trial.Topic);
            await Until.TrueAsync("the old replica is deleted", Limit, async () => await Administration.LogBytesAsync(cluster[original[0]], trial.Topic, 0) == 0);
            await trial.MoreAcksAsync(500);

            int[] order = [.. target[1..], target[0]];
            await cluster.MoveAsync(trial.Topic, 0, order);
            await IsAtAsync(cluster, trial.Topic, order);
            trial.Fault($"the preferred replica, node {order[0]}, is to lead");
            Assert.True(await cluster.ElectAsync(trial.Topic, 0, isUnclean: false));
            await Until.TrueAsync("the preferred replica leads", Limit, async () => await cluster.LeaderAsync(trial.Topic, 0) == cluster[order[0]]);
            await trial.MoreAcksAsync(500);
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
        // A copy that is far behind, held or not, holds nobody back.
        Assert.True(result.GapMax < SilenceMax, result.ToString());
    }

    [MatrixFact]
    public async Task Replica_that_is_not_in_sync_leads_when_that_is_asked_for_and_what_is_lost_is_told()
    {
        const string Topic = "unclean";
        const int Batches = 40;
        var cluster = await nodes.InHealthAsync();
        await cluster.CreateTopicAsync(Topic, 1, 2, ("min.insync.replicas", "1"));
        var leader = await cluster.LeaderAsync(Topic, 0);
        var follower = await cluster.FollowerAsync(Topic, 0);
        await follower.KillAsync();
        await Until.TrueAsync("the leader alone is in sync", Limit, async () => (await PartitionAsync(cluster.Alive.First(), Topic)).IsrNodes.SequenceEqual([leader.Id]));
        for (var batch = 0; batch < Batches; batch++)
            Assert.Equal(batch, await ProduceAsync(leader, Topic, 100_000));
        // After a kill a node knows of its watermark what it had written down; only by that it can tell that committed records are lost.
        var written = Path.Combine(leader.DataFolder, "replication-offset-checkpoint");
        await Until.TrueAsync("the watermark is written down", Limit, () => Task.FromResult(File.ReadAllText(written).Contains($"{Topic} 0 {Batches}", StringComparison.Ordinal)));

        // It is back, and held off before it has all.
        await cluster.ThrottleAsync(Topic, 1000);
        await Cluster.RestartAsync(follower);
        await Until.TrueAsync("the follower has some", Limit, async () => await Administration.LogBytesAsync(follower, Topic, 0) > 0);
        var mark = leader.LogLength;
        await leader.KillAsync();

        // Not before the controller has noticed that the leader is gone.
        await Until.TrueAsync("an unclean election", Limit, () => cluster.ElectAsync(Topic, 0, isUnclean: true));
        Assert.Equal(follower, await cluster.LeaderAsync(Topic, 0));
        var kept = await ProduceAsync(follower, Topic, 10);
        Assert.InRange(kept, 1, Batches - 1);

        await cluster.ThrottleAsync(Topic, null);
        await Cluster.RestartAsync(leader);
        await cluster.WaitForHealthAsync(Topic);
        var cut = leader.LogSince(mark).Select(l => LossLine().Match(l)).First(m => m.Success);
        output.WriteLine(cut.Value);
        Assert.Equal(($"{Batches}", $"{kept}"), (cut.Groups["from"].Value, cut.Groups["to"].Value));
        cluster.UnsettledTrials = 0;
    }

    private static async Task<MetadataResponse.MetadataResponsePartition> PartitionAsync(Node asked, string topic)
    {
        // A node's metadata are asked for over its own connection: it tells what it knows itself.
        var response = await WireClient.AskAsync<MetadataRequest, MetadataResponse>(
            asked, new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false }, 9);
        return response.Topics[0].Partitions[0];
    }

    private static async Task<int[]> ReplicasAsync(Cluster cluster, string topic) => [.. (await PartitionAsync(cluster.Nodes[0], topic)).ReplicaNodes];

    private static Task ShowsMoveAsync(Cluster cluster, string topic, int adding, int removing) =>
        Until.TrueAsync("every node shows the move", Limit, async () =>
        {
            foreach (var node in cluster.Nodes)
            {
                if (await Administration.MovesAsync(node, topic) is not [var move] || !move.AddingReplicas.SequenceEqual([adding]) || !move.RemovingReplicas.SequenceEqual([removing]))
                    return false;
            }
            return true;
        });

    private static Task IsAtAsync(Cluster cluster, string topic, int[] replicas) =>
        Until.TrueAsync($"replicas on {string.Join(',', replicas)} and no move", Limit, async () =>
        {
            foreach (var node in cluster.Nodes)
            {
                if ((await Administration.MovesAsync(node, topic)).Count > 0 || !(await PartitionAsync(node, topic)).ReplicaNodes.SequenceEqual(replicas))
                    return false;
            }
            return true;
        });

    /// <summary>The bytes by which the copy grows in that time, once it has begun.</summary>
    private static async Task<long> GrowthAsync(Node node, string topic, TimeSpan time)
    {
        long before = 0;
        await Until.TrueAsync("the copy has begun", Limit, async () => (before = await Administration.LogBytesAsync(node, topic, 0)) > 0);
        await Task.Delay(time);
        return await Administration.LogBytesAsync(node, topic, 0) - before;
    }

    /// <summary>One record, and the offset that it got.</summary>
    private static async Task<long> ProduceAsync(Node leader, string topic, int bytes)
    {
        using var batch = new RecordBatchBuilder();
        batch.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), NullableBytes.Null, new byte[bytes]);
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 10_000,
            TopicData = [new() { Name = topic, PartitionData = [new() { Index = 0, Records = new MemoryRecords(batch.ToArray()) }] }],
        };
        var response = (await WireClient.AskAsync<ProduceRequest, ProduceResponse>(leader, request, 9, TimeSpan.FromSeconds(15))).Responses[0].PartitionResponses[0];
        Assert.Equal((ErrorCode.None, null), (response.ErrorCode, response.ErrorMessage));
        return response.BaseOffset;
    }

    [GeneratedRegex(@"unclean-0 is cut from (?<from>\d+) to (?<to>\d+), below its watermark \d+: committed records are lost[^\n]*")]
    private static partial Regex LossLine();
}
