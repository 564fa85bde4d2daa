using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Answers what a region is asked, from its shards or its coordinator, without holding the region up.</summary>
internal static class RegionQueries
{
    public static void Answer(
        IShardRegionQuery query,
        IActorRef replyTo,
        Dictionary<string, IActorRef> shards,
        IActorRef? coordinator,
        Cluster cluster,
        TimeSpan timeout)
    {
        switch (query)
        {
            case GetShardRegionState:
                _ = ReplyAsync(StateAsync(shards.ToArray(), timeout), replyTo);
                break;
            case GetShardRegionStats:
                _ = ReplyAsync(StatsAsync(shards.ToArray(), timeout), replyTo);
                break;
            case GetCurrentRegions or GetClusterShardingStats when coordinator is not null:
                coordinator.Tell(query, replyTo);
                break;
            case GetCurrentRegions:
                replyTo.Tell(new CurrentRegions(ImmutableHashSet<Address>.Empty), ActorRefs.NoSender!);
                break;
            case GetClusterShardingStats:
                replyTo.Tell(new ClusterShardingStats(ImmutableDictionary<Address, ShardRegionStats>.Empty), ActorRefs.NoSender!);
                break;
        }
    }

    /// <summary>For the coordinator: the statistics of every region; one that does not answer is left out.</summary>
    public static async Task<ClusterShardingStats> ClusterStatsAsync(IReadOnlyList<IActorRef> regions, Address self, TimeSpan timeout)
    {
        var answers = await Task.WhenAll(regions.Select(region => TryAskAsync<ShardRegionStats>(region, GetShardRegionStats.Instance, timeout)))
            .ConfigureAwait(false);
        var stats = ImmutableDictionary.CreateBuilder<Address, ShardRegionStats>();
        for (var i = 0; i < regions.Count; i++)
        {
            if (answers[i] is { } answer)
            {
                stats[AddressOf(regions[i], self)] = answer;
            }
        }

        return new ClusterShardingStats(stats.ToImmutable());
    }

    public static Address AddressOf(IActorRef region, Address self) => region.Path.Address.HasLocalScope ? self : region.Path.Address;

    private static async Task<object> StateAsync(KeyValuePair<string, IActorRef>[] shards, TimeSpan timeout)
    {
        var (states, failed) = await AskAllAsync(shards, timeout).ConfigureAwait(false);
        return new CurrentShardRegionState(states.ToImmutableHashSet(), failed);
    }

    private static async Task<object> StatsAsync(KeyValuePair<string, IActorRef>[] shards, TimeSpan timeout)
    {
        var (states, failed) = await AskAllAsync(shards, timeout).ConfigureAwait(false);
        return new ShardRegionStats(states.ToImmutableDictionary(state => state.ShardId, state => state.EntityIds.Count), failed);
    }

    private static async Task<(List<ShardState> States, ImmutableHashSet<string> Failed)> AskAllAsync(
        KeyValuePair<string, IActorRef>[] shards, TimeSpan timeout)
    {
        var answers = await Task.WhenAll(shards.Select(shard => TryAskAsync<ShardState>(shard.Value, GetShardState.Instance, timeout)))
            .ConfigureAwait(false);
        var failed = shards.Where((_, i) => answers[i] is null).Select(shard => shard.Key).ToImmutableHashSet();
        return ([.. answers.OfType<ShardState>()], failed);
    }

    private static async Task<T?> TryAskAsync<T>(IActorRef actor, object question, TimeSpan timeout)
        where T : class
    {
        try
        {
            return await actor.Ask<T>(question, timeout).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private static async Task ReplyAsync(Task<object> answer, IActorRef replyTo) =>
        replyTo.Tell(await answer.ConfigureAwait(false), ActorRefs.NoSender!);
}
