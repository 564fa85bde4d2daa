using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

// Between the regions of a type and its coordinator. A region is known by its reference.
//
//   joining     region ─▶ Register(hosted shards, those that it is stopping), in parts      coordinator ─▶ RegisterAck, ShardHomes
//               (RegisterProxy for one that hosts nothing)
//               coordinator ─▶ CoordinatorStarted to the region of each member: register now
//   finding     region ─▶ GetShardHome(shard)              coordinator ─▶ HostShard to the chosen region, ShardHome to all others
//               region ─▶ ShardStarted                     or ShardHomeless: there is no region that is not shutting down
//   moving      coordinator ─▶ BeginHandOff to all         regions but the owner keep what comes for the shard from now on, and send
//               region ─▶ HandOffFence to the home, behind all that it sent there; the home ─▶ BeginHandOffAck for it
//               coordinator ─▶ HandOff to the owner        the owner, when the shard has ended ─▶ ShardStopped
//   stopping    region ─▶ GracefulShutdownReq              coordinator moves its shards; a region without any stops
//
// A region obeys the coordinator that acknowledged it last, and no other. A lost message costs a retry: regions ask again each retry-interval,
// the coordinator repeats HostShard until ShardStarted, a hand-off that gets stuck ends with the hand-off timeout.

/// <summary>What the runtime's sharding sends between nodes, apart from users' messages.</summary>
public interface IClusterShardingSerializable;

/// <summary>What a region does at its coordinator's word.</summary>
internal interface ICoordinatorCommand : IClusterShardingSerializable;

internal sealed record Register(IActorRef Region, IReadOnlyList<string> Shards, IReadOnlyList<string> Stopping, int Part = 0, bool IsLast = true)
    : IClusterShardingSerializable, IDeadLetterSuppression;

internal sealed record RegisterProxy(IActorRef Proxy) : IClusterShardingSerializable, IDeadLetterSuppression;

internal sealed record RegisterAck(IActorRef Coordinator) : IClusterShardingSerializable;

internal sealed record CoordinatorStarted(IActorRef Coordinator) : IClusterShardingSerializable, IDeadLetterSuppression;

internal sealed record GetShardHome(string Shard) : IClusterShardingSerializable, IDeadLetterSuppression;

internal sealed record ShardHome(string Shard, IActorRef Region) : ICoordinatorCommand;

internal sealed record ShardHomes(IActorRef Region, IReadOnlyList<string> Shards) : ICoordinatorCommand;

internal sealed record ShardHomeless(string Shard) : ICoordinatorCommand;

internal sealed record HostShard(string Shard) : ICoordinatorCommand;

internal sealed record ShardStarted(string Shard) : IClusterShardingSerializable;

internal sealed record BeginHandOff(string Shard) : ICoordinatorCommand;

/// <summary>From a region to the home of a shard: all that <paramref name="Region"/> has sent for the shard is before this.</summary>
internal sealed record HandOffFence(string Shard, IActorRef Region, IActorRef Coordinator) : IClusterShardingSerializable;

internal sealed record BeginHandOffAck(string Shard, IActorRef Region) : IClusterShardingSerializable;

internal sealed record HandOff(string Shard) : ICoordinatorCommand;

internal sealed record ShardStopped(string Shard, IActorRef Region) : IClusterShardingSerializable, IDeadLetterSuppression;

internal sealed record GracefulShutdownReq(IActorRef Region) : IClusterShardingSerializable, IDeadLetterSuppression;

// Between a region and its shards.

internal sealed class StopShard
{
    public static readonly StopShard Instance = new();
}

internal sealed class GetShardState
{
    public static readonly GetShardState Instance = new();
}
