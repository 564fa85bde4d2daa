namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// Where the replicas of new partitions go. The active brokers stand in a ring, neighbours of different racks; partitions begin one place further each, at
/// a random place for the first, so that each broker leads its share. Where the followers begin shifts with each round, so that the partitions of a broker
/// that fails are taken over by all others and not by its neighbour:
/// <code>
/// ring 1 2 3 4, 3 replicas    first round  123 234 341 412    second round  134 241 312 423
/// </code>
/// A partition has at most one replica a broker, and one a rack before any rack has two. Brokers that are not active come last, where the others do
/// not suffice: so topics can be made while a broker is down.
/// </summary>
public sealed class ReplicaPlacement
{
    private readonly BrokerImage[] _ring;
    private readonly BrokerImage[] _idle;
    private int _next;
    private int _shift;

    /// <param name="image">Whose brokers take part.</param>
    /// <param name="random">For the beginning.</param>
    public ReplicaPlacement(MetadataImage image, Random random)
    {
        _ring = Interleave(image.Brokers.Values.Where(b => b.IsActive));
        _idle = Interleave(image.Brokers.Values.Where(b => !b.IsActive));
        _next = _ring.Length == 0 ? 0 : random.Next(_ring.Length);
    }

    /// <summary>Brokers that can lead.</summary>
    public int ActiveCount => _ring.Length;

    /// <summary>The most replicas that a partition can have.</summary>
    public int BrokerCount => _ring.Length + _idle.Length;

    /// <summary>The replicas of one more partition; the first is its preferred leader, and active.</summary>
    public int[] Next(int replicationFactor)
    {
        Invariant.Check(_ring.Length > 0 && replicationFactor >= 1 && replicationFactor <= BrokerCount);
        var others = _ring.Length - 1;
        var candidates = new List<BrokerImage>(BrokerCount);
        for (var i = 0; i < others; i++)
            candidates.Add(_ring[(_next + 1 + ((_shift + i) % others)) % _ring.Length]);

        var chosen = new List<BrokerImage>(replicationFactor) { _ring[_next] };
        Choose(chosen, candidates, Math.Min(replicationFactor, _ring.Length));
        Choose(chosen, [.. _idle], replicationFactor);
        Advance();
        return [.. chosen.Select(b => b.Id)];
    }

    private static void Choose(List<BrokerImage> chosen, List<BrokerImage> candidates, int count)
    {
        while (chosen.Count < count)
        {
            var best = candidates.MinBy(c => chosen.Count(b => b.Rack == c.Rack))!;
            candidates.Remove(best);
            chosen.Add(best);
        }
    }

    private void Advance()
    {
        _next++;
        if (_next < _ring.Length)
            return;
        _next = 0;
        _shift++;
    }

    /// <summary>One broker of each rack, then the next of each; those without a rack are one rack.</summary>
    private static BrokerImage[] Interleave(IEnumerable<BrokerImage> brokers)
    {
        var racks = brokers
            .GroupBy(b => b.Rack ?? "", StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => g.OrderBy(b => b.Id).ToArray())
            .ToArray();
        var ring = new List<BrokerImage>();
        for (var i = 0; racks.Any(r => i < r.Length); i++)
            ring.AddRange(racks.Where(r => i < r.Length).Select(r => r[i]));
        return [.. ring];
    }
}
