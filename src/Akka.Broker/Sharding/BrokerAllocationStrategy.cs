using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Sharding;

/// <summary>
/// Puts shard <i>n</i> on broker <i>n</i>'s region and nowhere else, and never moves one: who leads a partition is decided by the metadata alone.
/// While that region is not registered there is no answer; the coordinator asks again.
/// <para>
/// A member that is weakly up has no shard, though it works as a voter: Akka's sharding is not active there, and its coordinator registers no region before the member is Up,
/// so there would be no region to answer with. That broker follows and votes; what it is given to lead meanwhile is not led before it is Up, which
/// takes as long as the controller needs to take the unreachable member out.
/// </para>
/// </summary>
/// <param name="addressOf">The cluster address of a broker's node, null while it is no member. Called on the coordinator's thread.</param>
/// <param name="self">This node's own address: its own region is known to the coordinator by a local path.</param>
public sealed class BrokerAllocationStrategy(Func<string, Address?> addressOf, Address self) : IShardAllocationStrategy
{
    /// <summary>By the members of a cluster, whose roles say which broker each is.</summary>
    public static BrokerAllocationStrategy Of(Cluster.Cluster cluster) => new(shard => AddressOf(cluster, shard), cluster.SelfAddress);

    public Task<IActorRef> AllocateShard(
        IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations)
    {
        var wanted = addressOf(shardId);
        foreach (var region in currentShardAllocations.Keys)
        {
            var address = region.Path.Address.HasLocalScope ? self : region.Path.Address;
            if (wanted is not null && address.Equals(wanted))
                return Task.FromResult(region);
        }

        return Task.FromException<IActorRef>(new ShardHomeUnknownException(shardId));
    }

    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) =>
        Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);

    /// <summary>A broker that comes back can be a member twice for a moment: the one that is up counts.</summary>
    private static Address? AddressOf(Cluster.Cluster cluster, string shard) => cluster.State.Members
        .Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving
            && int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var brokerId)
            && member.HasRole(BrokerShards.RoleOf(brokerId)))
        .MinBy(member => member.Status)?.Address;
}

/// <summary>The broker that a shard belongs to has no region registered now.</summary>
public sealed class ShardHomeUnknownException(string shardId)
    : Exception($"Broker {shardId} has no shard region registered yet; its shard waits for it and is put nowhere else.");
