using Akka.Actor;

namespace Akka.Cluster.Sharding;

// Between the regions of a type and its coordinator. A region is known by its reference.
//
//   joining     region ─▶ Register(hosted shards)          coordinator ─▶ RegisterAck         (RegisterProxy for one that hosts nothing)
//               coordinator ─▶ CoordinatorStarted to the region of each member: register now
//   finding     region ─▶ GetShardHome(shard)              coordinator ─▶ HostShard to the chosen region, ShardHome to the asking one
//               region ─▶ ShardStarted                     or ShardHomeless: there is no region that is not shutting down
//   moving      coordinator ─▶ BeginHandOff to all         regions ─▶ BeginHandOffAck: they keep what comes for the shard
//               coordinator ─▶ HandOff to its owner        the shard, when its entities have stopped ─▶ ShardStopped
//   stopping    region ─▶ GracefulShutdownReq              coordinator moves its shards; a region without any stops
//
// A lost message costs a retry: regions ask again each retry-interval, the coordinator repeats HostShard until ShardStarted.

internal sealed record Register(IActorRef Region, IReadOnlyList<string> Shards);

internal sealed record RegisterProxy(IActorRef Proxy);

internal sealed record RegisterAck(IActorRef Coordinator);

internal sealed record CoordinatorStarted(IActorRef Coordinator);

internal sealed record GetShardHome(string Shard);

internal sealed record ShardHome(string Shard, IActorRef Region);

internal sealed record ShardHomeless(string Shard);

internal sealed record HostShard(string Shard);

internal sealed record ShardStarted(string Shard);

internal sealed record BeginHandOff(string Shard);

internal sealed record BeginHandOffAck(string Shard);

internal sealed record HandOff(string Shard);

internal sealed record ShardStopped(string Shard);

internal sealed record GracefulShutdownReq(IActorRef Region);

// Between a region and its shards.

internal sealed class GetShardState
{
    public static readonly GetShardState Instance = new();
}
