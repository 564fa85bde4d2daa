using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>One cluster of three brokers, and one fault after the other under load. Nothing that was acknowledged is lost, and service comes back by itself.</summary>
public sealed class ThreeNodeSpec(ThreeNodes nodes, ITestOutputHelper output) : IClassFixture<ThreeNodes>
{
    /// <summary>The target is 3 s; a machine that compiles beside the test gets more.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public Task Kill_of_a_leader_loses_nothing() => TryAsync("kill-leader", new TrialOptions(), async trial =>
        await trial.KillAndRestartAsync(await trial.Cluster.LeaderAsync(trial.Topic, 0), "a leader"));

    [SkippableFact]
    public Task Kill_of_a_follower_loses_nothing() => TryAsync("kill-follower", new TrialOptions { Partitions = 1 }, async trial =>
        await trial.KillAndRestartAsync(await trial.Cluster.FollowerAsync(trial.Topic, 0), "a follower"));

    [SkippableFact]
    public Task Kill_of_the_controller_loses_nothing() => TryAsync("kill-controller", new TrialOptions(), async trial =>
        await trial.KillAndRestartAsync(await trial.Cluster.ControllerAsync(), "the controller"));

    [SkippableFact]
    public Task Kill_of_the_group_coordinator_loses_no_commit() => TryAsync("kill-coordinator", new TrialOptions { Members = 2 }, async trial =>
        await trial.KillAndRestartAsync(await trial.Cluster.CoordinatorAsync(trial.Group), "the group coordinator"));

    [SkippableFact]
    public Task Pause_of_a_leader_costs_acknowledged_records_of_acks_1_alone() => TryAsync("pause-leader", new TrialOptions { AlsoAcksOne = true }, async trial =>
        await trial.PauseAndWakeAsync(await trial.Cluster.LeaderAsync(trial.Topic, 0), TimeSpan.FromSeconds(8)));

    [SkippableFact]
    public Task Cut_of_a_leader_from_all_others_loses_nothing() => TryAsync("cut-leader", new TrialOptions(), async trial =>
    {
        var leader = await trial.Cluster.LeaderAsync(trial.Topic, 0);
        trial.Fault($"cut of node {leader.Id} from the others");
        await trial.Cluster.Network.IsolateAsync(leader.Id);
        await Task.Delay(TimeSpan.FromSeconds(10));
        await trial.Cluster.Network.HealAllAsync();
        await trial.Cluster.WaitForHealthAsync(trial.Topic);
    });

    [SkippableFact]
    public Task Wiped_disk_comes_back_and_is_filled_again() => TryAsync("wipe", new TrialOptions { Members = 1 }, async trial =>
        await trial.WipeAsync(await trial.Cluster.LeaderAsync(trial.Topic, 0)));

    [SkippableFact]
    public async Task Rolling_restart_fails_no_send_and_moves_no_member()
    {
        var result = await TryAsync("rolling", new TrialOptions { Members = 2 }, trial => trial.RollAsync());
        // Each member is given partitions once or twice while the group forms; the restarts add nothing.
        Assert.InRange(result.Verdict.Rebalances, 2, 4);
    }

    private async Task<TrialResult> TryAsync(string topic, TrialOptions options, Func<Trial, Task> faults)
    {
        var cluster = await nodes.InHealthAsync();
        var result = await Trial.RunAsync(cluster, topic, options, faults);
        output.WriteLine(result.ToString());
        result.MustBeClean();
        Assert.True(result.GapMax < SilenceMax, result.ToString());
        return result;
    }
}
