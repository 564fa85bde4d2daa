namespace Akka.Broker.Replication.Metadata.Planning;

/// <summary>A partition while it is planned. Brokers are places: indexes into the planner's list.</summary>
internal sealed class PlannedPartition(int[] original, long bytes)
{
    /// <summary>As it is; the first is the preferred leader. What is on no listed broker is left out.</summary>
    public int[] Original { get; } = original;

    public HashSet<int> Places { get; } = [.. original];

    public int Leader { get; set; } = original.Length > 0 ? original[0] : -1;

    public long Bytes { get; } = bytes;
}

/// <summary>Replicas as units: a shift copies one, or takes the plan to copy it back.</summary>
/// <param name="partitions">All of them.</param>
/// <param name="racks">Each place's; null where it has none.</param>
/// <param name="bytes">What each place holds; kept up to date.</param>
internal sealed class ReplicaSpread(List<PlannedPartition> partitions, string?[] racks, long[] bytes) : ISpreadable
{
    /// <summary>Places that are left for any rack: what could not go to its own otherwise.</summary>
    public PlaceKind[]? Forced { get; set; }

    /// <summary>Of the cheapest it takes the one that evens out most bytes.</summary>
    public bool TryCheapest(int from, int to, out int unit, out int cost)
    {
        (unit, cost) = (-1, int.MaxValue);
        var best = long.MaxValue;
        var gap = bytes[from] - bytes[to];
        for (var i = 0; i < partitions.Count; i++)
        {
            if (!CanShift(i, from, to))
                continue;
            var price = Price(partitions[i], from, to);
            var left = Math.Abs(gap - (2 * partitions[i].Bytes));
            if (price > cost || (price == cost && left >= best))
                continue;
            (unit, cost, best) = (i, price, left);
        }
        return unit >= 0;
    }

    public bool CanShift(int unit, int from, int to)
    {
        var partition = partitions[unit];
        return partition.Places.Contains(from) && !partition.Places.Contains(to) && KeepsRacks(partition, from, to);
    }

    public void Shift(int unit, int from, int to)
    {
        var partition = partitions[unit];
        partition.Places.Remove(from);
        partition.Places.Add(to);
        bytes[from] -= partition.Bytes;
        bytes[to] += partition.Bytes;
    }

    /// <summary>A shift takes no partition to a rack that has more of its replicas than the one that is left would have.</summary>
    private bool KeepsRacks(PlannedPartition partition, int from, int to)
    {
        if (racks[from] == racks[to] || Forced?[from] == PlaceKind.Emptied)
            return true;
        var (here, there) = (0, 0);
        foreach (var place in partition.Places)
        {
            here += racks[place] == racks[from] ? 1 : 0;
            there += racks[place] == racks[to] ? 1 : 0;
        }
        return there < here;
    }

    private static int Price(PlannedPartition partition, int from, int to) =>
        (Array.IndexOf(partition.Original, to) >= 0 ? 0 : 1) - (Array.IndexOf(partition.Original, from) >= 0 ? 0 : 1);
}

/// <summary>Preferred leaderships as units: a shift is another order of the same replicas.</summary>
internal sealed class LeaderSpread(List<PlannedPartition> partitions) : ISpreadable
{
    public bool TryCheapest(int from, int to, out int unit, out int cost)
    {
        (unit, cost) = (-1, int.MaxValue);
        for (var i = 0; i < partitions.Count; i++)
        {
            if (!CanShift(i, from, to) || Price(partitions[i], from, to) is var price && price >= cost)
                continue;
            (unit, cost) = (i, Price(partitions[i], from, to));
        }
        return unit >= 0;
    }

    public bool CanShift(int unit, int from, int to) => from != to && partitions[unit].Leader == from && partitions[unit].Places.Contains(to);

    public void Shift(int unit, int from, int to) => partitions[unit].Leader = to;

    private static int Price(PlannedPartition partition, int from, int to) =>
        (to == partition.Original[0] ? 0 : 1) - (from == partition.Original[0] ? 0 : 1);
}
