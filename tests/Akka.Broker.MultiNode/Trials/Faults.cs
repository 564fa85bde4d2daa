using Akka.Broker.MultiNode.Lab;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>The faults of both suites, each done to a trial under load.</summary>
public static class Faults
{
    /// <summary>kill -9, and back after a while.</summary>
    public static async Task KillAndRestartAsync(this Trial trial, Node node, string what)
    {
        trial.Fault($"kill -9 of {what}, node {node.Id}");
        await node.KillAsync();
        await trial.MoreAcksAsync(2000);
        await Cluster.RestartAsync(node);
        await trial.Cluster.WaitForHealthAsync(trial.Topic);
    }

    /// <summary>SIGTERM, and back: one node after the other, each in health before the next.</summary>
    public static async Task RollAsync(this Trial trial)
    {
        foreach (var node in trial.Cluster.Nodes)
        {
            trial.Fault($"SIGTERM of node {node.Id}");
            await node.StopAsync();
            await trial.MoreAcksAsync(500);
            await Cluster.RestartAsync(node);
            await trial.Cluster.WaitForHealthAsync();
        }
    }

    /// <summary>SIGSTOP until another leads, then some more, then SIGCONT.</summary>
    public static async Task PauseAndWakeAsync(this Trial trial, Node node, TimeSpan pause)
    {
        trial.Fault($"SIGSTOP of node {node.Id}");
        await node.PauseAsync();
        await Task.Delay(pause);
        trial.Fault($"SIGCONT of node {node.Id}", measured: false);
        await node.WakeAsync();
        await trial.Cluster.WaitForHealthAsync(trial.Topic);
    }

    public static async Task WipeAsync(this Trial trial, Node node)
    {
        trial.Fault($"kill -9 and wiped disk of node {node.Id}");
        await node.KillAsync();
        node.Wipe();
        await trial.MoreAcksAsync(2000);
        await Cluster.RestartAsync(node);
        await trial.Cluster.WaitForHealthAsync();
    }
}
