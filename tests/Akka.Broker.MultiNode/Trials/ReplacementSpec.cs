using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>Nodes go for good and others take their place, by the commands that an operator types, under load all the time.</summary>
public sealed class ReplacementSpec(ITestOutputHelper output)
{
    private const string Offsets = "__consumer_offsets";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PlannedSilenceMax = TimeSpan.FromSeconds(5);
    private static readonly TrialOptions Load = new() { Members = 2 };

    [MatrixFact]
    public async Task Node_is_drained_leaves_and_is_forgotten()
    {
        await Needs.NetworkAsync();
        await using var cluster = await StartAsync();
        var result = await Trial.RunAsync(cluster, "drained", Load, async trial =>
        {
            await cluster.AddAsync();
            // A voter that leads partitions, a group's coordinator or not: whatever it holds must go.
            var leaving = await cluster.LeaderAsync(trial.Topic, 0);
            var asked = cluster.Other(leaving);
            await trial.MoreAcksAsync(2000);

            trial.Fault($"drain of node {leaving.Id}");
            await asked.PbmAsync("broker", "drain", $"{leaving.Id}", "--execute");
            await asked.MovesAreDoneAsync(Limit);
            await HoldsNothingAsync(asked, leaving);
            await trial.MoreAcksAsync(1000);

            trial.Fault($"node {leaving.Id} leaves");
            await asked.PbmAsync("cluster", "leave", $"{leaving.Id}", "--execute");
            Assert.Equal(0, await leaving.EndAsync(Limit));
            await trial.MoreAcksAsync(1000);
            await ForgetAsync(asked, leaving);
            await trial.MoreAcksAsync(1000);
            await IsWholeWithoutAsync(cluster, leaving, trial.Topic, Offsets);
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
        // Everybody is told before it goes.
        Assert.True(result.GapMax < PlannedSilenceMax, result.ToString());
    }

    [MatrixFact]
    public async Task Dead_nodes_are_replaced_by_empty_ones_of_another_id_and_of_the_same()
    {
        await Needs.NetworkAsync();
        await using var cluster = await StartAsync();
        var result = await Trial.RunAsync(cluster, "replaced", Load, async trial =>
        {
            await trial.MoreAcksAsync(3000);
            var dead = await cluster.LeaderAsync(trial.Topic, 0);
            var asked = cluster.Other(dead);
            trial.Fault($"kill -9 of node {dead.Id}, whose disk is gone with it");
            await dead.KillAsync();
            dead.Wipe();
            await trial.MoreAcksAsync(2000);

            trial.Fault($"an empty node of another id in place of node {dead.Id}");
            var added = await cluster.AddAsync();
            await asked.PbmAsync("broker", "drain", $"{dead.Id}", "--execute");
            await asked.MovesAreDoneAsync(Limit);
            await ForgetAsync(asked, dead);
            await IsWholeWithoutAsync(cluster, dead, trial.Topic, Offsets);
            await trial.MoreAcksAsync(2000);

            var second = cluster.Other(dead, asked);
            trial.Fault($"kill -9 of node {second.Id}, whose disk is gone with it");
            await second.KillAsync();
            second.Wipe();
            await trial.MoreAcksAsync(2000);
            trial.Fault($"an empty node of the same id, {second.Id}");
            await Cluster.RestartAsync(second);
            await IsWholeWithoutAsync(cluster, dead, trial.Topic, Offsets);
            await VotersAreAsync(asked, [.. cluster.Alive.Select(n => n.Id)]);
            await trial.MoreAcksAsync(2000);

            // What the last of the first three has is on the new ones too, its vote included.
            trial.Fault($"kill -9 of node {asked.Id}, the only one that was there from the start with its disk");
            await asked.KillAsync();
            await trial.MoreAcksAsync(2000);
            await trial.ReadAllAsync();
            await Cluster.RestartAsync(asked);
            await IsWholeWithoutAsync(cluster, dead, trial.Topic, Offsets);
            Assert.Equal(0, (await added.PbmJsonAsync("partition", "reassign", "status")).GetProperty("moving").GetInt32());
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }

    private static Task<Cluster> StartAsync() => Cluster.StartAsync(3, countMax: 4, settings: "akka.broker.offsets.topic.num.partitions=6");

    private static async Task HoldsNothingAsync(Node asked, Node drained)
    {
        var broker = await asked.PbmJsonAsync("broker", "describe", $"{drained.Id}");
        Assert.Equal((0, 0), (broker.GetProperty("replicas").GetInt32(), broker.GetProperty("leaders").GetInt32()));
    }

    /// <summary>Once the controller has fenced it: it takes neither a vote from nor a place off one that lives.</summary>
    private static async Task ForgetAsync(Node asked, Node gone)
    {
        await Until.TrueAsync($"node {gone.Id} is fenced", Limit, async () =>
            (await asked.PbmJsonAsync("broker", "describe", $"{gone.Id}")).GetProperty("status").GetString() == "fenced");
        await asked.PbmAsync("controller", "remove-voter", $"{gone.Id}", "--execute");
        await asked.PbmAsync("broker", "unregister", $"{gone.Id}", "--execute");
        await Until.TrueAsync($"node {gone.Id} is forgotten", Limit, async () =>
            (await asked.PbmJsonAsync("broker", "list")).EnumerateArray().All(b => b.GetProperty("broker").GetInt32() != gone.Id));
    }

    private static Task VotersAreAsync(Node asked, int[] ids) =>
        Until.TrueAsync($"the voters {string.Join(", ", ids)}", Limit, async () =>
            (await asked.PbmJsonAsync("controller", "voters")).EnumerateArray().Select(v => v.GetProperty("node").GetInt32()).Order().SequenceEqual(ids.Order()));

    private static Task IsWholeWithoutAsync(Cluster cluster, Node gone, params string[] topics) =>
        Until.TrueAsync($"three replicas of each partition, all in sync and none on node {gone.Id}, as each node sees it", Limit, async () =>
        {
            foreach (var node in cluster.Alive)
            {
                foreach (var topic in topics)
                {
                    if ((await cluster.MetadataAsync(node, topic)).Topics is not [{ ErrorCode: ErrorCode.None } found]
                        || found.Partitions.Exists(p => p.ReplicaNodes.Length != 3 || p.IsrNodes.Length != 3 || p.OfflineReplicas.Length > 0 || p.ReplicaNodes.Contains(gone.Id)))
                        return false;
                }
            }
            return true;
        });
}
