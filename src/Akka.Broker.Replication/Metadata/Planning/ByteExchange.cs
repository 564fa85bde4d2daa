namespace Akka.Broker.Replication.Metadata.Planning;

/// <summary>
/// Evens out bytes without touching the counts: while a broker holds more than the mean by more than the tolerance, a replica of its goes to the broker
/// with the fewest bytes in exchange for a smaller one. Two copies an exchange, so only what gains is done: the exchange that leaves the smallest gap,
/// and only if that halves it at least.
/// </summary>
internal static class ByteExchange
{
    public static void Run(List<PlannedPartition> partitions, ReplicaSpread spread, long[] bytes, PlaceKind[] kinds, double tolerance)
    {
        var places = Enumerable.Range(0, kinds.Length).Where(p => kinds[p] == PlaceKind.Filled).ToList();
        if (places.Count < 2)
            return;
        var mean = places.Average(p => (double)bytes[p]);
        // Each exchange brings one broker near the mean: more than there are replicas cannot help.
        for (var round = 0; round < partitions.Count * places.Count; round++)
        {
            var full = places.MaxBy(p => bytes[p]);
            if (bytes[full] <= mean * (1 + tolerance))
                return;
            if (!places.Where(p => p != full).OrderBy(p => bytes[p]).Any(empty => Exchange(partitions, spread, bytes, full, empty)))
                return;
        }
    }

    private static bool Exchange(List<PlannedPartition> partitions, ReplicaSpread spread, long[] bytes, int full, int empty)
    {
        var gap = bytes[full] - bytes[empty];
        var given = Indexes(partitions, spread, full, empty);
        var taken = Indexes(partitions, spread, empty, full);
        var best = (Gap: gap / 2 + 1, Given: -1, Taken: -1);
        foreach (var give in given)
        {
            foreach (var take in taken)
            {
                var left = Math.Abs(gap - (2 * (partitions[give].Bytes - partitions[take].Bytes)));
                if (left < best.Gap)
                    best = (left, give, take);
            }
        }
        if (best.Given < 0)
            return false;
        spread.Shift(best.Given, full, empty);
        spread.Shift(best.Taken, empty, full);
        return true;
    }

    private static List<int> Indexes(List<PlannedPartition> partitions, ReplicaSpread spread, int from, int to) =>
        [.. Enumerable.Range(0, partitions.Count).Where(i => spread.CanShift(i, from, to)).DistinctBy(i => partitions[i].Bytes)];
}
