using Akka.Broker.MultiNode.Lab;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>A cluster that stops and starts as a whole, in any order and without some, and one that is in parts: it is one cluster again by itself, with all that it had.</summary>
public sealed class FormationSpec(ThreeNodes nodes, ITestOutputHelper output) : IClassFixture<ThreeNodes>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [MatrixFact]
    public Task Full_stop_in_one_order_and_start_in_another() => TryAsync("formed-orders", async trial =>
    {
        int[][] orders = [[1, 2, 3, 3, 1, 2], [3, 1, 2, 2, 3, 1], [2, 3, 1, 3, 2, 1]];
        foreach (var order in orders)
        {
            trial.Fault($"SIGTERM of nodes {string.Join(", ", order[..3])}, and start of {string.Join(", ", order[3..])}", measured: false);
            foreach (var id in order[..3])
                await trial.Cluster[id].StopAsync();
            foreach (var id in order[3..])
            {
                trial.Cluster[id].Start();
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
            await IsWholeAsync(trial);
        }
    });

    [MatrixFact]
    public Task Start_with_one_voter_missing_be_it_the_first_seed() => TryAsync("formed-missing", async trial =>
    {
        foreach (var missing in trial.Cluster.Nodes)
        {
            trial.Fault($"SIGTERM of all, and start without node {missing.Id}", measured: false);
            foreach (var node in trial.Cluster.Nodes)
                await node.StopAsync();
            await StartWithoutAsync(trial, missing);
            await trial.MoreAcksAsync(500, Limit);
            missing.Start();
            await IsWholeAsync(trial);
        }
    });

    /// <summary>Nobody knows then who had the most, so partitions wait for the third; metadata, of which a majority is enough, do not.</summary>
    [MatrixFact]
    public Task Start_with_one_voter_missing_after_all_were_killed() => TryAsync("formed-killed", async trial =>
    {
        var missing = trial.Cluster[1];
        trial.Fault($"kill -9 of all, and start without node {missing.Id}", measured: false);
        await Task.WhenAll(trial.Cluster.Nodes.Select(n => n.KillAsync()));
        await StartWithoutAsync(trial, missing);
        Assert.NotEqual(missing, await trial.Cluster.ControllerAsync());
        missing.Start();
        await IsWholeAsync(trial);
    });

    [MatrixFact]
    public Task First_seed_that_restarts_cut_off_makes_no_island_and_joins_when_it_can() => TryAsync("formed-island", async trial =>
    {
        var first = trial.Cluster[1];
        trial.Fault("kill -9 of the first seed, and start while it is cut off");
        await trial.Cluster.Network.IsolateAsync(first.Id);
        await first.KillAsync();
        var mark = first.LogLength;
        first.Start();
        await trial.MoreAcksAsync(5000, Limit);
        await Task.Delay(TimeSpan.FromSeconds(15));
        Assert.DoesNotContain(first.LogSince(mark), line => line.StartsWith("ready ", StringComparison.Ordinal));
        await trial.MoreAcksAsync(500, Limit);

        await trial.Cluster.Network.HealAllAsync();
        await IsWholeAsync(trial);
    });

    [MatrixFact]
    public Task Of_two_whose_link_is_broken_and_that_a_third_sees_one_leaves_until_it_is_mended() => TryAsync("formed-link", async trial =>
    {
        var controller = await trial.Cluster.ControllerAsync();
        var pair = trial.Cluster.Nodes.Where(n => n != controller).ToList();
        var mark = controller.LogLength;
        trial.Fault($"cut between nodes {pair[0].Id} and {pair[1].Id}, which node {controller.Id}, the controller, sees");
        await trial.Cluster.Network.CutAsync(pair[0].Id, pair[1].Id);
        await Until.TrueAsync("one of the two is taken out", Limit, () => Task.FromResult(
            controller.LogSince(mark).Any(line => line.Contains("is taken out of the cluster: links between members have been broken", StringComparison.Ordinal))));
        await trial.MoreAcksAsync(5000, Limit);

        await trial.Cluster.Network.HealAllAsync();
        await IsWholeAsync(trial);
    });

    private static async Task StartWithoutAsync(Trial trial, Node missing)
    {
        var others = trial.Cluster.Nodes.Where(n => n != missing).ToList();
        others.ForEach(n => n.Start());
        foreach (var node in others)
            await node.WaitUntilReadyAsync(Limit);
    }

    /// <summary>All serve, and all of one cluster.</summary>
    private static async Task IsWholeAsync(Trial trial)
    {
        foreach (var node in trial.Cluster.Nodes)
            await node.WaitUntilReadyAsync(Limit);
        await trial.Cluster.WaitForHealthAsync(trial.Topic);
        var clusters = await Task.WhenAll(trial.Cluster.Nodes.Select(n => trial.Cluster.MetadataAsync(n, trial.Topic)));
        Assert.Single(clusters.Select(m => m.ClusterId).Distinct());
        await trial.MoreAcksAsync(500, Limit);
    }

    private async Task TryAsync(string topic, Func<Trial, Task> faults)
    {
        var result = await Trial.RunAsync(await nodes.InHealthAsync(), topic, new TrialOptions { Members = 1 }, faults);
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }
}
