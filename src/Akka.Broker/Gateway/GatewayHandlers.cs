using Akka.Broker.Controller;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Partitions;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Settings;
using Akka.Broker.Storage;

namespace Akka.Broker.Gateway;

/// <summary>What the gateway's own handlers need of the node.</summary>
/// <param name="Settings">This broker's.</param>
/// <param name="Configs">Which value a topic's setting has on this broker.</param>
/// <param name="Metadata">The node's newest image.</param>
/// <param name="Creation">Makes missing topics; used only where <c>auto.create.topics.enable</c> is on.</param>
/// <param name="Led">The partitions led here.</param>
/// <param name="Partitions">The way to their leaders.</param>
/// <param name="Logs">The node's logs.</param>
/// <param name="Wheel"><see cref="GatewayServer.Wheel"/>.</param>
/// <param name="Time">For deadlines and timestamps.</param>
/// <param name="Random">For fetch session ids.</param>
public sealed record GatewayServices(
    BrokerSettings Settings,
    ConfigResolver Configs,
    MetadataCache Metadata,
    ITopicCreation Creation,
    LedPartitions Led,
    IPartitionPort Partitions,
    LogManager Logs,
    TimerWheel Wheel,
    TimeProvider Time,
    Random Random)
{
    /// <summary>What is followed here, which consumers may read too.</summary>
    public LedPartitions Followed { get; init; } = new();

    /// <summary>Brokers that are gone, whatever the metadata still says: they lead nothing for a client.</summary>
    public Func<BrokerImage, bool> HasEnded { get; init; } = static _ => false;

    /// <summary>The leaders' own: what the gateway refuses, they have to know.</summary>
    public RefusedBatches Refused { get; init; } = new(Time);

    /// <summary>See <see cref="FetchOptions.Lease"/>.</summary>
    public ControllerLease Lease { get; init; } = ControllerLease.Endless();

    /// <summary>See <see cref="FetchOptions.MetadataLog"/>.</summary>
    public IMetadataLogFetches? MetadataLog { get; init; }

    /// <summary>What this node can read.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;
}

/// <summary>The handlers of metadata, records and logs; those of groups and of the controller are made where those are.</summary>
public static class GatewayHandlers
{
    public static IReadOnlyList<IRequestHandler> Create(GatewayServices services)
    {
        var settings = services.Settings;
        var finder = new LedPartitionFinder(settings.NodeId, services.Metadata, services.Led);
        var fetch = new FetchOptions(settings.NodeId, settings.Network.FetchMaxBytes, settings.Network.MaxIncrementalFetchSessionCacheSlots)
        {
            RackAware = settings.Replicas.IsRackAware,
            Throttle = ReplicationThrottle.OfLeaders(services.Configs, services.Metadata, services.Time),
            Lease = services.Lease,
            MetadataLog = services.MetadataLog,
        };
        var rules = new TopicRules(services.Configs);
        return
        [
            new ApiVersionsHandler(services.Metadata, services.Levels),
            new MetadataHandler(services.Metadata, settings.Topics.AutoCreateTopicsEnable ? services.Creation : null, services.HasEnded),
            new DescribeClusterHandler(services.Metadata),
            new DescribeTopicPartitionsHandler(services.Metadata),
            new ProduceHandler(settings.NodeId, services.Metadata, rules, services.Partitions, services.Refused, services.Time),
            new FetchHandler(fetch, services.Metadata, services.Led, services.Wheel, services.Time, services.Random, services.Followed),
            new ListOffsetsHandler(finder),
            new OffsetForLeaderEpochHandler(finder),
            new DeleteRecordsHandler(finder, services.Partitions, services.Time),
            new DescribeProducersHandler(finder, services.Partitions),
            new DescribeLogDirsHandler(services.Logs, settings.DataDirs),
        ];
    }
}
