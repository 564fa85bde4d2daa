using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;

namespace Akka.Cluster;

/// <summary>How cluster actors of one node reach those of another. At most once, in order, without an answer. Any thread.</summary>
internal abstract class ClusterPeers
{
    public const string Core = "core";
    public const string HeartbeatSender = "heartbeatSender";
    public const string HeartbeatReceiver = "heartbeatReceiver";

    /// <summary>Tells the actor <c>/system/cluster/NAME</c> at an address.</summary>
    public abstract void Tell(Address to, string name, IClusterMessage message);
}

/// <summary>The real one: over remoting.</summary>
internal sealed class RemotePeers(ExtendedActorSystem system) : ClusterPeers
{
    private readonly ConcurrentDictionary<(Address, string), IActorRef> _known = new();

    public override void Tell(Address to, string name, IClusterMessage message) =>
        _known.GetOrAdd((to, name), key => system.Provider.ResolveActorRef(new RootActorPath(key.Item1) / "system" / "cluster" / key.Item2))
            .Tell(message, ActorRefs.NoSender!);
}

/// <summary>Puts something in the way of a system's cluster messages, and fixes its chance: for tests.</summary>
internal sealed class ClusterTestSetup(Func<ExtendedActorSystem, ClusterPeers> peers, int seed) : Setup
{
    public Func<ExtendedActorSystem, ClusterPeers> Peers => peers;

    public int Seed => seed;
}
