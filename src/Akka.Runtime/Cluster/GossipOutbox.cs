namespace Akka.Cluster;

/// <summary>Sends this node's view to others: at ticks, at once after a change, and as last words. The core's alone.</summary>
internal sealed class GossipOutbox(Cluster cluster)
{
    private const int SpreadRoundsMax = 3;
    private const int SmallCluster = 10;
    private const int LastGossips = 5;
    private const int NextLeaders = 3;

    private int _spreadRounds;

    public void Send(Membership now, UniqueAddress to) =>
        cluster.Peers.Tell(to.Address, ClusterPeers.Core, new GossipEnvelope(cluster.SelfUniqueAddress, to, now.Gossip));

    /// <summary>To one other; a digest is enough for one who should have the same version.</summary>
    public void Tick(Membership now)
    {
        if (GossipTargets.Pick(now, cluster.Settings, cluster.Random) is not { } to)
        {
            return;
        }

        if (now.Gossip.Seen.Contains(to))
        {
            cluster.Peers.Tell(to.Address, ClusterPeers.Core, new GossipStatus(cluster.SelfUniqueAddress, to, GossipDigest.Of(now.Gossip)));
        }
        else
        {
            Send(now, to);
        }
    }

    /// <summary>Whether a few who lack the view should be told of it without waiting for a tick.</summary>
    public bool ShouldSpread(Membership before, Membership now)
    {
        if (before.Gossip.Version.CompareTo(now.Gossip.Version) != ClockOrder.Same)
        {
            _spreadRounds = 0;
        }

        return now.Gossip.Seen.Count < now.Members.Count && _spreadRounds < SpreadRoundsMax;
    }

    /// <summary>True if it should be done again.</summary>
    public bool Spread(Membership now)
    {
        var unaware = GossipTargets.Unaware(now, now.Members.Count <= SmallCluster ? 3 : 1, cluster.Random);
        foreach (var node in unaware)
        {
            Send(now, node);
        }

        return unaware.Count > 0 && ++_spreadRounds < SpreadRoundsMax;
    }

    /// <summary>The last words of a node that goes: its view to some, and to those who may lead next that nothing of it runs any more.</summary>
    public void Farewell(Membership now)
    {
        foreach (var node in GossipTargets.Any(now, LastGossips, cluster.Random))
        {
            Send(now, node);
        }

        foreach (var node in now.WithoutMe().NextLeaders(NextLeaders))
        {
            cluster.Peers.Tell(node.Address, ClusterPeers.Core, new ExitingConfirmed(cluster.SelfUniqueAddress));
        }
    }
}
