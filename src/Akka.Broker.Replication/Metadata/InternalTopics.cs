namespace Akka.Broker.Replication.Metadata;

/// <summary>The names that belong to the broker.</summary>
public static class InternalTopics
{
    public const string ConsumerOffsets = "__consumer_offsets";
    public const string TransactionState = "__transaction_state";

    /// <summary>The metadata log itself: not a topic of any image, and nobody may create one of this name.</summary>
    public const string ClusterMetadata = "__cluster_metadata";

    /// <summary>The topic id under which <see cref="ClusterMetadata"/> is known, as KRaft has it.</summary>
    public static readonly Guid ClusterMetadataId = new("00000000-0000-0000-0000-000000000001");

    public static bool IsInternal(string topic) => topic is ConsumerOffsets or TransactionState;
}
