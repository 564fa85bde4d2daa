using Akka.Broker.Controller;
using Akka.Broker.Journals;
using Akka.Broker.Replication.Metadata;

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
    long ProducerIdExpirationMs);
