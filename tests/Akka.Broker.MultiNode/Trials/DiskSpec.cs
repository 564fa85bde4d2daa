using Akka.Broker.MultiNode.Lab;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>Disks that fail, by a test host that has the product's disk seam in its hands.</summary>
public sealed class DiskSpec(ITestOutputHelper output)
{
    [MatrixFact]
    public Task Leader_whose_disk_fails_is_replaced_and_serves_again_after_a_restart() => TryAsync("disk-error", "Write,Sync error", async (trial, broken) =>
    {
        await trial.MoreAcksAsync(2000, TimeSpan.FromMinutes(2));
        await broken.BreakDiskAsync("none");
        await broken.KillAsync();
        await Cluster.RestartAsync(broken);
    });

    [MatrixFact]
    public Task Leader_whose_disk_is_full_serves_again_when_there_is_space() => TryAsync("disk-full", "Write full", async (trial, broken) =>
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        trial.Fault("space again", measured: false);
        await broken.BreakDiskAsync("none");
        await trial.MoreAcksAsync(2000, TimeSpan.FromMinutes(2));
    });

    private async Task TryAsync(string topic, string how, Func<Trial, Node, Task> then)
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(3, hasFaultyDisks: true, settings: "akka.broker.offsets.topic.num.partitions=6");
        var result = await Trial.RunAsync(cluster, topic, new TrialOptions(), async trial =>
        {
            var leader = await cluster.LeaderAsync(topic, 0);
            trial.Fault($"disk of node {leader.Id}: {how}");
            await leader.BreakDiskAsync($"{how} {topic}");
            await then(trial, leader);
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }
}
