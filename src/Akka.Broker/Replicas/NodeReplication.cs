using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Operations;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Settings;

namespace Akka.Broker.Replicas;

/// <summary>The replication of a node: what follows other nodes' partitions, and what leaders here need of the controller. Made once for each actor system.</summary>
public sealed class NodeReplication
{
    private static readonly TimeSpan AlterTimeout = TimeSpan.FromSeconds(5);

    private NodeReplication(IActorRef replicas, IActorRef isrChanges, LedPartitions followed, ControllerLease lease) =>
        (Replicas, IsrChanges, Followed, Lease) = (replicas, isrChanges, followed, lease);

    /// <summary>Told by the node's actor what to follow.</summary>
    public IActorRef Replicas { get; }

    /// <summary>Takes leaders' ISR changes to the controller.</summary>
    public IActorRef IsrChanges { get; }

    /// <summary>What is followed here, as consumers may read it.</summary>
    public LedPartitions Followed { get; }

    /// <summary>Until when this node may lead: renewed by whoever hears of the controller.</summary>
    public ControllerLease Lease { get; }

    /// <param name="system">Where the actors live.</param>
    /// <param name="parts">Of the node.</param>
    /// <param name="connections">The way to leaders.</param>
    /// <param name="controller">Asked when there is something to ask for.</param>
    internal static NodeReplication Start(ActorSystem system, NodeParts parts, IBrokerConnections connections, Func<ControllerClient> controller)
    {
        var (settings, metadata) = (parts.Settings, parts.Metadata);
        var configs = new ConfigResolver(settings.NodeId, settings.StaticConfigs);
        var services = new ReplicaServices(OptionsOf(settings), parts.Logs, metadata, parts.Followed, connections)
        {
            Throttle = ReplicationThrottle.OfFollowers(configs, metadata, parts.Time),
            Topics = parts.Figures?.Topics,
            OperationsOf = broker => metadata.Current.Brokers.TryGetValue(broker, out var other) && other.AkkaAddress is { } address
                ? system.ActorSelection($"{address}/user/{OperationsActor.Name}")
                : null,
        };
        var replicas = system.ActorOf(ReplicasActor.Props(services), "replicas");
        var isr = system.ActorOf(
            IsrChangesActor.Props(
                settings.NodeId,
                () => metadata.Current.Brokers.TryGetValue(settings.NodeId, out var own) ? own.Epoch : -1,
                request => controller().AdministerAsync<AlterPartitionResponse>(request, AlterTimeout)),
            "isr-changes");
        return new NodeReplication(replicas, isr, parts.Followed, parts.Quorum.Lease);
    }

    private static ReplicaOptions OptionsOf(BrokerSettings settings) => new()
    {
        NodeId = settings.NodeId,
        InterBrokerListener = settings.Kafka.InterBrokerListener,
        FetchMaxBytes = settings.Replicas.FetchMaxBytes,
        FetchResponseMaxBytes = settings.Replicas.FetchResponseMaxBytes,
        FetchWaitMaxMs = settings.Replicas.FetchWaitMaxMs,
        FetchMinBytes = settings.Replicas.FetchMinBytes,
        FetchBackoffMs = settings.Replicas.FetchBackoffMs,
        SocketTimeoutMs = settings.Replicas.SocketTimeoutMs,
    };
}
