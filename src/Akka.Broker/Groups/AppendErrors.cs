using Akka.Broker.Protocol;

namespace Akka.Broker.Groups;

/// <summary>What a failed append to the offsets partition means for a group, and what its clients are told.</summary>
internal static class AppendErrors
{
    /// <summary>Whether the error says for sure that nothing was appended and that the leadership is as it was. All else is unknown: reload.</summary>
    public static bool IsRefusal(ErrorCode error) => error is
        ErrorCode.NotEnoughReplicas or ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.ThrottlingQuotaExceeded;

    /// <summary>For those who wait for a commit, an assignment or a delete.</summary>
    public static ErrorCode ToClient(ErrorCode error) => error switch
    {
        ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge => ErrorCode.InvalidCommitOffsetSize,
        ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch or ErrorCode.KafkaStorageError => ErrorCode.NotCoordinator,
        _ => ErrorCode.CoordinatorNotAvailable,
    };
}
