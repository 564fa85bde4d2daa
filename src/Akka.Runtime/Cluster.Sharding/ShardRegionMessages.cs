using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>What a region is told to do, other than to pass messages on.</summary>
public interface IShardRegionCommand;

/// <summary>What a region is asked.</summary>
public interface IShardRegionQuery;

/// <summary>
/// An entity to its parent: stop me with this message, and keep what comes for me until I have stopped. If anything came, the entity is
/// started again for it.
/// </summary>
public sealed class Passivate(object stopMessage) : IShardRegionCommand
{
    public object StopMessage { get; } = stopMessage;
}

/// <summary>To a region: hand all shards off, then stop.</summary>
public sealed class GracefulShutdown : IShardRegionCommand
{
    public static readonly GracefulShutdown Instance = new();

    private GracefulShutdown()
    {
    }
}

/// <summary>Which entities a region has: answered by <see cref="CurrentShardRegionState"/>.</summary>
public sealed class GetShardRegionState : IClusterShardingSerializable, IShardRegionQuery
{
    public static readonly GetShardRegionState Instance = new();

    private GetShardRegionState()
    {
    }
}

public sealed class CurrentShardRegionState(IImmutableSet<ShardState> shards, IImmutableSet<string> failed) : IClusterShardingSerializable
{
    public readonly IImmutableSet<ShardState> Shards = shards;

    /// <summary>Shards that did not answer in time.</summary>
    public readonly IImmutableSet<string> Failed = failed;

    public CurrentShardRegionState(IImmutableSet<ShardState> shards)
        : this(shards, ImmutableHashSet<string>.Empty)
    {
    }

    public override string ToString() => $"CurrentShardRegionState(shards: [{string.Join(", ", Shards)}], failed: [{string.Join(", ", Failed)}])";
}

public sealed class ShardState(string shardId, IImmutableSet<string> entityIds) : IClusterShardingSerializable, IEquatable<ShardState>
{
    public readonly string ShardId = shardId;
    public readonly IImmutableSet<string> EntityIds = entityIds;

    public bool Equals(ShardState? other) => other is not null && ShardId == other.ShardId && EntityIds.SetEquals(other.EntityIds);

    public override bool Equals(object? obj) => Equals(obj as ShardState);

    public override int GetHashCode() => ShardId.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{ShardId}: [{string.Join(", ", EntityIds)}]";
}

/// <summary>How many entities each shard of a region has: answered by <see cref="ShardRegionStats"/>.</summary>
public sealed class GetShardRegionStats : IClusterShardingSerializable, IShardRegionQuery
{
    public static readonly GetShardRegionStats Instance = new();

    private GetShardRegionStats()
    {
    }
}

public sealed class ShardRegionStats(IImmutableDictionary<string, int> stats, IImmutableSet<string> failed) : IClusterShardingSerializable
{
    public readonly IImmutableDictionary<string, int> Stats = stats;
    public readonly IImmutableSet<string> Failed = failed;

    public ShardRegionStats(IImmutableDictionary<string, int> stats)
        : this(stats, ImmutableHashSet<string>.Empty)
    {
    }
}

/// <summary>Where there are regions: answered by <see cref="CurrentRegions"/>.</summary>
public sealed class GetCurrentRegions : IClusterShardingSerializable, IShardRegionQuery
{
    public static readonly GetCurrentRegions Instance = new();

    private GetCurrentRegions()
    {
    }
}

public sealed class CurrentRegions(IImmutableSet<Address> regions) : IClusterShardingSerializable
{
    public readonly IImmutableSet<Address> Regions = regions;
}

/// <summary>The statistics of all regions of a type: answered by <see cref="ClusterShardingStats"/>.</summary>
public sealed class GetClusterShardingStats(TimeSpan timeout) : IClusterShardingSerializable, IShardRegionQuery
{
    public readonly TimeSpan Timeout = timeout;
}

public sealed class ClusterShardingStats(IImmutableDictionary<Address, ShardRegionStats> regions) : IClusterShardingSerializable
{
    public readonly IImmutableDictionary<Address, ShardRegionStats> Regions = regions;
}
