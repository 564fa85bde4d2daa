namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class RandomReplicationSpec
{
    private const int Seeds = 120;
    private const int Steps = 1000;

    [Fact]
    public void Nothing_that_was_committed_is_lost_and_replicas_agree_in_the_end()
    {
        var (acknowledged, elections, truncations, voids) = (0, 0, 0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var cluster = new ModelCluster(seed);
            try
            {
                for (var step = 0; step < Steps; step++)
                    cluster.Step();
                cluster.Heal();
                var leader = Assert.Single(cluster.Nodes, n => n.Id == cluster.Newest.Leader);
                Assert.Equal(cluster.Nodes.Count, cluster.Newest.InSync.Count);
                Assert.Equal(leader.Log.End, leader.Leader!.HighWatermark);
                foreach (var node in cluster.Nodes)
                {
                    var start = Math.Max(leader.Log.Start, node.Log.Start);
                    Assert.Equal(leader.Log.Read(start, int.MaxValue), node.Log.Read(start, int.MaxValue));
                    Assert.Equal(leader.Log.End, node.Log.Watermark);
                }
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} fails.", failure);
            }

            acknowledged += cluster.Acknowledged;
            elections += cluster.Elections;
            truncations += cluster.Truncations;
            voids += cluster.IsPromiseVoid ? 1 : 0;
        }

        // Else it has tried nothing.
        Assert.True(acknowledged > 20 * Seeds && elections > 2 * Seeds && truncations > Seeds / 3 && voids < Seeds / 5,
            $"{acknowledged} batches, {elections} elections, {truncations} truncations, {voids} seeds without a promise");
    }
}
