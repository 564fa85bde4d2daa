using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata.Planning;
using Akka.Broker.Replication.Tests.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Planning;

/// <summary>Plans are even, keep the rules of placement, and copy as little as can be.</summary>
public sealed class ReassignmentPlannerSpec
{
    private static ControllerTestContext Cluster(int brokers, params int[][] assigned)
    {
        var context = new ControllerTestContext(brokers);
        if (assigned.Length > 0)
            context.Create("orders", assigned: assigned);
        return context;
    }

    private static ReassignmentPlan Plan(ControllerTestContext context, PlannerOptions? options = null) => ReassignmentPlanner.Plan(context.Image, options ?? new PlannerOptions());

    private static int[] Counts(ReassignmentPlan plan) => [.. plan.After.Values.Select(l => l.Replicas)];

    [Fact]
    public void Even_cluster_stays_as_it_is()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", 12, 2);

        Assert.Empty(Plan(context).Moves);
    }

    [Fact]
    public void New_broker_gets_its_share_and_nothing_else_moves()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", 100, 3);
        context.Register(4);

        var plan = Plan(context);

        Assert.Equal([75, 75, 75, 75], Counts(plan));
        Assert.Equal(75, plan.CopyCount);
        Assert.All(plan.Moves, m => Assert.Equal(m.To.Length, m.To.Distinct().Count()));
        Assert.All(plan.After.Values, l => Assert.InRange(l.Leaders, 25, 25));
        Assert.All(plan.Moves.SelectMany(m => m.Copies), b => Assert.Equal(4, b));
    }

    [Fact]
    public void Leaders_are_evened_out_by_order_alone()
    {
        var plan = Plan(Cluster(2, [1, 2], [1, 2], [1, 2], [1, 2]));

        Assert.Equal(0, plan.CopyCount);
        Assert.Equal([2, 2], plan.After.Values.Select(l => l.Leaders));
        Assert.Equal(2, plan.Moves.Length);
    }

    [Fact]
    public void Drained_broker_ends_up_empty()
    {
        var context = new ControllerTestContext(brokers: 4);
        context.Create("orders", 24, 3);

        var plan = Plan(context, new PlannerOptions { Drain = new HashSet<int> { 2 } });

        Assert.Equal(new BrokerLoad(0, 0, 0), plan.After[2]);
        Assert.Equal([24, 0, 24, 24], Counts(plan));
        Assert.Equal(18, plan.CopyCount);
    }

    [Fact]
    public void Draining_alone_touches_nothing_else()
    {
        var context = Cluster(4, [1, 2], [1, 2], [1, 3], [4, 1]);

        var plan = Plan(context, new PlannerOptions { Drain = new HashSet<int> { 2 }, DrainOnly = true });

        Assert.Equal(["orders-0", "orders-1"], plan.Moves.Select(m => m.Partition.ToString()));
        Assert.Equal(2, plan.CopyCount);
        Assert.Equal(0, plan.After[2].Replicas);
        Assert.Equal([1, 1], plan.Moves.Select(m => m.To[0]));
    }

    [Fact]
    public void Dead_broker_is_replaced_by_an_empty_one()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", 9, 3);
        context.Fence(3);
        context.Register(4);

        var plan = Plan(context, new PlannerOptions { Drain = new HashSet<int> { 3 } });

        Assert.Equal([9, 9, 0, 9], Counts(plan));
        Assert.Equal(9, plan.CopyCount);
    }

    [Fact]
    public void Fenced_broker_keeps_what_it_has_and_gets_nothing()
    {
        var context = Cluster(3, [1, 3], [1, 3], [1, 2], [1, 2]);
        context.Fence(3);

        var plan = Plan(context);

        Assert.Equal(2, plan.After[3].Replicas);
    }

    [Fact]
    public void What_cannot_be_placed_stays()
    {
        var plan = Plan(Cluster(2, [1, 2]), new PlannerOptions { Drain = new HashSet<int> { 2 } });

        Assert.Empty(plan.Moves.SelectMany(m => m.Copies));
        Assert.Equal(1, plan.After[2].Replicas);
    }

    [Fact]
    public void Bytes_are_evened_out_where_the_counts_are()
    {
        var context = Cluster(2, [1], [1], [2], [2]);
        var bytes = new[] { 100L, 90, 10, 20 }.Select((b, i) => (b, i)).ToDictionary(p => new TopicPartition("orders", p.i), p => p.b);

        var plan = Plan(context, new PlannerOptions { Bytes = bytes });

        Assert.Equal([2, 2], Counts(plan));
        Assert.All(plan.After.Values, l => Assert.InRange(l.Bytes, 100, 120));
        Assert.Equal(2, plan.CopyCount);
    }

    [Fact]
    public void Racks_are_kept_apart()
    {
        var context = new ControllerTestContext(brokers: 0);
        foreach (var (id, rack) in new[] { (1, "a"), (2, "b"), (3, "a"), (4, "b") })
            context.Register(id, rack: rack);
        context.Create("orders", assigned: [[1, 2], [1, 2], [1, 2], [1, 2]]);

        var plan = Plan(context);

        Assert.Equal([2, 2, 2, 2], Counts(plan));
        Assert.Equal(4, plan.CopyCount);
        foreach (var move in plan.Moves)
            Assert.Equal(2, move.To.Select(b => b % 2).Distinct().Count());
    }

    [Fact]
    public void Last_broker_of_a_rack_can_be_drained()
    {
        var context = new ControllerTestContext(brokers: 0);
        foreach (var (id, rack) in new[] { (1, "a"), (2, "a"), (3, "b") })
            context.Register(id, rack: rack);
        context.Create("orders", assigned: [[1, 3], [2, 3]]);

        Assert.Equal(0, Plan(context, new PlannerOptions { Drain = new HashSet<int> { 3 } }).After[3].Replicas);
    }

    [Fact]
    public void Thousands_of_partitions_are_planned()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", 5000, 3);
        context.Register(4);
        context.Register(5);

        var plan = Plan(context);

        Assert.All(plan.After.Values, l => Assert.Equal((3000, 1000), (l.Replicas, l.Leaders)));
        Assert.Equal(6000, plan.CopyCount);
    }

    /// <summary>Against all assignments there are: nothing is more even, and nothing as even has fewer copies.</summary>
    [Fact]
    public void Plans_of_small_clusters_are_the_best_there_are()
    {
        var random = new Random(5);
        for (var run = 0; run < 150; run++)
        {
            var brokers = random.Next(2, 5);
            var partitions = random.Next(1, 6);
            var assigned = new int[partitions][];
            for (var p = 0; p < partitions; p++)
                assigned[p] = [.. Enumerable.Range(1, brokers).OrderBy(_ => random.Next()).Take(random.Next(1, 3))];
            var factor = assigned[0].Length;
            assigned = [.. assigned.Select(a => a.Length >= factor ? a[..factor] : [a[0], .. Enumerable.Range(1, brokers).Where(b => b != a[0]).Take(factor - 1)])];
            var drain = brokers > factor && random.Next(3) == 0 ? new HashSet<int> { random.Next(1, brokers + 1) } : [];
            var best = BestOf(assigned, brokers, drain);

            var plan = Plan(Cluster(brokers, assigned), new PlannerOptions { Drain = drain });

            var text = string.Join(" ", assigned.Select(a => $"[{string.Join(",", a)}]")) + $" of {brokers}, drained: {string.Join(",", drain)}";
            Assert.True(best == (plan.After.Values.Sum(l => l.Replicas * l.Replicas), plan.CopyCount), text);
            Assert.All(drain, d => Assert.Equal(0, plan.After[d].Replicas));
        }
    }

    private static (int Squares, int Copies) BestOf(int[][] assigned, int brokers, HashSet<int> drain)
    {
        var usable = Enumerable.Range(1, brokers).Where(b => !drain.Contains(b)).ToArray();
        var choices = Subsets(usable, assigned[0].Length).ToList();
        var best = (int.MaxValue, int.MaxValue);
        var counts = new int[brokers + 1];
        Search(0, 0);
        return best;

        void Search(int partition, int copies)
        {
            if (partition == assigned.Length)
            {
                var found = (counts.Sum(c => c * c), copies);
                if (found.CompareTo(best) < 0)
                    best = found;
                return;
            }
            foreach (var choice in choices)
            {
                foreach (var b in choice)
                    counts[b]++;
                Search(partition + 1, copies + choice.Count(b => !assigned[partition].Contains(b)));
                foreach (var b in choice)
                    counts[b]--;
            }
        }
    }

    private static IEnumerable<int[]> Subsets(int[] of, int size) =>
        size == 0 ? [[]] : of.SelectMany((b, i) => Subsets(of[(i + 1)..], size - 1).Select(rest => (int[])[b, .. rest]));
}
