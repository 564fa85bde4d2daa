using System.Text.Json;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>Nodes come and go: what an operator sees of it and does about it, in the order in which he would.</summary>
[Collection(ThreeNodes.Name)]
public sealed class ClusterSpec(ThreeNodes cluster)
{
    [Fact]
    public async Task Nodes_are_shown_drained_let_go_taken_back_and_taken_out()
    {
        await cluster.OutputAsync("topic", "create", "kept", "-p", "3", "-r", "2", "-c", "min.insync.replicas=1");
        await cluster.OutputAsync("topic", "produce", "kept", "-v", "still here");
        await Cluster.UntilAsync("the cluster is sound", IsSoundAsync);
        Assert.Equal(3, (await cluster.JsonAsync("cluster", "show")).GetProperty("nodes").GetArrayLength());
        Assert.Contains("controller", await cluster.OutputAsync("cluster", "leader"));
        Assert.Equal(3, (await cluster.JsonAsync("broker", "list")).GetArrayLength());
        Assert.Contains("listeners", await cluster.OutputAsync("broker", "describe", "3"));
        Assert.Contains("There is no broker 9; there are 1, 2, 3.", await cluster.ErrorAsync(1, "broker", "describe", "9"));
        Assert.Equal(3, (await cluster.JsonAsync("broker", "log-dirs")).GetArrayLength());
        Assert.Single((await cluster.JsonAsync("broker", "log-dirs", "-b", "2")).EnumerateArray());
        Assert.Empty((await cluster.JsonAsync("broker", "strays")).EnumerateArray());

        await cluster.OutputAsync("broker", "drain", "3");
        await cluster.OutputAsync("broker", "drain", "3", "--execute");
        await cluster.OutputAsync("partition", "reassign", "status", "--wait");
        Assert.Equal(0, (await cluster.JsonAsync("broker", "describe", "3")).GetProperty("replicas").GetInt32());

        Assert.Equal(3, (await cluster.JsonAsync("controller", "voters")).GetArrayLength());
        Assert.Equal(3, (await cluster.JsonAsync("controller", "status")).GetProperty("replicas").GetArrayLength());
        Assert.Contains("is a voter already", await cluster.ErrorAsync(1, "controller", "add-voter", "3"));

        Assert.Contains("Nothing is changed.", await cluster.OutputAsync("cluster", "leave", "3"));
        await cluster.OutputAsync("cluster", "leave", "3", "--execute");
        var left = await cluster.Broker(3).EndAsync();
        Assert.Equal(0, left.ExitCode);
        Assert.Contains("This node stops: an operator let it leave.", left.Errors);
        await Cluster.UntilAsync("node 3 is fenced", async () => (await cluster.PbmAsync("cluster", "status")).Output.Contains("fenced brokers          3", StringComparison.Ordinal));
        Assert.Contains("The cluster is not sound: brokers 3 fenced", await cluster.ErrorAsync(1, "cluster", "status"));
        Assert.False(JsonDocument.Parse((await cluster.PbmAsync("cluster", "status", "-f", "json")).Output).RootElement.GetProperty("sound").GetBoolean());
        Assert.Contains("Broker 3 is fenced", await cluster.ErrorAsync(1, "config", "describe", "-b", "3"));
        await cluster.OutputAsync("controller", "remove-voter", "3");
        await cluster.OutputAsync("controller", "remove-voter", "3", "--execute");
        Assert.Equal(2, (await cluster.JsonAsync("controller", "voters")).GetArrayLength());

        Assert.Contains("Broker 2 is alive", await cluster.ErrorAsync(1, "broker", "unregister", "2", "--execute"));
        Assert.Contains("Nothing is changed.", await cluster.OutputAsync("broker", "unregister", "3"));
        await cluster.OutputAsync("broker", "unregister", "3", "--execute");
        await Cluster.UntilAsync("node 3 is forgotten", async () => (await cluster.JsonAsync("broker", "list")).GetArrayLength() == 2);

        await cluster.Broker(3).StartAsync();
        await Cluster.UntilAsync("node 3 follows", async () => (await cluster.OutputAsync("controller", "status")).Split('\n').Any(l => l.TrimStart().StartsWith("3  ", StringComparison.Ordinal)));
        var adding = await cluster.PbmAsync("controller", "add-voter", "3", "--execute");
        // The controller makes a node that has caught up a voter by itself; it may have been quicker.
        Assert.True(adding.ExitCode == 0 || adding.Errors.Contains("is a voter already", StringComparison.Ordinal), adding.Errors);
        Assert.Equal(3, (await cluster.JsonAsync("controller", "voters")).GetArrayLength());

        Assert.Contains("is the one that you are connected to", await cluster.ErrorAsync(1, "cluster", "down", "1", "--execute"));
        // Shown while it is alive: of a member that is killed the others may have taken leave before anybody asks.
        Assert.Contains("Nothing is changed.", await cluster.OutputAsync("cluster", "down", "3"));
        await cluster.Broker(3).KillAsync();
        var down = await cluster.PbmAsync("cluster", "down", "3", "--execute");
        Assert.True(down.ExitCode == 0 || down.Errors.Contains("is no member", StringComparison.Ordinal), down.Errors);
        await Cluster.UntilAsync("node 3 is absent", async () => (await cluster.OutputAsync("cluster", "show")).Contains("absent", StringComparison.Ordinal));
        Assert.Contains("still here", await cluster.OutputAsync("topic", "tail", "kept", "--from", "earliest", "-n", "1"));

        await cluster.Broker(3).StartAsync();
        await Cluster.UntilAsync("the cluster is sound again", IsSoundAsync);
    }

    private async Task<bool> IsSoundAsync() => (await cluster.PbmAsync("cluster", "status")).ExitCode == 0;
}
