using Akka.Actor;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>
/// What this node says of the others' reachability: the failure detector's word, and that nothing listens at a member's address. The core's
/// alone.
/// </summary>
internal sealed class Reaper(ClusterSettings settings, IFailureDetectorRegistry<Address> detectors, UniqueAddress self)
{
    private readonly HashSet<UniqueAddress> _lost = [];
    private readonly TimeSpan _standstillMin = settings.UnreachableNodesReaperInterval
        + (settings.FailureDetectorConfig.GetTimeSpan("acceptable-heartbeat-pause", TimeSpan.Zero) / 2);

    private TimeSpan _lastTurn;

    public void Start(TimeSpan now) => _lastTurn = now;

    /// <summary>
    /// How long it is since the last turn, if that is far too long: then this process stood still, and that it heard of nobody says nothing of
    /// the others.
    /// </summary>
    public TimeSpan? StoodStill(TimeSpan now)
    {
        var since = now - _lastTurn;
        _lastTurn = now;
        return since > _standstillMin ? since : null;
    }

    /// <summary>Those who are not suspected yet get a new term.</summary>
    public void Forget(Gossip gossip)
    {
        foreach (var member in gossip.Members)
        {
            if (gossip.Reachability.IsReachable(self, member.UniqueAddress))
            {
                detectors.Remove(member.Address);
            }
        }
    }

    /// <summary>Nothing listens at its address; false if that was known.</summary>
    public bool Lose(UniqueAddress node) => _lost.Add(node);

    public void Regain(UniqueAddress node) => _lost.Remove(node);

    /// <summary>Only members matter.</summary>
    public void Keep(Gossip gossip) => _lost.RemoveWhere(node => !gossip.Has(node));

    public Reachability Observe(Gossip gossip, IEnumerable<Member> members)
    {
        var next = gossip.Reachability;
        foreach (var member in members)
        {
            var node = member.UniqueAddress;
            if (node != self)
            {
                var isAvailable = !_lost.Contains(node) && detectors.IsAvailable(member.Address);
                next = isAvailable ? next.Reachable(self, node) : next.Unreachable(self, node);
            }
        }

        return next;
    }
}
