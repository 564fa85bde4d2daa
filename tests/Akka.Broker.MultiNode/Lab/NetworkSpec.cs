namespace Akka.Broker.MultiNode.Lab;

/// <summary>The faults of the network are real ones: a trial whose cut cuts nothing would prove nothing.</summary>
public sealed class NetworkSpec
{
    private const int Port = 7000;

    [SkippableFact]
    public async Task Cut_stops_both_directions_or_one_and_heals()
    {
        await Needs.NetworkAsync();
        await using var network = await Network.CreateAsync(3);
        await using var first = await ServeAsync(network, 1);
        await using var second = await ServeAsync(network, 2);
        await using var third = await ServeAsync(network, 3);
        Assert.NotNull(await AskAsync(network, 1, 2));

        await network.CutAsync(1, 2);
        Assert.Null(await AskAsync(network, 1, 2));
        Assert.Null(await AskAsync(network, 2, 1));
        Assert.NotNull(await AskAsync(network, 3, 2));
        await network.HealAllAsync();
        Assert.NotNull(await AskAsync(network, 1, 2));

        // Without an answer no connection comes about, from whichever side it is tried.
        await network.CutOneWayAsync(1, 2);
        Assert.Null(await AskAsync(network, 1, 2));
        Assert.Null(await AskAsync(network, 2, 1));
        await network.HealAsync(2);

        await network.IsolateAsync(3);
        Assert.Null(await AskAsync(network, 3, 1));
        Assert.NotNull(await AskAsync(network, 2, 1));
    }

    [SkippableFact]
    public async Task Limit_slows_what_is_sent_to_the_node()
    {
        await Needs.NetworkAsync();
        await using var network = await Network.CreateAsync(2);
        await using var first = await ServeAsync(network, 1);
        await network.LimitAsync(1, "2mbit");
        // 400 KB at 2 Mbit/s are 1.6 s, less what the bucket lets through at once.
        Assert.InRange((await AskAsync(network, 2, 1, 400_000, 20))!.Value, 1000, 15_000);
        await network.HealAsync(1);
        Assert.InRange((await AskAsync(network, 2, 1, 400_000, 20))!.Value, 0, 800);
    }

    [SkippableFact]
    public async Task Delay_comes_between_nodes_and_not_between_them_and_clients()
    {
        await Needs.NetworkAsync();
        await using var network = await Network.CreateAsync(2);
        await network.DelayAsync(50);
        await using var first = await ServeAsync(network, 1);
        Assert.InRange((await AskAsync(network, 2, 1))!.Value, 100, 900);
        await using var client = ClientProcess.Start(network.ClientNamespace, "probe.py", "ask", network.AddressOf(1), $"{Port}", "1", "2");
        Assert.InRange(await TookAsync(client) ?? -1, 0, 90);
    }

    private static async Task<ClientProcess> ServeAsync(Network network, int node)
    {
        var server = ClientProcess.Start(network.NamespaceOf(node), "probe.py", "serve", $"{Port}");
        await server.LineAsync(l => l == "ready");
        return server;
    }

    /// <summary>Milliseconds there and back, null if nothing came back.</summary>
    private static async Task<int?> AskAsync(Network network, int from, int to, int bytes = 1, int seconds = 1)
    {
        await using var probe = ClientProcess.Start(network.NamespaceOf(from), "probe.py", "ask", network.AddressOf(to), $"{Port}", $"{bytes}", $"{seconds}");
        return await TookAsync(probe);
    }

    private static async Task<int?> TookAsync(ClientProcess probe)
    {
        var line = await probe.LineAsync(_ => true);
        return line == "none" ? null : int.Parse(line["took ".Length..]);
    }
}
