using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>
/// Who sends heartbeats to whom. The members stand on a ring in an order that does not follow their addresses, and each watches the next
/// few, so each is watched by as many and none by all. Members that are unreachable already do not count: one looks past them, so that
/// a group that dies at once does not take all of its watchers with it.
/// </summary>
internal static class HeartbeatRing
{
    public static ImmutableHashSet<UniqueAddress> WatchedBy(
        UniqueAddress self, IEnumerable<UniqueAddress> nodes, IReadOnlySet<UniqueAddress> unreachable, int count)
    {
        var others = nodes.Where(node => node != self).ToList();
        if (others.Count <= count)
        {
            return [.. others];
        }

        var start = (GossipDigest.HashOf(self), self);
        var ring = others.Select(node => (Place: GossipDigest.HashOf(node), Node: node)).Order().ToList();
        var first = ring.FindIndex(item => item.CompareTo(start) > 0);
        var watched = ImmutableHashSet.CreateBuilder<UniqueAddress>();
        for (var (i, reachable) = (0, 0); i < ring.Count && reachable < count; i++)
        {
            var node = ring[(Math.Max(first, 0) + i) % ring.Count].Node;
            watched.Add(node);
            reachable += unreachable.Contains(node) ? 0 : 1;
        }

        return watched.ToImmutable();
    }
}
