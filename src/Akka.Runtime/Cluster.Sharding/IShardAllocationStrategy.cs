using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Decides on which region a shard runs. Asked by the coordinator, one question at a time a shard.</summary>
public interface IShardAllocationStrategy : INoSerializationVerificationNeeded
{
    /// <summary>The region for a shard: a key of <paramref name="currentShardAllocations"/>, or else nothing happens until it is asked for again.</summary>
    Task<IActorRef> AllocateShard(
        IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations);

    /// <summary>The shards to move now; those in <paramref name="rebalanceInProgress"/> are being moved.</summary>
    Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress);
}

/// <summary>A strategy that has something to start before its first question.</summary>
public interface IStartableAllocationStrategy : IShardAllocationStrategy
{
    void Start();
}

/// <summary>A strategy that needs the actor system; started before its first question.</summary>
public interface IActorSystemDependentAllocationStrategy : IShardAllocationStrategy
{
    void Start(Actor.ActorSystem system);
}
