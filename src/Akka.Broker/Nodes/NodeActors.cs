using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Controller.Handlers;
using Akka.Broker.Gateway;
using Akka.Broker.Groups;
using Akka.Broker.Journals;
using Akka.Broker.Metrics;
using Akka.Broker.Operations;
using Akka.Broker.Partitions;
using Akka.Broker.Quorum;
using Akka.Broker.Quorum.Handlers;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Sharding;

namespace Akka.Broker.Nodes;

/// <summary>
/// The actors that make a member of a cluster a broker, and the handlers by which they are reached. Made once a <see cref="NodeLife"/>; they end with its
/// actor system.
/// </summary>
internal sealed class NodeActors : IDisposable
{
    // A voter, or a leader, that is back is noticed within this.
    private static readonly TimeSpan BackoffMax = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ReportTimeout = TimeSpan.FromSeconds(5);

    private readonly GroupRegion _groups;

    private NodeActors(
        IActorRef node, NodeReplication replication, ControllerClient controller, GroupRegion groups, IReadOnlyList<IRequestHandler> handlers) =>
        (Node, Vital, Controller, _groups, Handlers) = (node, [node, replication.Replicas, replication.IsrChanges], controller, groups, handlers);

    /// <summary>Makes the node do what the metadata says.</summary>
    public IActorRef Node { get; }

    /// <summary>With any of them the life ends; see <see cref="VitalActor"/>.</summary>
    public IReadOnlyList<IActorRef> Vital { get; }

    public ControllerClient Controller { get; }

    public IReadOnlyList<IRequestHandler> Handlers { get; }

    /// <summary>The way to the groups that this node coordinates.</summary>
    public GroupRouter Groups => _groups.Router;

    /// <param name="parts">Of the process.</param>
    /// <param name="system">In its cluster, or on the way.</param>
    /// <param name="membership">Its view of that cluster.</param>
    /// <param name="incarnation">Of this life.</param>
    /// <param name="learnFrom">Whom a node with an empty metadata log follows.</param>
    /// <param name="ended">Which other brokers are gone before the metadata shows it.</param>
    public static NodeActors Start(
        NodeParts parts, ActorSystem system, Membership membership, Guid incarnation, VoterSet learnFrom, EndedBrokers ended)
    {
        var settings = parts.Settings;
        var storage = new BrokerStorage(parts.Logs, parts.Metadata, settings.DataDirs) { Quorum = parts.Quorum };
        storage.RegisterWith(system);
        var allocation = BrokerAllocationStrategy.Of(Cluster.Cluster.Get(system));
        var configs = new ConfigResolver(settings.NodeId, settings.StaticConfigs);
        var topics = new TopicLogConfig(configs);

        ControllerClient controller = null!;
        var replication = NodeReplication.Start(system, parts, parts.Connections(BackoffMax), () => controller);
        var services = PartitionServicesOf(parts, storage, topics, replication);
        system.ActorOf(LostCommands.Props(services), "lost-commands");
        var partitions = BrokerShards.Start(
            system,
            PartitionRegion.TypeName,
            PartitionActor.Props(services),
            new PartitionMessageExtractor(settings.NodeId),
            allocation,
            PartitionActor.StopEntity.Instance);
        var node = system.ActorOf(
            NodeActor.Props(settings.NodeId, parts.Logs, partitions, parts.Led, topic => topics.Of(parts.Metadata.Current, topic), replication.Replicas), NodeActor.Name);
        var guardian = system.ActorOf(ControllerGuardian.Props(ControllerOptionsOf(parts, configs, node, membership, incarnation)), ControllerLocator.GuardianName);
        system.ActorOf(QuorumActor.Props(QuorumServicesOf(parts, node, guardian, membership, incarnation, learnFrom)), QuorumActor.Name);
        controller = new ControllerClient(new ControllerLocator(system, parts.Metadata, settings.NodeId, guardian), parts.Metadata, parts.Time)
        {
            Asks = parts.Figures?.ControllerAsks ?? new InFlight(),
        };

        system.ActorOf(
            OfflineReplicas.Props(new OfflineReplicasOptions(
                settings.NodeId, incarnation, parts.Logs, parts.Metadata, node, report => controller.ReportAsync(report, ReportTimeout))),
            "offline-replicas");
        var creation = new AutoTopicCreation(controller, parts.Metadata);
        var groups = GroupRegion.Start(
            system, GroupServicesOf(parts, partitions) with { History = parts.GroupHistory }, allocation, creation, parts.NewId);
        system.ActorOf(OperationsActor.Props(parts.Logs, parts.GroupHistory, parts.RequestStop, parts.Time), OperationsActor.Name);
        var quorum = new QuorumGate(parts.Quorum, parts.Logs);
        var gateway = new GatewayServices(
            settings, configs, parts.Metadata, creation, parts.Led, new PartitionRegionPort(partitions) { Asks = parts.Figures?.PartitionAsks ?? new InFlight() }, parts.Logs, parts.Gateway.Wheel, parts.Time, parts.NewRandom())
        {
            Followed = replication.Followed,
            HasEnded = ended.HasEnded,
            Refused = services.Refused,
            Lease = replication.Lease,
            MetadataLog = quorum.Fetches(),
            Levels = parts.Levels,
        };
        return new NodeActors(node, replication, controller, groups,
        [
            .. GatewayHandlers.Create(gateway),
            .. quorum.Handlers(controller),
            .. groups.Handlers,
            .. ControllerHandlers.Create(controller, parts.Metadata, configs, settings.NodeId),
        ]);
    }

