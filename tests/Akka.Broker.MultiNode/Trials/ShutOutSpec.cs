using Akka.Broker.MultiNode.Lab;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>A node that reaches the controller and no other: the cluster takes it out whenever it comes back, and has it again when the network is sound.</summary>
public sealed class ShutOutSpec(ITestOutputHelper output)
{
    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(90);

    [MatrixFact]
    public async Task Node_that_reaches_only_the_controller_for_long_comes_back_by_itself()
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(5);
        var result = await Trial.RunAsync(cluster, "shut-out", new TrialOptions { Members = 1 }, async trial =>
        {
            var controller = await cluster.ControllerAsync();
            var cut = cluster.Other(controller);
            trial.Fault($"cut of node {cut.Id} from all but the controller, node {controller.Id}, for {CutFor.TotalSeconds:0} s");
            foreach (var other in cluster.Nodes.Where(n => n != cut && n != controller))
                await cluster.Network.CutAsync(cut.Id, other.Id);
            await Task.Delay(CutFor);
            await cluster.Network.HealAllAsync();
            Assert.True(cut.IsRunning, cut.Tail());
            await cluster.WaitForHealthAsync(trial.Topic);
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }
}
