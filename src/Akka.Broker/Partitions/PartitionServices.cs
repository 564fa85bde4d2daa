using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Journals;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Partitions;

/// <summary>What a <see cref="PartitionActor"/> is made with; one for all partitions of a node.</summary>
/// <param name="NodeId">This broker.</param>
/// <param name="Storage">The node's logs.</param>
/// <param name="Metadata">The node's newest metadata.</param>
/// <param name="Led">Where leaders register.</param>
/// <param name="Time">For deadlines, LogAppendTime and expiry.</param>
/// <param name="MinInSyncReplicas">A topic's <c>min.insync.replicas</c>.</param>
/// <param name="ProducerIdExpirationMs"><c>producer.id.expiration.ms</c></param>
public sealed record PartitionServices(
    int NodeId,
    BrokerStorage Storage,
    MetadataCache Metadata,
    LedPartitions Led,
    TimeProvider Time,
    Func<TopicImage, int> MinInSyncReplicas,
    long ProducerIdExpirationMs)
{
    private const long ReplicaLagTimeMaxMsDefault = 30_000;

    /// <summary>Until when this node may take itself for the leader of anything.</summary>
    public ControllerLease Lease { get; init; } = ControllerLease.Endless();

    /// <summary>Who takes <see cref="ProposeIsr"/> to the controller.</summary>
    public IActorRef IsrChanges { get; init; } = ActorRefs.Nobody;

    /// <summary>What leaders have asked for and got no final answer to; it outlives an entity that fails and leads on in the same epoch.</summary>
    public ConcurrentDictionary<TopicIdPartition, IsrProposal> IsrInFlight { get; } = new();

    /// <summary>What producers will send again.</summary>
    public RefusedBatches Refused { get; init; } = new(Time);

    /// <summary>Where what goes in and out is counted; null: nowhere.</summary>
    public TopicFiguresTable? Topics { get; init; }

    /// <summary><c>replica.lag.time.max.ms</c></summary>
    public long ReplicaLagTimeMaxMs { get; init; } = ReplicaLagTimeMaxMsDefault;

    /// <summary>The clock of leaders and their lease: since some moment of this process.</summary>
    public long NowMs => (long)Time.GetElapsedTime(0).TotalMilliseconds;
}
