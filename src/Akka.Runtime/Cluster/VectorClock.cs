using System.Collections.Immutable;

namespace Akka.Cluster;

internal enum ClockOrder
{
    Same,
    Before,
    After,
    Concurrent,
}

/// <summary>
/// How many changes by each node a state has in it. One state is before another when it lacks changes of that one and has none of its own;
/// both lacking some makes them concurrent.
/// Invariant: no count is below 1; a node without changes has no entry.
/// </summary>
internal sealed class VectorClock : IEquatable<VectorClock>
{
    public static readonly VectorClock Zero = new(ImmutableSortedDictionary<UniqueAddress, long>.Empty);

    private VectorClock(ImmutableSortedDictionary<UniqueAddress, long> counts) => Counts = counts;

    public ImmutableSortedDictionary<UniqueAddress, long> Counts { get; }

    public static VectorClock Of(IEnumerable<KeyValuePair<UniqueAddress, long>> counts)
    {
        var all = counts.ToImmutableSortedDictionary();
        foreach (var (node, count) in all)
        {
            if (count < 1)
            {
                throw new ArgumentException($"a vector clock counts {count} changes of {node}; a node without changes has no entry", nameof(counts));
            }
        }

        return all.IsEmpty ? Zero : new VectorClock(all);
    }

    /// <summary>One more change by a node.</summary>
    public VectorClock Tick(UniqueAddress node) => new(Counts.SetItem(node, Counts.GetValueOrDefault(node) + 1));

    public VectorClock Merge(VectorClock other)
    {
        var merged = Counts.ToBuilder();
        foreach (var (node, count) in other.Counts)
        {
            if (count > merged.GetValueOrDefault(node))
            {
                merged[node] = count;
            }
        }

        return new VectorClock(merged.ToImmutable());
    }

    /// <summary>The clock without nodes that are gone for good.</summary>
    public VectorClock Without(IEnumerable<UniqueAddress> nodes)
    {
        var left = Counts.RemoveRange(nodes);
        return ReferenceEquals(left, Counts) ? this : new VectorClock(left);
    }

    public ClockOrder CompareTo(VectorClock other)
    {
        if (ReferenceEquals(this, other))
        {
            return ClockOrder.Same;
        }

        var (more, fewer) = (false, false);
        using var mine = Counts.GetEnumerator();
        using var theirs = other.Counts.GetEnumerator();
        var (iHave, theyHave) = (mine.MoveNext(), theirs.MoveNext());
        while ((iHave || theyHave) && !(more && fewer))
        {
            var order = !iHave ? 1 : !theyHave ? -1 : mine.Current.Key.CompareTo(theirs.Current.Key);
            more |= order < 0 || (order == 0 && mine.Current.Value > theirs.Current.Value);
            fewer |= order > 0 || (order == 0 && mine.Current.Value < theirs.Current.Value);
            iHave = order <= 0 ? mine.MoveNext() : iHave;
            theyHave = order >= 0 ? theirs.MoveNext() : theyHave;
        }

        return (more, fewer) switch
        {
            (false, false) => ClockOrder.Same,
            (true, false) => ClockOrder.After,
            (false, true) => ClockOrder.Before,
            _ => ClockOrder.Concurrent,
        };
    }

    public bool Equals(VectorClock? other) => other is not null && CompareTo(other) == ClockOrder.Same;

    public override bool Equals(object? obj) => Equals(obj as VectorClock);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var (node, count) in Counts)
        {
            hash.Add(node);
            hash.Add(count);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => $"VectorClock({string.Join(", ", Counts.Select(pair => $"{pair.Key.Address.HostPort()}#{pair.Key.Uid}: {pair.Value}"))})";
}
