namespace Akka.Broker.Client.Admin;

public sealed record TopicListing(string Name, Guid TopicId, bool IsInternal);

public sealed record TopicDescription(string Name, Guid TopicId, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions);

/// <summary>A partition, with brokers by their ids.</summary>
/// <param name="Partition">Its number in the topic.</param>
/// <param name="LeaderId">-1: it has none.</param>
/// <param name="LeaderEpoch">Rises with each change of leader.</param>
/// <param name="Replicas">The preferred leader first.</param>
/// <param name="InSyncReplicas">Those that acknowledge <c>acks=all</c>.</param>
/// <param name="EligibleLeaders">Out of sync, but with all that is committed (KIP-966); null from brokers that do not tell it.</param>
/// <param name="LastKnownEligibleLeaders">Eligible until they stopped uncleanly; null from brokers that do not tell it.</param>
/// <param name="OfflineReplicas">Of brokers or folders that are gone.</param>
public sealed record PartitionDescription(
    int Partition,
    int LeaderId,
    int LeaderEpoch,
    IReadOnlyList<int> Replicas,
    IReadOnlyList<int> InSyncReplicas,
    IReadOnlyList<int>? EligibleLeaders,
    IReadOnlyList<int>? LastKnownEligibleLeaders,
    IReadOnlyList<int> OfflineReplicas);
