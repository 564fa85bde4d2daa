using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>One node becomes a cluster of three, under load all the time.</summary>
public sealed class GrowthSpec(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [MatrixFact]
    public async Task One_node_grows_to_three_keeps_its_data_and_bears_the_loss_of_the_first()
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(1, countMax: 3, settings: "akka.broker.offsets.topic.num.partitions=3");
        var result = await Trial.RunAsync(cluster, "grown", new TrialOptions { Partitions = 3, Replicas = 1, MinInSync = 1, Members = 1 }, async trial =>
        {
            // Each knows the seed node and no more.
            trial.Fault("a second node");
            await cluster.AddAsync();
            trial.Fault("a third node");
            await cluster.AddAsync();
            await VotersAreAsync(cluster, 1, 2, 3);
            for (var partition = 0; partition < 3; partition++)
                await cluster.MoveAsync(trial.Topic, partition, [1 + partition, 1 + ((partition + 1) % 3), 1 + ((partition + 2) % 3)]);
            await HaveReplicasAsync(cluster, trial.Topic, 3);
            await HaveReplicasAsync(cluster, "__consumer_offsets", 3);
            await trial.MoreAcksAsync(500);

            await trial.KillAndRestartAsync(cluster[1], "the node that was first");
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }

    private static Task VotersAreAsync(Cluster cluster, params int[] voters) =>
        Until.TrueAsync($"the voters {string.Join(", ", voters)}", Limit, () => Task.FromResult(
            cluster.Nodes.Any(n => n.LogSince(0).Any(line => line.Contains($"The voters of the metadata log are [{string.Join(", ", voters)}]", StringComparison.Ordinal)))));

    private static Task HaveReplicasAsync(Cluster cluster, string topic, int count) =>
        Until.TrueAsync($"{count} replicas of {topic}, all in sync", Limit, async () =>
            (await cluster.MetadataAsync(cluster[1], topic)).Topics is [{ ErrorCode: ErrorCode.None } found] && found.Partitions.TrueForAll(p => IsWhole(p, count)));

    private static bool IsWhole(MetadataResponse.MetadataResponsePartition partition, int count) =>
        partition.ReplicaNodes.Length == count && partition.IsrNodes.Length == count;
}
