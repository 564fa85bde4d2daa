using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>Several systems in one process with a network between them that can be cut. All of them end with the test.</summary>
/// <param name="extra">Settings of all nodes.</param>
/// <param name="overTcp">Cluster messages go over remoting as well, and nothing can be cut.</param>
internal sealed class ClusterOfNodes(string extra = "", bool overTcp = false) : IAsyncDisposable
{
    private const string Hocon = """
        akka {
          stdout-loglevel = OFF, loglevel = OFF
          actor.provider = cluster
          remote { retry-gate-closed-for = 100ms, dot-netty.tcp { hostname = 127.0.0.1, port = 0 } }
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          cluster {
            gossip-interval = 50ms, leader-actions-interval = 50ms, unreachable-nodes-reaper-interval = 50ms, periodic-tasks-initial-delay = 10ms
            failure-detector { heartbeat-interval = 100ms, acceptable-heartbeat-pause = 15s, expected-response-after = 200ms }
          }
        }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly List<ClusterNode> _nodes = [];
    private int _seed;

    public ClusterNetwork Network { get; } = new();

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    /// <summary>A node that is in no cluster yet.</summary>
    public ClusterNode Start(string more = "")
    {
        var config = ConfigurationFactory.ParseString(more).WithFallback(extra).WithFallback(Hocon);
        var setup = BootstrapSetup.Create().WithConfig(config).And(new ClusterTestSetup(overTcp ? system => new RemotePeers(system) : Network.PeersOf, ++_seed));
        var node = new ClusterNode(ActorSystem.Create("test", setup));
        Network.Attach(node.Cluster);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Nodes that are up and know each other.</summary>
    public async Task<ClusterNode[]> FormAsync(int count, string more = "")
    {
        var nodes = new ClusterNode[count];
        for (var i = 0; i < count; i++)
        {
            nodes[i] = Start(more);
            nodes[i].Cluster.Join(nodes[0].Address);
        }

        await Task.WhenAll(nodes.Select(node => node.UntilUpAsync(nodes)));
        return nodes;
    }

    /// <summary>The process dies: nothing is said to anyone.</summary>
    public Task KillAsync(ClusterNode node)
    {
        Network.Detach(node.Cluster);
        var system = (ActorSystemImpl)node.System;
        system.FinalTerminate();
        return system.WhenTerminated.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(KillAsync));
}
