using System.Net.Sockets;
using System.Text.RegularExpressions;
using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>Five brokers and every fault that we know of, each under load.</summary>
public sealed class MatrixSpec(FiveNodes nodes, ITestOutputHelper output) : IClassFixture<FiveNodes>
{
    [MatrixFact]
    public Task Twenty_kills_of_a_leader_are_short_silences() => TryAsync("twenty-kills", new TrialOptions { Members = 2 }, async trial =>
    {
        for (var kill = 0; kill < 20; kill++)
            await trial.KillAndRestartAsync(await trial.Cluster.LeaderAsync(trial.Topic, kill % 6), "a leader");
    });

    [MatrixFact]
    public Task Kill_of_a_follower() => TryAsync("matrix-follower", new TrialOptions { Partitions = 1 }, async trial =>
        await trial.KillAndRestartAsync(await trial.Cluster.FollowerAsync(trial.Topic, 0), "a follower"));

    [MatrixFact]
    public Task Kill_of_the_controller() => TryAsync("matrix-controller", new TrialOptions { Members = 1 }, async trial =>
    {
        for (var kill = 0; kill < 3; kill++)
            await trial.KillAndRestartAsync(await trial.Cluster.ControllerAsync(), "the controller");
    });

    [MatrixFact]
    public Task Kill_of_the_group_coordinator() => TryAsync("matrix-coordinator", new TrialOptions { Members = 3 }, async trial =>
    {
        for (var kill = 0; kill < 3; kill++)
            await trial.KillAndRestartAsync(await trial.Cluster.CoordinatorAsync(trial.Group), "the group coordinator");
    });

    [MatrixFact]
    public Task Kill_of_the_oldest_member() => TryAsync("matrix-oldest", new TrialOptions { Members = 1 }, async trial =>
    {
        for (var kill = 0; kill < 3; kill++)
            await trial.KillAndRestartAsync(trial.Cluster.Oldest, "the oldest member");
    });

    [MatrixFact]
    public Task Kill_of_two_of_five() => TryAsync("matrix-two", new TrialOptions { Partitions = 10, Replicas = 5 }, async trial =>
    {
        var first = await trial.Cluster.ControllerAsync();
        var second = trial.Cluster.Other(first);
        trial.Fault($"kill -9 of nodes {first.Id} and {second.Id}");
        await Task.WhenAll(first.KillAsync(), second.KillAsync());
        await trial.MoreAcksAsync(3000);
        await Task.WhenAll(Cluster.RestartAsync(first), Cluster.RestartAsync(second));
    });

    [MatrixFact]
    public Task Kill_of_all_at_once() => TryAsync("matrix-all", new TrialOptions { Members = 2 }, async trial =>
    {
        trial.Fault("kill -9 of all");
        await Task.WhenAll(trial.Cluster.Nodes.Select(n => n.KillAsync()));
        foreach (var node in trial.Cluster.Nodes)
            node.Start();
        foreach (var node in trial.Cluster.Nodes)
            await node.WaitUntilReadyAsync(TimeSpan.FromSeconds(60));
    });

    [MatrixFact]
    public Task Chase_of_the_leader_ten_in_a_row() => TryAsync("matrix-chase", new TrialOptions { Partitions = 1 }, async trial =>
    {
        for (var kill = 0; kill < 10; kill++)
        {
            var leader = await trial.Cluster.LeaderAsync(trial.Topic, 0);
            trial.Fault($"kill -9 of the leader, node {leader.Id}");
            await leader.KillAsync();
            leader.Start();
            await trial.MoreAcksAsync(500);
            await leader.WaitUntilReadyAsync(TimeSpan.FromSeconds(60));
        }
    });

    [MatrixFact]
    public async Task Rolling_restart()
    {
        var result = await TryAsync("matrix-rolling", new TrialOptions { Members = 3 }, trial => trial.RollAsync());
        Assert.InRange(result.Verdict.Rebalances, 3, 9);
    }

    [MatrixFact]
    public Task Pause_of_a_leader_for_30_seconds() => TryAsync("matrix-pause", new TrialOptions { AlsoAcksOne = true, GapWindow = TimeSpan.FromSeconds(60) }, async trial =>
        await trial.PauseAndWakeAsync(await trial.Cluster.LeaderAsync(trial.Topic, 0), TimeSpan.FromSeconds(30)));

    [MatrixFact]
    public Task Leader_cut_from_the_controller_and_not_from_its_followers() => TryAsync("matrix-cut-controller", new TrialOptions(), async trial =>
    {
        var controller = await trial.Cluster.ControllerAsync();
        var leader = await LeaderOtherThanAsync(trial, controller);
        trial.Fault($"cut between the controller, node {controller.Id}, and the leader, node {leader.Id}");
        await trial.Cluster.Network.CutAsync(controller.Id, leader.Id);
        await HealAfterAsync(trial, TimeSpan.FromSeconds(20));
    });

    [MatrixFact]
    public Task Leader_cut_from_its_followers_and_not_from_the_controller() => TryAsync("matrix-cut-followers", new TrialOptions(), async trial =>
    {
        var controller = await trial.Cluster.ControllerAsync();
        var leader = await LeaderOtherThanAsync(trial, controller);
        trial.Fault($"cut of the leader, node {leader.Id}, from all but the controller, node {controller.Id}");
        foreach (var other in trial.Cluster.Nodes.Where(n => n != leader && n != controller))
            await trial.Cluster.Network.CutAsync(leader.Id, other.Id);
        await HealAfterAsync(trial, TimeSpan.FromSeconds(20));
    });

