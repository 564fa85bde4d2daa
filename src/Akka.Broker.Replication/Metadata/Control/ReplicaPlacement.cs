using System.Collections.Immutable;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// Where the replicas of new partitions go: brokers in turn, neighbours of different racks, so that a partition's replicas, which are neighbours, are
/// spread over racks and each broker leads its share. The turn begins at a random broker, or all small topics would be on the first.
/// </summary>
public sealed class ReplicaPlacement
{
    private readonly int[] _ring;
    private int _next;

    /// <param name="image">Whose brokers that are not fenced take part.</param>
    /// <param name="random">For the beginning.</param>
    public ReplicaPlacement(MetadataImage image, Random random)
    {
        _ring = Interleave(image.Brokers.Values.Where(b => !b.Fenced));
        _next = _ring.Length == 0 ? 0 : random.Next(_ring.Length);
    }

    /// <summary>The most replicas that a partition can have.</summary>
    public int BrokerCount => _ring.Length;

    /// <summary>The replicas of one more partition; the first is its preferred leader.</summary>
    public int[] Next(int replicationFactor)
    {
        Invariant.Check(replicationFactor >= 1 && replicationFactor <= _ring.Length);
        var replicas = new int[replicationFactor];
        for (var i = 0; i < replicas.Length; i++)
            replicas[i] = _ring[(_next + i) % _ring.Length];
        _next = (_next + 1) % _ring.Length;
        return replicas;
    }

    /// <summary>One broker of each rack, then the next of each; those without a rack are one rack.</summary>
    private static int[] Interleave(IEnumerable<BrokerImage> brokers)
    {
        var racks = brokers
            .GroupBy(b => b.Rack ?? "", StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => g.Select(b => b.Id).Order().ToImmutableArray())
            .ToArray();
        var ring = new List<int>();
        for (var i = 0; racks.Any(r => i < r.Length); i++)
            ring.AddRange(racks.Where(r => i < r.Length).Select(r => r[i]));
        return [.. ring];
    }
}
