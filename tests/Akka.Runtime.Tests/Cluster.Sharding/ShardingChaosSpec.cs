namespace Akka.Runtime.Tests.Cluster.Sharding;

/// <summary>Nodes come, leave and die in an order that the seed gives, while all of them send: an entity never lives twice, and all are reached again.</summary>
public sealed class ShardingChaosSpec
{
    private const int Steps = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Entities_live_once_at_most_and_come_back(int seed)
    {
        var random = new Random(seed);
        await using var cluster = new ShardedNodes();
        var nodes = (await cluster.FormAsync(3)).ToList();
        var history = new List<string>();
        var dead = new List<ShardedNode>();
        for (var step = 0; step < Steps; step++)
        {
            var at = random.Next(nodes.Count);
            var node = nodes[at];
            switch (nodes.Count == 2 ? 0 : random.Next(nodes.Count == 4 ? 1 : 0, 4))
            {
                case 0:
                    history.Add("join");
                    nodes.Add(await cluster.JoinAsync(nodes[at]));
                    break;
                case 1:
                    history.Add($"kill {at} of {nodes.Count}");
                    nodes.RemoveAt(at);
                    await cluster.KillAsync(node);
                    await nodes[0].Node.UntilUnreachableAsync(node.Node);
                    dead.Add(node);
                    break;
                case 2:
                    history.Add($"leave {at} of {nodes.Count}");
                    nodes.RemoveAt(at);
                    node.Node.Cluster.Leave(node.Node.Address);
                    break;
                case 3:
                    history.Add($"leave {at} of {nodes.Count} and be gone");
                    nodes.RemoveAt(at);
                    node.Node.Cluster.Leave(node.Node.Address);
                    await node.Node.System.WhenTerminated.WaitAsync(ShardedNodes.Patience);
                    break;
            }

            // By each: one that is killed next may not have told the others.
            foreach (var (living, gone) in nodes.SelectMany(living => dead.Select(gone => (living, gone))))
                living.Node.Cluster.Down(gone.Node.Address);
            foreach (var sender in nodes)
            {
                for (var i = 0; i < 100; i++)
                    sender.Tell($"e{random.Next(10)}", "x");
            }

            foreach (var asker in nodes)
            {
                for (var i = 0; i < 10; i++)
                    await asker.WhereAsync($"e{i}");
            }

            Assert.True(cluster.Twice.IsEmpty, $"seed {seed}, after {string.Join(", ", history)}: {string.Join(", ", cluster.Twice)} lived twice");
        }

        await nodes[0].UntilShardsAsync(shards => shards.Values.Sum() == 10 && shards.Count == nodes.Count);
    }
}
