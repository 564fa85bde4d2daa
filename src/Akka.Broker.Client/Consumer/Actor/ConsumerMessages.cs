using Akka.Broker.Client.Cluster;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

// What a consumer's actor tells itself: answers that came, and what other threads have done. A consumer that has ended is told of some: nobody is to read of that.

internal sealed record CoordinatorAnswered(int Number, int? Broker, ErrorCode Error) : IDeadLetterSuppression;

internal sealed record JoinAnswered(int Number, JoinGroupResponse? Response) : IDeadLetterSuppression;

internal sealed record AssignmentComputed(
    int Number, IReadOnlyDictionary<string, List<TopicPartition>>? Assignments, IReadOnlyDictionary<string, int>? PartitionCounts) : IDeadLetterSuppression;

internal sealed record SyncAnswered(int Number, SyncGroupResponse? Response) : IDeadLetterSuppression;

internal sealed record HeartbeatAnswered(int Number, ErrorCode Error) : IDeadLetterSuppression;

internal sealed record LeaveAnswered(int Number) : IDeadLetterSuppression;

/// <summary>The application's callback about partitions that go is through.</summary>
internal sealed record RevokeCallbackDone(int Number) : IDeadLetterSuppression;

internal sealed record AssignCallbackDone(IReadOnlyList<TopicPartition> Partitions) : IDeadLetterSuppression;

internal sealed record ViewChanged(ClusterView View) : IDeadLetterSuppression;

/// <summary>Memory came free, or a closed delivery is held no more: perhaps something can go on.</summary>
internal sealed class ConsumerNudge : IDeadLetterSuppression
{
    public static readonly ConsumerNudge Instance = new();
}

internal sealed class ConsumerWake : IDeadLetterSuppression
{
    public static readonly ConsumerWake Instance = new();
}

/// <summary>A reader met a batch that it cannot read.</summary>
internal sealed record ReadFailed(PartitionDelivery Delivery, Exception Error) : IDeadLetterSuppression;

/// <summary>A reader has ended before the records that it had begun were finished.</summary>
internal sealed record DeliveryAbandoned(PartitionDelivery Delivery) : IDeadLetterSuppression;

/// <summary>What a handler runs into is to be told with the consumer's other events.</summary>
internal sealed record EventRaised(ConsumerEvent Event) : IDeadLetterSuppression;

/// <summary>One partition of a question about positions; it counts only if the partition is still at this version.</summary>
internal readonly record struct AskedPartition(ConsumedPartition Partition, int Version)
{
    public bool IsCurrent => Partition.Version == Version;
}

internal sealed record CommittedAnswered(IReadOnlyList<AskedPartition> Asked, CommittedFetch Result) : IDeadLetterSuppression;

internal sealed record ResetAnswered(IReadOnlyList<AskedPartition> Asked, ListOffsetsResponse? Response, ErrorCode Error) : IDeadLetterSuppression;

internal sealed record ValidationAnswered(IReadOnlyList<AskedPartition> Asked, OffsetForLeaderEpochResponse? Response, ErrorCode Error) : IDeadLetterSuppression;

internal sealed record FetchAnswered(BrokerFetch Fetch, BrokerResponse<FetchResponse>? Response, Exception? Error) : IDeadLetterSuppression;

internal sealed record CommitAnswered(PendingCommit Commit, OffsetCommitResponse? Response, ErrorCode Error) : IDeadLetterSuppression;
