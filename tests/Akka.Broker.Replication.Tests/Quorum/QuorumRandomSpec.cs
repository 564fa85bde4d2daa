namespace Akka.Broker.Replication.Tests.Quorum;

/// <summary>Many short runs with faults, each from its seed; the cluster checks itself after each event.</summary>
public sealed class QuorumRandomSpec
{
    [Fact]
    public void No_committed_record_is_lost_and_the_cluster_gets_on_when_faults_end()
    {
        var committed = 0;
        var elections = 0;
        for (var seed = 1; seed <= 200; seed++)
        {
            try
            {
                var cluster = Run(seed);
                committed += cluster.CommittedCount;
                elections += cluster.Decisions.Count(d => d.Contains("Elected", StringComparison.Ordinal));
            }
            catch (Exception cause)
            {
                throw new InvalidOperationException($"Seed {seed}: {cause.Message}", cause);
            }
        }
        Assert.True(committed > 4000, $"only {committed} offsets were committed");
        Assert.True(elections > 500, $"only {elections} elections were won");
    }

    private static QuorumTestCluster Run(int seed)
    {
        var random = new Random(seed);
        var voters = new[] { 3, 3, 5 }[random.Next(3)];
        var nodes = voters + random.Next(2);
        var cluster = new QuorumTestCluster(seed, nodes, voters) { Loss = random.Next(3) * 0.05, Doubling = random.Next(2) * 0.1, DelayMaxMs = 2 + random.Next(80) };
        foreach (var node in cluster.Nodes.Values)
            node.Log.SyncsAtOnce = random.Next(3) == 0;
        int[] order = [.. Enumerable.Range(1, nodes).OrderBy(_ => random.Next())];
        cluster.StartAll(random.Next(2) == 0 ? order : []);
        for (var step = 0; step < 120; step++)
        {
            var id = 1 + random.Next(nodes);
            switch (random.Next(9))
            {
                case 0:
                    if (cluster.Nodes[id].IsUp)
                        cluster.Crash(id);
                    else
                        cluster.Start(id, order);
                    break;
                case 1:
                    cluster.Isolate(id);
                    break;
                case 2:
                    cluster.Cut.Add((id, 1 + random.Next(nodes)));
                    break;
                case 3:
                    cluster.Cut.Clear();
                    break;
                case 4:
                    if (cluster.Leader is { } leader)
                        cluster.Carry(leader, leader.Machine.Resign("by chance.", cluster.Now));
                    break;
                default:
                    cluster.TryAppend($"{step}");
                    break;
            }
            for (var i = 0; i < 4; i++)
            {
                cluster.Sync(1 + random.Next(nodes));
                cluster.RunFor(random.Next(250));
            }
        }

        cluster.Cut.Clear();
        cluster.Loss = 0;
        foreach (var node in cluster.Nodes.Values)
        {
            if (!node.IsUp)
                cluster.Start(node.Id, order);
            node.Log.SyncsAtOnce = true;
            cluster.Sync(node.Id);
        }
        cluster.Membership(order);
        cluster.RunUntil(() => cluster.Leader is not null, 15_000);
        cluster.RunUntil(() => cluster.TryAppend("last"), 15_000);
        cluster.RunUntil(
            () => cluster.Leader is { } leader && cluster.Nodes.Values.All(n => n.Machine.HighWatermark == leader.Log.EndOffset), 15_000);
        return cluster;
    }
}
