using Akka.Broker.MultiNode.Lab;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>A second node dies while the first one that died is on its way back: the two that are left are a majority only when it is in again.</summary>
public sealed class OverlapSpec(ITestOutputHelper output)
{
    [MatrixFact]
    public async Task Second_of_three_is_killed_while_the_first_one_restarts()
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(3);
        var result = await Trial.RunAsync(cluster, "overlap", new TrialOptions { Members = 1, MinInSync = 1 }, async trial =>
        {
            // From before it has joined to after it is up.
            foreach (var delay in new[] { 0, 300, 600, 1000, 2000 })
            {
                var first = await cluster.LeaderAsync(trial.Topic, 0);
                trial.Fault($"kill -9 of node {first.Id}");
                await first.KillAsync();
                await trial.MoreAcksAsync(500);
                first.Start();
                await Task.Delay(delay);
                var second = cluster.Other(first);
                trial.Fault($"kill -9 of node {second.Id} while node {first.Id} starts, {delay} ms after its start");
                await second.KillAsync();
                await first.WaitUntilReadyAsync(TimeSpan.FromSeconds(30));
                await trial.MoreAcksAsync(500);
                await Cluster.RestartAsync(second);
                await cluster.WaitForHealthAsync();
            }
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }
}
