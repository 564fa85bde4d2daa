using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>The strategies that come with the runtime.</summary>
public static class ShardAllocationStrategy
{
    /// <summary>
    /// New shards go to the region with the fewest; regions above their fair share give up what they have too many, at most
    /// <paramref name="absoluteLimit"/> and <paramref name="relativeLimit"/> of all shards a round.
    /// </summary>
    public static IShardAllocationStrategy LeastShardAllocationStrategy(int absoluteLimit, double relativeLimit) =>
        new ByFairShare(absoluteLimit, relativeLimit);

    internal static IActorRef Emptiest(IImmutableDictionary<IActorRef, IImmutableList<string>> allocations)
    {
        IActorRef? emptiest = null;
        var fewest = int.MaxValue;
        foreach (var (region, shards) in allocations)
        {
            if (shards.Count < fewest || (shards.Count == fewest && region.CompareTo(emptiest) < 0))
            {
                (emptiest, fewest) = (region, shards.Count);
            }
        }

        return emptiest!;
    }

    private sealed class ByFairShare(int absoluteLimit, double relativeLimit) : IShardAllocationStrategy
    {
        public Task<IActorRef> AllocateShard(
            IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
            Task.FromResult(Emptiest(currentShardAllocations));

        public Task<IImmutableSet<string>> Rebalance(
            IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
        {
            IImmutableSet<string> none = ImmutableHashSet<string>.Empty;
            var total = currentShardAllocations.Values.Sum(shards => shards.Count);
            if (rebalanceInProgress.Count > 0 || total == 0 || currentShardAllocations.Count < 2)
            {
                return Task.FromResult(none);
            }

            var limit = Math.Max(1, Math.Min((int)(relativeLimit * total), absoluteLimit));
            var fair = (total + currentShardAllocations.Count - 1) / currentShardAllocations.Count;
            var tooMany = currentShardAllocations.Values.SelectMany(shards => shards.Skip(fair)).Take(limit).ToImmutableHashSet();
            if (tooMany.Count == 0 && currentShardAllocations.Values.Count(shards => shards.Count < fair - 1) is > 0 and var poor)
            {
                // Nobody is above the rounded share, but some are two below it: one from each of the fullest.
                tooMany = currentShardAllocations.Values.Where(shards => shards.Count == fair).Select(shards => shards[0])
                    .Take(Math.Min(poor, limit)).ToImmutableHashSet();
            }

            return Task.FromResult<IImmutableSet<string>>(tooMany);
        }
    }
}
