namespace Akka.Broker.Clients.Tests.Support;

/// <summary>Three brokers that form a cluster, a process each, on loopback.</summary>
public sealed class ThreeBrokers : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly BrokerProcess[] _nodes;

    private ThreeBrokers(Func<int, string[]>? more)
    {
        var remote = Enumerable.Range(0, 3).Select(_ => FreePorts.Tcp()).ToArray();
        string[] seeds = [.. remote.Select((port, i) => $"akka.cluster.seed-nodes.{i}=akka.tcp://broker@127.0.0.1:{port}")];
        _nodes = [.. remote.Select((port, i) => new BrokerProcess(
            _folder.File($"node-{i + 1}"),
            [
                .. seeds,
                $"akka.broker.node-id={i + 1}",
                $"akka.remote.dot-netty.tcp.port={port}",
                "akka.broker.default.replication.factor=3",
                "akka.broker.min.insync.replicas=2",
                "akka.broker.group.initial.rebalance.delay.ms=0",
                "akka.broker.group.min.session.timeout.ms=500",
                .. more?.Invoke(i + 1) ?? [],
            ]))];
    }

    public IReadOnlyList<BrokerProcess> Nodes => _nodes;

    public string Bootstrap => string.Join(',', _nodes.Select(n => n.Bootstrap));

    /// <param name="more">Settings of each node besides, by its number, 1 to 3.</param>
    public static async Task<ThreeBrokers> StartAsync(Func<int, string[]>? more = null)
    {
        var cluster = new ThreeBrokers(more);
        try
        {
            // All at once: the first start needs every one of them.
            await Task.WhenAll(cluster._nodes.Select(n => n.StartAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        _folder.Dispose();
    }
}
