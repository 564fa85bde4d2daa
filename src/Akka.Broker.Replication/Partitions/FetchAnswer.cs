using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Partitions;

/// <summary>What a leader has answered a follower.</summary>
/// <param name="Error">With OFFSET_OUT_OF_RANGE the log start is said too, if the leader is one of ours; with any other, nothing else.</param>
/// <param name="HighWatermark">The leader's; -1 if not said.</param>
/// <param name="LogStartOffset">The leader's; -1 if not said.</param>
/// <param name="Diverging">The logs do not agree: where the follower's last epoch, or the one before it that the leader knows, ends in the leader's log.</param>
/// <param name="FirstOffset">Of the first batch in the answer; -1 without any.</param>
/// <param name="NextOffset">Behind the last whole batch in the answer; -1 without any.</param>
public readonly record struct FetchAnswer(
    ErrorCode Error, long HighWatermark, long LogStartOffset, OffsetAndEpoch? Diverging, long FirstOffset, long NextOffset)
{
    public bool HasRecords => FirstOffset >= 0;

    public static FetchAnswer Refused(ErrorCode error, long logStartOffset = -1) => new(error, -1, logStartOffset, null, -1, -1);

    public static FetchAnswer Empty(long highWatermark, long logStartOffset) => new(ErrorCode.None, highWatermark, logStartOffset, null, -1, -1);
}
