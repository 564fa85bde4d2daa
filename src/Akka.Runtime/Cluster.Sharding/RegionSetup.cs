using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>What a region and its shards know of their type. Without <paramref name="EntityProps"/> the region is a proxy.</summary>
internal sealed record RegionSetup(
    string TypeName,
    Func<string, Props>? EntityProps,
    ClusterShardingSettings Settings,
    EnvelopeExtractor Extractor,
    object HandOffStopMessage,
    string CoordinatorPath);
