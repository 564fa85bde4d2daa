using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>
/// New shards go to the region with the fewest. When the fullest has more than a threshold above the emptiest, some of its shards move,
/// a few at a time.
/// </summary>
public class LeastShardAllocationStrategy(int rebalanceThreshold, int maxSimultaneousRebalance) : IShardAllocationStrategy
{
    public Task<IActorRef> AllocateShard(
        IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
        Task.FromResult(ShardAllocationStrategy.Emptiest(currentShardAllocations));

    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
    {
        IImmutableSet<string> moved = ImmutableHashSet<string>.Empty;
        var room = maxSimultaneousRebalance - rebalanceInProgress.Count;
        if (room > 0 && currentShardAllocations.Count > 1)
        {
            var least = currentShardAllocations.Values.Min(shards => shards.Count);
            var most = currentShardAllocations.Values
                .Select(shards => shards.Where(shard => !rebalanceInProgress.Contains(shard)).ToList())
                .MaxBy(shards => shards.Count)!;
            if (most.Count - least > rebalanceThreshold)
            {
                moved = most.Take(Math.Min(most.Count - least - rebalanceThreshold, room)).ToImmutableHashSet();
            }
        }

        return Task.FromResult(moved);
    }
}
