using System.Collections.Concurrent;
using System.Net.Sockets;
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

    /// <summary>Whether the machine at an address says that nothing listens there. False if it says nothing.</summary>
    public abstract Task<bool> IsRefusedAsync(Address to);
}

/// <summary>The real one: over remoting.</summary>
internal sealed class RemotePeers(ExtendedActorSystem system) : ClusterPeers
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(Address, string), IActorRef> _known = new();

    public override void Tell(Address to, string name, IClusterMessage message) =>
        _known.GetOrAdd((to, name), key => system.Provider.ResolveActorRef(new RootActorPath(key.Item1) / "system" / "cluster" / key.Item2))
            .Tell(message, ActorRefs.NoSender!);

    public override async Task<bool> IsRefusedAsync(Address to)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(ProbeTimeout);
        try
        {
            await socket.ConnectAsync(to.Host!, to.Port!.Value, limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

/// <summary>Puts something in the way of a system's cluster messages, and fixes its chance: for tests.</summary>
internal sealed class ClusterTestSetup(Func<ExtendedActorSystem, ClusterPeers> peers, int seed) : Setup
{
    public Func<ExtendedActorSystem, ClusterPeers> Peers => peers;

    public int Seed => seed;
}
