using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>Which of the brokers' answers an administrator's call does not take for the last word.</summary>
internal static class AdminErrors
{
    /// <summary>Asking again, perhaps somebody else, may succeed without anybody doing anything, and soon.</summary>
    public static bool IsPassing(ErrorCode code) => code.IsRetriable() && !IsUnknownTopic(code) && code is not
        (ErrorCode.ElectionNotNeeded or ErrorCode.PreferredLeaderNotAvailable or ErrorCode.EligibleLeadersNotAvailable or ErrorCode.CorruptMessage);

    /// <summary>Perhaps of a topic that was made a moment ago: not every broker knows it yet.</summary>
    public static bool IsUnknownTopic(ErrorCode code) =>
        code is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId;
}
