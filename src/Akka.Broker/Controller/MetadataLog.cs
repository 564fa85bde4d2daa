using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;

namespace Akka.Broker.Controller;

/// <summary>The metadata log as a log among the others: <c>__cluster_metadata-0</c>, in the first data folder, every record synced, none deleted.</summary>
public static class MetadataLog
{
    public static readonly TopicIdPartition Id = new(InternalTopics.ClusterMetadataId, InternalTopics.ClusterMetadata, 0);

    public static readonly LogConfig Config = new() { CleanupPolicy = CleanupPolicy.None, FlushMessages = 1, RetentionMs = -1, MayUseReserve = true, NotesSyncedEnd = true };
}
