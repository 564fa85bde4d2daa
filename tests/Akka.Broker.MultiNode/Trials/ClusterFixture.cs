using Akka.Broker.MultiNode.Lab;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>One cluster for all tests of a class. What a failed test leaves behind is put in order for the next.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    private Cluster? _cluster;

    protected virtual bool IsWanted => true;

    public async Task InitializeAsync()
    {
        if (IsWanted && await Needs.MissingAsync() is null)
            _cluster = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    /// <summary>The cluster, all its nodes running.</summary>
    public async Task<Cluster> InHealthAsync()
    {
        await Needs.NetworkAsync();
        await _cluster!.Network.HealAllAsync();
        foreach (var node in _cluster.Nodes)
        {
            if (node.IsPaused)
                await node.WakeAsync();
            if (!node.IsRunning)
                node.Start();
        }
        foreach (var node in _cluster.Nodes)
            await node.WaitUntilReadyAsync(TimeSpan.FromSeconds(60));
        await _cluster.WaitForHealthAsync();
        return _cluster;
    }

    protected abstract Task<Cluster> StartAsync();
}
