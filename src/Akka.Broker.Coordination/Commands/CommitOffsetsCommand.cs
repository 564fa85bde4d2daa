using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>An offset to store.</summary>
/// <param name="Partition">Of any topic that the handler has found to exist.</param>
/// <param name="Offset">The next one to read.</param>
/// <param name="LeaderEpoch">Of the last consumed record, -1 if unknown.</param>
/// <param name="Metadata">The client's own text.</param>
/// <param name="RetentionMs">Versions 2 to 4: how long to keep it whatever the broker's setting says; -1 for the setting.</param>
public sealed record OffsetToCommit(TopicPartition Partition, long Offset, int LeaderEpoch, string Metadata, long RetentionMs);

/// <summary>OffsetCommit. With a generation of -1 and no member it comes from a consumer that does its own partition choice, or from a tool.</summary>
public sealed record CommitOffsetsCommand(
    string MemberId,
    string? InstanceId,
    int GenerationId,
    IReadOnlyList<OffsetToCommit> Offsets) : GroupCommand
{
    public override bool CreatesGroup => GenerationId < 0;

    public override GroupResult Fail(ErrorCode error) => CommitOffsetsResult.All(Offsets.Count, error);

    public override GroupResult AnswerWithoutGroup() => Fail(ErrorCode.IllegalGeneration);
}

/// <summary>The answer to <see cref="CommitOffsetsCommand"/>: a code for each offset, in the order asked.</summary>
public sealed record CommitOffsetsResult(ErrorCode[] Errors) : GroupResult
{
    public static CommitOffsetsResult All(int count, ErrorCode error)
    {
        var errors = new ErrorCode[count];
        Array.Fill(errors, error);
        return new CommitOffsetsResult(errors);
    }
}
