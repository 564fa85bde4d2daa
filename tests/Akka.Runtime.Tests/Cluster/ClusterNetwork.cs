using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>
/// Carries the cluster messages of systems in one process from actor to actor, and can be cut. What is not of the membership goes its own way.
/// </summary>
internal sealed class ClusterNetwork
{
    private readonly ConcurrentDictionary<Address, ExtendedActorSystem> _systems = new();
    private readonly ConcurrentDictionary<(Address From, Address To), bool> _cuts = new();

    public ClusterPeers PeersOf(ExtendedActorSystem system) => new Peers(this, system);

    public void Attach(Akka.Cluster.Cluster cluster) => _systems[cluster.SelfAddress] = cluster.System;

    public void Detach(Akka.Cluster.Cluster cluster) => _systems.TryRemove(KeyValuePair.Create(cluster.SelfAddress, cluster.System));

    /// <summary>Neither side hears the other.</summary>
    public void Cut(IEnumerable<ClusterNode> left, IEnumerable<ClusterNode> right)
    {
        foreach (var a in left)
        {
            foreach (var b in right)
                _cuts[(a.Address, b.Address)] = _cuts[(b.Address, a.Address)] = true;
        }
    }

    public void Heal() => _cuts.Clear();

    private void Carry(Address? from, Address to, string name, IClusterMessage message)
    {
        if (from is not null && !_cuts.ContainsKey((from, to)) && _systems.TryGetValue(to, out var system))
            system.Provider.ResolveActorRef(system.Provider.RootPath / "system" / "cluster" / name).Tell(message, ActorRefs.NoSender);
    }

    private sealed class Peers(ClusterNetwork network, ExtendedActorSystem system) : ClusterPeers
    {
        public override void Tell(Address to, string name, IClusterMessage message) =>
            network.Carry(network._systems.FirstOrDefault(pair => pair.Value == system).Key, to, name, message);

        public override Task<bool> IsRefusedAsync(Address to) => Task.FromResult(!network._systems.ContainsKey(to));
    }
}
