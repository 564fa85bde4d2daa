using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>What follows from an error code, by the table of the protocol guide.</summary>
public static class ErrorCodes
{
    /// <summary>Whether the same request may succeed later without anybody changing anything.</summary>
    public static bool IsRetriable(this ErrorCode code) => code is
        ErrorCode.CorruptMessage or ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderOrFollower
        or ErrorCode.RequestTimedOut or ErrorCode.ReplicaNotAvailable or ErrorCode.BrokerNotAvailable or ErrorCode.NetworkException
        or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator
        or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.NotController or ErrorCode.KafkaStorageError
        or ErrorCode.ConcurrentTransactions or ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable or ErrorCode.PreferredLeaderNotAvailable or ErrorCode.EligibleLeadersNotAvailable
        or ErrorCode.ElectionNotNeeded or ErrorCode.UnstableOffsetCommit or ErrorCode.ThrottlingQuotaExceeded or ErrorCode.UnknownTopicId
        or ErrorCode.InconsistentTopicId or ErrorCode.FetchSessionTopicIdError;

    /// <summary>Whether it says that what is known of a partition's leader is old.</summary>
    public static bool IsStaleMetadata(this ErrorCode code) => code is
        ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderOrFollower or ErrorCode.ReplicaNotAvailable
        or ErrorCode.NetworkException or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch
        or ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId or ErrorCode.ListenerNotFound or ErrorCode.EligibleLeadersNotAvailable
        or ErrorCode.PreferredLeaderNotAvailable;
}
