using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Metrics;
using Akka.Broker.Partitions;
using Akka.Broker.Storage;

namespace Akka.Broker.Replicas;

/// <summary>What the followers of a node share.</summary>
/// <param name="Options">How they fetch.</param>
/// <param name="Logs">The node's logs.</param>
/// <param name="Metadata">Where leaders are, and under which epoch this broker is registered.</param>
/// <param name="Followed">Where followers publish what consumers may read of them.</param>
/// <param name="Connections">The way to other brokers.</param>
public sealed record ReplicaServices(
    ReplicaOptions Options, LogManager Logs, MetadataCache Metadata, LedPartitions Followed, IBrokerConnections Connections)
{
    /// <summary>What holds this broker's followers back that are not in sync; null: nothing.</summary>
    public ReplicationThrottle? Throttle { get; init; }

    /// <summary>The way to another node's <see cref="Operations.OperationsActor"/>; null: not known.</summary>
    public Func<int, ICanTell?> OperationsOf { get; init; } = static _ => null;

    /// <summary>Where what is copied is counted; null: nowhere.</summary>
    public TopicFiguresTable? Topics { get; init; }
}
