using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Coordination;
using Akka.Broker.Metrics;
using Akka.Broker.Partitions;
using Akka.Broker.Settings;

namespace Akka.Broker.Groups;

/// <summary>What the group coordinators of a node share.</summary>
/// <param name="NodeId">This node.</param>
/// <param name="Metadata">Who leads which offsets partition.</param>
/// <param name="Led">Where the partitions that this node leads are read.</param>
/// <param name="PartitionRegion">Shard region <c>partition</c>, which appends.</param>
/// <param name="Config">The rules for groups.</param>
/// <param name="CommitTimeout">How long a write may take until its fate counts as unknown.</param>
/// <param name="ExpiryCheckInterval">How often expired offsets are looked for.</param>
/// <param name="Time">Both clocks.</param>
public sealed record GroupServices(
    int NodeId,
    MetadataCache Metadata,
    LedPartitions Led,
    IActorRef PartitionRegion,
    GroupConfig Config,
    TimeSpan CommitTimeout,
    TimeSpan ExpiryCheckInterval,
    TimeProvider Time)
{
    /// <summary>What has become of groups, for operators.</summary>
    public GroupHistory History { get; init; } = new();

    public static GroupServices From(
        BrokerSettings settings, MetadataCache metadata, LedPartitions led, IActorRef partitionRegion, TimeProvider time) => new(
        settings.NodeId,
        metadata,
        led,
        partitionRegion,
        new GroupConfig
        {
            MinSessionTimeoutMs = settings.Groups.MinSessionTimeoutMs,
            MaxSessionTimeoutMs = settings.Groups.MaxSessionTimeoutMs,
            InitialRebalanceDelayMs = settings.Groups.InitialRebalanceDelayMs,
            MaxSize = settings.Groups.MaxSize,
            OffsetMetadataMaxBytes = settings.Offsets.MetadataMaxBytes,
            OffsetsRetentionMs = settings.Offsets.RetentionMinutes * 60_000L,
        },
        TimeSpan.FromMilliseconds(settings.Offsets.CommitTimeoutMs),
        TimeSpan.FromMilliseconds(settings.Offsets.RetentionCheckIntervalMs),
        time);

    /// <summary>Where questions that coordinators have not answered are counted.</summary>
    public InFlight Asks { get; init; } = new();

    public Moment Now => new(
        Time.GetUtcNow().ToUnixTimeMilliseconds(),
        (long)Time.GetElapsedTime(0, Time.GetTimestamp()).TotalMilliseconds);
}