    [MatrixFact]
    public Task Tail_that_a_cut_off_leader_took_at_acks_1_is_cut_and_told() => TryAsync("matrix-tail", new TrialOptions(), async trial =>
    {
        const string alone = "matrix-tail-acks-1";
        await trial.Cluster.CreateTopicAsync(alone, 1, 3);
        var leader = await trial.Cluster.LeaderAsync(alone, 0);
        var length = leader.LogLength;
        trial.Fault($"cut of node {leader.Id}, which goes on taking records at acks=1, from the others");
        await trial.Cluster.Network.IsolateAsync(leader.Id);
        var taken = 0;
        while (await IsTakenAsync(leader, alone))
            taken++;
        Assert.True(taken > 0);

        await HealAfterAsync(trial, TimeSpan.FromSeconds(15));

        await Until.TrueAsync("the tail is cut and told", TimeSpan.FromSeconds(30), () => Task.FromResult(
            leader.LogSince(length).Any(l => Regex.Match(l, @" is cut from (\d+) to 0: ") is { Success: true } cut && int.Parse(cut.Groups[1].Value) >= taken)));
    });

    [MatrixFact]
    public Task One_way_cut_of_a_leader() => TryAsync("matrix-one-way", new TrialOptions(), async trial =>
    {
        foreach (var isDeaf in new[] { true, false })
        {
            var leader = await trial.Cluster.LeaderAsync(trial.Topic, 0);
            trial.Fault($"node {leader.Id} is {(isDeaf ? "deaf" : "mute")} to the others");
            foreach (var other in trial.Cluster.Nodes.Where(n => n != leader))
                await trial.Cluster.Network.CutOneWayAsync(isDeaf ? other.Id : leader.Id, isDeaf ? leader.Id : other.Id);
            await HealAfterAsync(trial, TimeSpan.FromSeconds(15));
        }
    });

    [MatrixFact]
    public Task Flapping_cut_of_the_controller() => TryAsync("matrix-flap", new TrialOptions(), async trial =>
    {
        var controller = await trial.Cluster.ControllerAsync();
        trial.Fault($"cuts of the controller, node {controller.Id}, every other second");
        for (var flap = 0; flap < 10; flap++)
        {
            await trial.Cluster.Network.IsolateAsync(controller.Id);
            await Task.Delay(TimeSpan.FromSeconds(1));
            await trial.Cluster.Network.HealAllAsync();
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
        await trial.Cluster.WaitForHealthAsync(trial.Topic);
    });

    [MatrixFact]
    public Task Wiped_disk() => TryAsync("matrix-wipe", new TrialOptions { Members = 1 }, async trial =>
    {
        await trial.WipeAsync(await trial.Cluster.LeaderAsync(trial.Topic, 0));
        await trial.WipeAsync(await trial.Cluster.ControllerAsync());
    });

    [MatrixFact]
    public Task Slow_follower() => TryAsync("matrix-slow", new TrialOptions { Partitions = 1, RecordBytes = 2000 }, async trial =>
    {
        var follower = await trial.Cluster.FollowerAsync(trial.Topic, 0);
        trial.Fault($"node {follower.Id} gets 1 Mbit/s");
        await trial.Cluster.Network.LimitAsync(follower.Id, "1mbit");
        await HealAfterAsync(trial, TimeSpan.FromSeconds(60));
    });

    [MatrixFact]
    public async Task One_percent_of_loss_and_50_ms_of_delay()
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(3, 0, delayMs: 50);
        output.WriteLine((await Trial.RunAsync(cluster, "matrix-loss", new TrialOptions { Rate = 300 }, async trial =>
        {
            trial.Fault("1% loss, 50 ms delay", measured: false);
            foreach (var node in cluster.Nodes)
                await cluster.Network.LoseAsync(node.Id, 0.01);
            await Task.Delay(TimeSpan.FromSeconds(20));
            trial.Fault("and kill -9 of a leader");
            var leader = await cluster.LeaderAsync(trial.Topic, 0);
            await leader.KillAsync();
            await trial.MoreAcksAsync(1000);
            await Cluster.RestartAsync(leader);
            await Task.Delay(TimeSpan.FromSeconds(20));
        })).MustBeClean().ToString());
    }

    private static async Task<Node> LeaderOtherThanAsync(Trial trial, Node controller)
    {
        for (var partition = 0; partition < 6; partition++)
        {
            var leader = await trial.Cluster.LeaderAsync(trial.Topic, partition);
            if (leader != controller)
                return leader;
        }
        throw new InvalidOperationException($"Node {controller.Id}, the controller, leads all partitions.");
    }

    /// <summary>Not any more when the leader's lease is over, nor when it has closed its doors because it hears of no controller.</summary>
    private static async Task<bool> IsTakenAsync(Node leader, string topic)
    {
        try
        {
            return await leader.ProduceAsync(topic, 0, new byte[100]) == ErrorCode.None;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    private static async Task HealAfterAsync(Trial trial, TimeSpan pause)
    {
        await Task.Delay(pause);
        await trial.Cluster.Network.HealAllAsync();
        await trial.Cluster.WaitForHealthAsync(trial.Topic);
    }

    private async Task<TrialResult> TryAsync(string topic, TrialOptions options, Func<Trial, Task> faults)
    {
        var result = await Trial.RunAsync(await nodes.InHealthAsync(), topic, options, faults);
        output.WriteLine(result.ToString());
        return result.MustBeClean();
    }
}
