using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

public sealed class ShardingSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Message_starts_its_entity_and_reaches_it_with_its_sender()
    {
        await using var context = new ShardingTestContext();
        context.Tell("a1", "x");
        context.Tell("a2", "y");
        context.Tell("a1", "z");
        var answers = new[] { await context.Probe.ExpectAsync<string>(), await context.Probe.ExpectAsync<string>(), await context.Probe.ExpectAsync<string>() };
        Assert.Equal(["a1: x", "a1: z", "a2: y"], answers.Order());
        Assert.Equal(context.Region, context.Sharding.ShardRegion("entities"));
        Assert.Contains("entities", context.Sharding.ShardTypeNames);
    }

    [Fact]
    public async Task Messages_of_one_sender_to_one_entity_keep_their_order_from_the_first()
    {
        await using var context = new ShardingTestContext();
        for (var i = 0; i < 1_000; i++)
        {
            context.Tell("a1", $"{i}");
        }

        await context.Probe.ExpectAsync(Enumerable.Range(0, 1_000).Select(i => (object)$"a1: {i}").ToArray());
    }

    [Fact]
    public async Task Failed_entity_is_restarted()
    {
        await using var context = new ShardingTestContext();
        context.Tell("a1", 0);
        var first = await context.Probe.ExpectAsync<int>();
        context.Tell("a1", new Fail());
        context.Tell("a1", 0);
        Assert.NotEqual(first, await context.Probe.ExpectAsync<int>());
    }

    [Fact]
    public async Task Stopped_entity_starts_with_its_next_message()
    {
        await using var context = new ShardingTestContext();
        context.Tell("a1", 0);
        var first = await context.Probe.ExpectAsync<int>();
        var watcher = context.Watch(context.Probe.LastSender);
        context.Tell("a1", new Stop());
        await watcher.ExpectAsync<Terminated>();
        await GoneAsync(context, "a1");
        context.Tell("a1", 0);
        Assert.NotEqual(first, await context.Probe.ExpectAsync<int>());
    }

    [Fact]
    public async Task Entity_can_be_started_without_a_message()
    {
        await using var context = new ShardingTestContext();
        context.Region.Tell(new ShardRegion.StartEntity("a1"), context.Probe.Ref);
        CurrentShardRegionState state;
        do
        {
            state = await context.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        }
        while (state.Shards.Count == 0 || state.Shards.First().EntityIds.Count == 0);
        Assert.Equal("a1", state.Shards.Single().EntityIds.Single());
    }

    [Fact]
    public async Task Region_tells_which_entities_it_has()
    {
        await using var context = new ShardingTestContext();
        foreach (var id in new[] { "a1", "b1", "c2" })
        {
            context.Tell(id, "x");
            await context.Probe.ExpectAsync<string>();
        }

        var state = await context.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        Assert.Equal(["1: a1,b1", "2: c2"], state.Shards.Select(s => $"{s.ShardId}: {string.Join(",", s.EntityIds.Order())}").Order());
        Assert.Empty(state.Failed);
        var stats = await context.Region.Ask<ShardRegionStats>(GetShardRegionStats.Instance, Patience);
        Assert.Equal(2, stats.Stats["1"]);
        var regions = await context.Region.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience);
        Assert.Equal(context.Cluster.Cluster.SelfAddress, Assert.Single(regions.Regions));
        var all = await context.Region.Ask<ClusterShardingStats>(new GetClusterShardingStats(TimeSpan.FromSeconds(5)), Patience);
        Assert.Equal(1, all.Regions[context.Cluster.Cluster.SelfAddress].Stats["2"]);
    }

    [Fact]
    public async Task Envelope_reaches_its_entity_whatever_the_extractor_knows()
    {
        await using var context = new ShardingTestContext();
        context.Region.Tell(new ShardingEnvelope("a1", "x"), context.Probe.Ref);
        await context.Probe.ExpectAsync("a1: x");
    }

    [Fact]
    public async Task Message_that_the_extractor_does_not_know_harms_nobody()
    {
        await using var context = new ShardingTestContext();
        context.Region.Tell("unknown", context.Probe.Ref);
        context.Tell("a1", "x");
        await context.Probe.ExpectAsync("a1: x");
    }

    [Fact]
    public async Task Strategy_decides_and_what_waits_for_it_is_delivered()
    {
        var strategy = new HesitantStrategy();
        await using var context = new ShardingTestContext(strategy: strategy);
        context.Tell("a1", "x");
        context.Tell("a1", "y");
        await context.Probe.ExpectAsync("a1: x", "a1: y");
        Assert.True(strategy.Asked >= 3);
    }

    [Fact]
    public async Task Shard_that_moves_keeps_what_comes_for_it()
    {
        var strategy = new MovingStrategy();
        var gate = new TaskCompletionSource();
        await using var context = new ShardingTestContext("akka.cluster.sharding.rebalance-interval = 50ms", strategy, new StopSlowly(gate.Task));
        context.Tell("a1", 0);
        var first = await context.Probe.ExpectAsync<int>();
        strategy.MoveOnce("1");
        await strategy.Moved.WaitAsync(Patience);
        // The region has acknowledged the move once it has no home for the shard: the state query goes through the same mailboxes.
        await context.Region.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience);
        await context.Region.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience);
        gate.SetResult();
        int current;
        do
        {
            context.Tell("a1", 0);
            current = await context.Probe.ExpectAsync<int>();
        }
        while (current == first);
        Assert.True(current > first);
    }

    [Fact]
    public async Task Entity_that_cannot_be_made_harms_no_other()
    {
        await using var context = new ShardingTestContext();
        var region = context.Sharding.Start(
            "picky",
            id => id == "bad1" ? throw new InvalidOperationException("no such entity") : Props.Create(() => new Entity(id)),
            ClusterShardingSettings.Create(context.Cluster.System),
            new LastCharacterExtractor());
        region.Tell(new For("a1", 0), context.Probe.Ref);
        var first = await context.Probe.ExpectAsync<int>();
        region.Tell(new For("bad1", "x"), context.Probe.Ref);
        region.Tell(new For("a1", 0), context.Probe.Ref);
        Assert.Equal(first, await context.Probe.ExpectAsync<int>());
    }

    [Fact]
    public async Task Shard_that_moves_under_load_loses_no_message_that_its_region_kept()
    {
        var strategy = new MovingStrategy();
        await using var context = new ShardingTestContext("akka.cluster.sharding.rebalance-interval = 20ms", strategy);
        var sent = 0;
        for (var round = 0; round < 5; round++)
        {
            strategy.MoveOnce("1");
            for (var i = 0; i < 200; i++)
            {
                context.Tell("a1", $"{sent++}");
                context.Tell("b2", "other");
                await context.Probe.ExpectAsync<string>();
                await context.Probe.ExpectAsync<string>();
            }
        }

        Assert.True(context.Probe.IsEmpty);
    }

    [Fact]
    public async Task Coordinator_that_ended_is_replaced_by_one_that_knows_where_the_shards_are()
    {
        await using var context = new ShardingTestContext("akka.cluster.sharding.coordinator-failure-backoff = 20ms");
        context.Tell("a1", 0);
        var first = await context.Probe.ExpectAsync<int>();
        var coordinator = await context.Cluster.System
            .ActorSelection("/system/sharding/entitiesCoordinator/singleton/coordinator").ResolveOne(Patience);
        var watcher = context.Watch(coordinator);
        coordinator.Tell(Kill.Instance);
        await watcher.ExpectAsync<Terminated>();
        context.Tell("a1", 0);
        Assert.Equal(first, await context.Probe.ExpectAsync<int>());
        context.Tell("b2", "x");
        await context.Probe.ExpectAsync("b2: x");
        var all = await context.Region.Ask<ClusterShardingStats>(new GetClusterShardingStats(TimeSpan.FromSeconds(5)), Patience);
        Assert.Equal(["1", "2"], all.Regions.Values.Single().Stats.Keys.Order());
    }

    [Fact]
    public async Task Region_that_shuts_down_stops_its_entities_with_their_message_and_then_itself()
    {
        await using var context = new ShardingTestContext(stopMessage: new Stop());
        context.Tell("a1", 0);
        await context.Probe.ExpectAsync<int>();
        var entity = context.Watch(context.Probe.LastSender);
        var region = context.Watch(context.Region);
        context.Region.Tell(GracefulShutdown.Instance);
        await entity.ExpectAsync<Terminated>();
        await region.ExpectAsync<Terminated>();
    }

    [Fact]
    public async Task Proxy_passes_messages_on_to_the_region()
    {
        await using var context = new ShardingTestContext();
        var proxy = await context.Sharding.StartProxyAsync("entities", "broker", new LastCharacterExtractor());
        proxy.Tell(new For("a1", "x"), context.Probe.Ref);
        await context.Probe.ExpectAsync("a1: x");
        Assert.Equal(proxy, context.Sharding.ShardRegionProxy("entities"));
        Assert.Throws<ArgumentException>(() => context.Sharding.ShardRegion("unknown"));
    }

    [Fact]
    public async Task Thousands_of_entities_start_and_the_system_ends_in_order()
    {
        const int count = 5_000;
        await using var context = new ShardingTestContext();
        for (var i = 0; i < count; i++)
        {
            context.Tell($"e{i}", "x");
        }

        for (var i = 0; i < count; i++)
        {
            await context.Probe.ExpectAsync<string>();
        }

        var stats = await context.Region.Ask<ShardRegionStats>(GetShardRegionStats.Instance, Patience);
        Assert.Equal(count, stats.Stats.Values.Sum());
        Assert.Equal(10, stats.Stats.Count);
        await context.Cluster.Cluster.LeaveAsync().WaitAsync(Patience);
        await context.Cluster.System.WhenTerminated.WaitAsync(Patience);
    }

    [Fact]
    public void Hash_extractor_spreads_and_stays_in_its_shards()
    {
        var extractor = HashCodeMessageExtractor.Create(20, message => (string)message);
        var shards = Enumerable.Range(0, 2_000).Select(i => extractor.ShardId($"entity-{i}")).ToList();
        Assert.All(shards, shard => Assert.InRange(int.Parse(shard), 0, 19));
        Assert.All(shards.GroupBy(shard => shard), group => Assert.InRange(group.Count(), 50, 160));
        Assert.Equal(extractor.ShardId("entity-1"), extractor.ShardId("entity-1"));
    }

    /// <summary>The shard knows that its entity has stopped when it lists it no longer.</summary>
    private static async Task GoneAsync(ShardingTestContext context, string entity)
    {
        CurrentShardRegionState state;
        do
        {
            state = await context.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        }
        while (state.Shards.Any(shard => shard.EntityIds.Contains(entity)));
    }

    private sealed class HesitantStrategy : IShardAllocationStrategy
    {
        private int _asked;

        public int Asked => _asked;

        public Task<IActorRef> AllocateShard(
            IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
            Interlocked.Increment(ref _asked) switch
            {
                1 => Task.FromException<IActorRef>(new InvalidOperationException("not yet")),
                2 => Task.FromResult<IActorRef>(null!),
                _ => Task.FromResult(currentShardAllocations.Keys.First()),
            };

        public Task<IImmutableSet<string>> Rebalance(
            IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) =>
            Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
    }

    private sealed class MovingStrategy : IShardAllocationStrategy
    {
        private readonly TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private string? _move;

        public Task Moved => _moved.Task;

        public void MoveOnce(string shard) => Volatile.Write(ref _move, shard);

        public Task<IActorRef> AllocateShard(
            IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
            Task.FromResult(currentShardAllocations.Keys.First());

        public Task<IImmutableSet<string>> Rebalance(
            IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
        {
            if (rebalanceInProgress.Count > 0)
            {
                _moved.TrySetResult();
            }

            return Task.FromResult<IImmutableSet<string>>(
                Interlocked.Exchange(ref _move, null) is { } shard ? ImmutableHashSet.Create(shard) : ImmutableHashSet<string>.Empty);
        }
    }
}
