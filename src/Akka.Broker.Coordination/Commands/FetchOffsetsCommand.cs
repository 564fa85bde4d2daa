using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>OffsetFetch for one group.</summary>
/// <param name="Partitions">Null for all that the group has.</param>
/// <param name="RequireStable">Answer UNSTABLE_OFFSET_COMMIT for a partition whose newest commit is still on its way.</param>
public sealed record FetchOffsetsCommand(IReadOnlyList<TopicPartition>? Partitions, bool RequireStable) : GroupCommand
{
    public override GroupResult Fail(ErrorCode error) => new FetchOffsetsResult(error, []);

    public override GroupResult AnswerWithoutGroup() =>
        new FetchOffsetsResult(ErrorCode.None, [.. (Partitions ?? []).Select(p => FetchedOffset.None(p))]);
}

/// <summary>A stored offset, -1 where there is none.</summary>
public readonly record struct FetchedOffset(TopicPartition Partition, long Offset, int LeaderEpoch, string Metadata, ErrorCode Error)
{
    public static FetchedOffset None(TopicPartition partition, ErrorCode error = ErrorCode.None) => new(partition, -1, -1, "", error);
}

/// <summary>The answer to <see cref="FetchOffsetsCommand"/>: an error of the group, or the offsets in the order asked.</summary>
public sealed record FetchOffsetsResult(ErrorCode Error, IReadOnlyList<FetchedOffset> Offsets) : GroupResult;