    public void Dispose() => _groups.Dispose();

    private static PartitionServices PartitionServicesOf(NodeParts parts, BrokerStorage storage, TopicLogConfig topics, NodeReplication replication) =>
        new(
            parts.Settings.NodeId,
            storage,
            parts.Metadata,
            parts.Led,
            parts.Time,
            topic => topics.MinInsyncReplicas(parts.Metadata.Current, topic),
            parts.Settings.Producers.IdExpirationMs)
        {
            Lease = replication.Lease,
            IsrChanges = replication.IsrChanges,
            ReplicaLagTimeMaxMs = parts.Settings.Replicas.LagTimeMaxMs,
            Topics = parts.Figures?.Topics,
        };

    private static GroupServices GroupServicesOf(NodeParts parts, IActorRef partitions) =>
        GroupServices.From(parts.Settings, parts.Metadata, parts.Led, partitions, parts.Time) with { Asks = parts.Figures?.GroupAsks ?? new InFlight() };

    private static ControllerOptions ControllerOptionsOf(NodeParts parts, ConfigResolver configs, IActorRef node, Membership membership, Guid incarnation)
    {
        var settings = parts.Settings;
        var defaults = new ControllerDefaults
        {
            NumPartitions = settings.Topics.NumPartitions,
            ReplicationFactor = settings.Topics.DefaultReplicationFactor,
            OffsetsTopicPartitions = settings.Offsets.TopicNumPartitions,
            OffsetsTopicReplicationFactor = settings.Offsets.TopicReplicationFactor,
            OffsetsTopicSegmentBytes = settings.Offsets.TopicSegmentBytes,
            TopicsMax = settings.Limits.TopicsMax,
            PartitionsMax = settings.Limits.PartitionsMax,
        };
        return new ControllerOptions
        {
            NodeId = settings.NodeId,
            IncarnationId = incarnation,
            ClusterId = parts.Logs.ClusterId,
            NewClusterId = parts.NewClusterId,
            State = new ControllerState(defaults, configs, parts.NewRandom()) { Levels = parts.Levels },
            Voters = () => parts.Quorum.Status.Voters,
            Quorum = new QuorumAdministration(parts.Quorum, parts.Time).CarryAsync,
            Node = node,
            Time = parts.Time,
            Sessions = new SessionTimeouts(settings.Controller.BrokerSessionTimeoutMs, settings.Controller.BrokerSessionTimeoutMs / 2),
            Membership = membership,
            BalanceInterval = settings.Controller.AutoLeaderRebalanceEnable ? TimeSpan.FromSeconds(settings.Controller.LeaderImbalanceCheckIntervalSeconds) : null,
            BalancePercentage = settings.Controller.LeaderImbalancePerBrokerPercentage,
        };
    }

    private static QuorumServices QuorumServicesOf(
        NodeParts parts, IActorRef node, IActorRef guardian, Membership membership, Guid incarnation, VoterSet learnFrom) => new()
        {
            Logs = parts.Logs,
            Metadata = parts.Metadata,
            Port = parts.Quorum,
            Guardian = guardian,
            Node = node,
            IncarnationId = incarnation,
            Connections = parts.Connections(BackoffMax),
            InterBrokerListener = parts.Settings.Kafka.InterBrokerListener,
            Address = new BrokerAddress(parts.InterBroker.Host, parts.InterBroker.Port),
            Settings = parts.Settings.Quorum,
            ConfiguredVoters = parts.Settings.FirstVoters.Count,
            LearnFrom = learnFrom,
            Levels = parts.Levels,
            Membership = membership,
            Time = parts.Time,
            Random = parts.NewRandom(),
        };
}
