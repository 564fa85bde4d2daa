using System.Text;

namespace Akka.Cluster;

/// <summary>Stands for a gossip's version, and for who has seen it. The same on every node.</summary>
internal readonly record struct GossipDigest(ulong Version, ulong Seen)
{
    private const ulong Offset = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    public static GossipDigest Of(Gossip gossip)
    {
        // Sums, so that the order of a set does not matter.
        ulong version = 0;
        foreach (var (node, count) in gossip.Version.Counts)
        {
            version += Mix(Mix(HashOf(node), (ulong)count), 1);
        }

        ulong seen = 0;
        foreach (var node in gossip.Seen)
        {
            seen += Mix(HashOf(node), 2);
        }

        return new(version, seen);
    }

    /// <summary>Where a node stands among others; neighbouring ports end up apart.</summary>
    public static ulong HashOf(UniqueAddress node)
    {
        var hash = Offset;
        foreach (var part in Encoding.UTF8.GetBytes(node.Address.ToString()))
        {
            hash = (hash ^ part) * Prime;
        }

        return Mix(hash, (uint)node.Uid);
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash ^= value * 0x9e3779b97f4a7c15UL;
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 29;
        hash *= 0xc4ceb9fe1a85ec53UL;
        return hash ^ (hash >> 32);
    }
}
