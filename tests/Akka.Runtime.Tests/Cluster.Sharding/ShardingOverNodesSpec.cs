using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

/// <summary>Sharding over several nodes that talk TCP.</summary>
public sealed class ShardingOverNodesSpec
{
    private static readonly string[] Entities = [.. Enumerable.Range(0, 10).Select(i => $"e{i}")];

    [Fact]
    public async Task Shards_spread_and_a_message_reaches_its_entity_from_any_node()
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(3);
        var places = new Dictionary<string, (int, int)>();
        foreach (var entity in Entities)
            places[entity] = await nodes[0].WhereAsync(entity);
        foreach (var node in nodes)
        {
            foreach (var entity in Entities)
                Assert.Equal(places[entity], await node.WhereAsync(entity));
        }

        await nodes[1].UntilShardsAsync(shards => shards.Count == 3 && shards.Values.Sum() == 10);
        Assert.All((await nodes[2].ShardsAsync()).Values, count => Assert.InRange(count, 3, 4));
        var regions = await nodes[1].Region.Ask<CurrentRegions>(GetCurrentRegions.Instance, ShardedNodes.Patience);
        Assert.Equal(nodes.Select(node => node.Port).Order(), regions.Regions.Select(region => region.Port!.Value).Order());
        var state = await nodes[0].Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, ShardedNodes.Patience);
        Assert.All(state.Shards.SelectMany(shard => shard.EntityIds), entity => Assert.Equal(nodes[0].Port, places[entity].Item1));
    }

    [Fact]
    public async Task Messages_of_one_sender_to_one_entity_keep_their_order_from_the_first()
    {
        const int each = 300;
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(3);
        foreach (var node in nodes)
        {
            for (var i = 0; i < each; i++)
            {
                foreach (var entity in Entities)
                    node.Tell(entity, $"{i}");
            }
        }

        foreach (var node in nodes)
            await ExpectInOrderAsync(node, Enumerable.Range(0, each).ToList());
    }

    [Fact]
    public async Task Coordinator_that_dies_with_its_node_is_replaced_and_knows_what_is_where()
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(3);
        var before = new Dictionary<string, (int Port, int)>();
        foreach (var entity in Entities)
            before[entity] = await nodes[1].WhereAsync(entity);
        await cluster.KillAsync(nodes[0]);
        await nodes[1].Node.UntilUnreachableAsync(nodes[0].Node);
        // Those that live go on before the dead one is downed.
        foreach (var (entity, place) in before.Where(item => item.Value.Port != nodes[0].Port))
            Assert.Equal(place, await nodes[2].WhereAsync(entity));
        nodes[1].Node.Cluster.Down(nodes[0].Node.Address);
        foreach (var (entity, place) in before)
        {
            var now = await nodes[2].WhereAsync(entity);
            if (place.Port == nodes[0].Port)
                Assert.NotEqual(place.Port, now.Port);
            else
                Assert.Equal(place, now);
            Assert.Equal(now, await nodes[1].WhereAsync(entity));
        }

        await nodes[2].UntilShardsAsync(shards => shards.Count == 2 && shards.Values.Sum() == 10);
    }

    [Fact]
    public async Task Region_of_a_dead_node_is_replaced_by_the_others()
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(3);
        foreach (var entity in Entities)
            await nodes[0].WhereAsync(entity);
        await cluster.KillAsync(nodes[2]);
        await nodes[0].Node.UntilUnreachableAsync(nodes[2].Node);
        nodes[0].Node.Cluster.Down(nodes[2].Node.Address);
        foreach (var entity in Entities)
            Assert.Equal(await nodes[0].WhereAsync(entity), await nodes[1].WhereAsync(entity));
        await nodes[1].UntilShardsAsync(shards => shards.Count == 2 && shards.Values.Sum() == 10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Node_that_leaves_hands_its_shards_over_and_nothing_is_lost_or_reordered(int leaving)
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(3);
        foreach (var entity in Entities)
            await nodes[1].WhereAsync(entity);
        var left = nodes[leaving].Node.System.WhenTerminated;
        nodes[1].Node.Cluster.Leave(nodes[leaving].Node.Address);
        var sent = await SendUntilAsync(nodes[1], left);
        await ExpectInOrderAsync(nodes[1], sent);
        foreach (var entity in Entities)
            Assert.NotEqual(nodes[leaving].Port, (await nodes[1].WhereAsync(entity)).Port);
        await nodes[1].UntilShardsAsync(shards => shards.Count == 2 && shards.Values.Sum() == 10);
    }

    [Fact]
    public async Task Newcomer_gets_shards_and_nothing_is_lost_or_reordered()
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(2);
        foreach (var entity in Entities)
            await nodes[1].WhereAsync(entity);
        var newcomer = await cluster.JoinAsync(nodes[0]);
        var balanced = nodes[0].UntilShardsAsync(shards => shards.Count == 3 && shards.Values.Sum() == 10 && shards.Values.Min() >= 3);
        var sent = await SendUntilAsync(nodes[1], balanced);
        await balanced;
        await ExpectInOrderAsync(nodes[1], sent);
        var places = new List<int>();
        foreach (var entity in Entities)
            places.Add((await newcomer.WhereAsync(entity)).Port);
        Assert.InRange(places.Count(port => port == newcomer.Port), 3, 4);
    }

    [Fact]
    public async Task Proxy_on_a_node_without_the_role_passes_on_and_follows()
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(2);
        var proxy = await cluster.JoinAsync(nodes[0], "akka.cluster.roles = [other]");
        foreach (var entity in Entities)
            Assert.Contains((await proxy.WhereAsync(entity)).Port, nodes.Select(node => node.Port));
        nodes[0].Node.Cluster.Leave(nodes[0].Node.Address);
        var sent = await SendUntilAsync(proxy, nodes[0].Node.System.WhenTerminated);
        await ExpectInOrderAsync(proxy, sent);
        foreach (var entity in Entities)
            Assert.Equal(nodes[1].Port, (await proxy.WhereAsync(entity)).Port);
        Assert.Equal([nodes[1].Port], (await proxy.ShardsAsync()).Keys);
    }

    [Fact]
    public async Task Envelope_and_start_message_cross_nodes()
    {
        await using var cluster = new ShardedNodes();
        var nodes = await cluster.FormAsync(2);
        foreach (var entity in Entities)
        {
            nodes[0].Region.Tell(new ShardRegion.StartEntity(entity), ActorRefs.NoSender);
            Assert.StartsWith(
                $"{entity} hello ", await nodes[0].Region.Ask<string>(new ShardingEnvelope(entity, "hello"), ShardedNodes.Patience));
        }
    }

    [Fact]
    public async Task Full_restart_of_the_others_in_turn_keeps_the_service()
    {
        await using var cluster = new ShardedNodes();
        var nodes = (await cluster.FormAsync(3)).ToList();
        for (var round = 0; round < 3; round++)
        {
            var oldest = nodes[0];
            oldest.Node.Cluster.Leave(oldest.Node.Address);
            var sent = await SendUntilAsync(nodes[1], oldest.Node.System.WhenTerminated);
            await ExpectInOrderAsync(nodes[1], sent);
            nodes.RemoveAt(0);
            nodes.Add(await cluster.JoinAsync(nodes[0]));
        }

        await nodes[0].UntilShardsAsync(shards => shards.Count == 3 && shards.Values.Sum() == 10);
    }

    /// <summary>Sends rounds to all entities, each when the one before was sent and at least as many answers have come back as entities.</summary>
    private static async Task<List<int>> SendUntilAsync(ShardedNode from, Task until)
    {
        var sent = new List<int>();
        for (var round = 0; !until.IsCompleted || sent.Count < 10; round++)
        {
            foreach (var entity in Entities)
                from.Tell(entity, $"{round}");
            sent.Add(round);
            await Task.WhenAny(until, from.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, ShardedNodes.Patience));
        }

        return sent;
    }

    private static async Task ExpectInOrderAsync(ShardedNode at, List<int> rounds)
    {
        // Answers of two nodes can overtake each other; the order is that in which the entities took the messages.
        var received = Entities.ToDictionary(entity => entity, _ => new SortedList<int, int>());
        for (var i = 0; i < rounds.Count * Entities.Length; i++)
        {
            string[] parts;
            try
            {
                parts = (await at.Inbox.ExpectAsync<string>()).Split(' ');
            }
            catch (OperationCanceledException)
            {
                Assert.Fail("lost: " + string.Join(", ", received.Select(item => $"{item.Key}: {string.Join(" ", rounds.Except(item.Value.Values))}")));
                throw;
            }

            received[parts[0]].Add(int.Parse(parts[4]), int.Parse(parts[1]));
        }

        Assert.All(received, item => Assert.Equal(rounds, item.Value.Values));
    }
}
