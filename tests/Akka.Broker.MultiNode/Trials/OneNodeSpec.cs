using Akka.Broker.MultiNode.Lab;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>A broker by itself, killed and restarted under load: what one replica can promise, and a trial of the trial's own machinery.</summary>
public sealed class OneNodeSpec(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Kill_and_restart_lose_nothing()
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(1, settings: "akka.broker.offsets.topic.num.partitions=3");
        var result = await Trial.RunAsync(cluster, "alone", new TrialOptions { Replicas = 1, MinInSync = 1, Members = 1 }, async trial =>
        {
            for (var kill = 0; kill < 2; kill++)
            {
                trial.Fault("kill -9");
                await cluster[1].KillAsync();
                await Cluster.RestartAsync(cluster[1]);
                await trial.MoreAcksAsync(1000);
            }
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }
}
