using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata.Planning;

/// <summary>
/// Proposes the fewest copies of replicas that even a cluster out: each active broker holds its share of the replicas to one more or less, then, as the
/// sizes say, of the bytes; and is the preferred leader of its share, for which only orders change. Brokers that are to be drained end up with nothing.
/// No partition gets two replicas on a broker, and none goes to a rack that has more of its replicas than the one it leaves, unless a drained broker
/// could not be emptied otherwise. Fenced brokers that are not drained keep what they have: they may come back. Pure; partitions that are moving are left alone.
/// </summary>
public static class ReassignmentPlanner
{
    public static ReassignmentPlan Plan(MetadataImage image, PlannerOptions options)
    {
        var brokers = image.Brokers.Values.ToList();
        foreach (var id in options.Drain.Where(id => !image.Brokers.ContainsKey(id)))
            brokers.Add(new BrokerImage(id, -1, Guid.Empty, Guid.Empty, null, [], Fenced: true));
        var places = brokers.Select((b, i) => (b.Id, i)).ToDictionary(p => p.Id, p => p.i);
        var kinds = brokers.Select(b => options.Drain.Contains(b.Id) ? PlaceKind.Emptied : b.IsActive ? PlaceKind.Filled : PlaceKind.Kept).ToArray();

        var names = new List<(TopicPartition Name, PartitionImage Image)>();
        var partitions = new List<PlannedPartition>();
        foreach (var topic in image.Topics.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            foreach (var partition in topic.Partitions.Where(p => !p.IsMoving && p.Replicas.All(places.ContainsKey)))
            {
                var name = topic.IdOf(partition.Partition).TopicPartition;
                names.Add((name, partition));
                partitions.Add(new PlannedPartition([.. partition.Replicas.Select(r => places[r])], options.Bytes.GetValueOrDefault(name)));
            }
        }

        var before = Loads(brokers, partitions);
        Spread(partitions, brokers, kinds, options);
        var moves = new List<PlannedMove>();
        for (var i = 0; i < partitions.Count; i++)
        {
            ImmutableArray<int> to = [.. Ordered(partitions[i]).Select(p => brokers[p].Id)];
            if (!to.SequenceEqual(names[i].Image.Replicas))
                moves.Add(new PlannedMove(names[i].Name, names[i].Image.Replicas, to));
        }
        return new ReassignmentPlan([.. moves], before, Loads(brokers, partitions));
    }

    private static void Spread(List<PlannedPartition> partitions, List<BrokerImage> brokers, PlaceKind[] kinds, PlannerOptions options)
    {
        var racks = brokers.Select(b => b.Rack).ToArray();
        var bytes = new long[brokers.Count];
        var replicas = new int[brokers.Count];
        foreach (var partition in partitions)
        {
            foreach (var place in partition.Places)
            {
                replicas[place]++;
                bytes[place] += partition.Bytes;
            }
        }
        var spread = new ReplicaSpread(partitions, racks, bytes);
        SpreadReplicas(partitions, spread, replicas, kinds, options);
        if (replicas.Where((count, place) => kinds[place] == PlaceKind.Emptied && count > 0).Any())
        {
            spread.Forced = kinds;
            SpreadReplicas(partitions, spread, replicas, kinds, options);
        }
        if (!options.DrainOnly)
            ByteExchange.Run(partitions, spread, bytes, kinds, options.BytesTolerance);

        foreach (var partition in partitions.Where(p => p.Leader >= 0 && (!p.Places.Contains(p.Leader) || kinds[p.Leader] == PlaceKind.Emptied)))
            partition.Leader = Ordered(partition)[0];
        if (options.DrainOnly)
            return;
        var leaders = new int[brokers.Count];
        foreach (var partition in partitions.Where(p => p.Leader >= 0))
            leaders[partition.Leader]++;
        new EvenSpread(new LeaderSpread(partitions), leaders, kinds).Run();
    }

    private static void SpreadReplicas(List<PlannedPartition> partitions, ReplicaSpread spread, int[] replicas, PlaceKind[] kinds, PlannerOptions options)
    {
        if (options.DrainOnly)
            Drain(partitions, spread, replicas, kinds);
        else
            new EvenSpread(spread, replicas, kinds).Run();
    }

    /// <summary>Each replica of a drained broker to the emptiest that can take it.</summary>
    private static void Drain(List<PlannedPartition> partitions, ReplicaSpread spread, int[] replicas, PlaceKind[] kinds)
    {
        for (var from = 0; from < kinds.Length; from++)
        {
            for (var unit = 0; kinds[from] == PlaceKind.Emptied && unit < partitions.Count; unit++)
            {
                var takers = Enumerable.Range(0, kinds.Length).Where(to => kinds[to] == PlaceKind.Filled && spread.CanShift(unit, from, to)).ToList();
                if (takers.Count == 0)
                    continue;
                var to = takers.MinBy(t => (replicas[t], t));
                spread.Shift(unit, from, to);
                replicas[from]--;
                replicas[to]++;
            }
        }
    }

    /// <summary>The leader, then what stays in its order, then what comes.</summary>
    private static List<int> Ordered(PlannedPartition partition)
    {
        var stays = partition.Original.Where(partition.Places.Contains);
        var comes = partition.Places.Where(p => Array.IndexOf(partition.Original, p) < 0).Order();
        var all = stays.Concat(comes).ToList();
        return all.Contains(partition.Leader) ? [partition.Leader, .. all.Where(p => p != partition.Leader)] : all;
    }

    private static ImmutableSortedDictionary<int, BrokerLoad> Loads(List<BrokerImage> brokers, List<PlannedPartition> partitions) =>
        brokers.Select((b, i) => (b.Id, Load: new BrokerLoad(
            partitions.Count(p => p.Places.Contains(i)), partitions.Count(p => p.Leader == i), partitions.Where(p => p.Places.Contains(i)).Sum(p => p.Bytes))))
            .ToImmutableSortedDictionary(b => b.Id, b => b.Load);
}
