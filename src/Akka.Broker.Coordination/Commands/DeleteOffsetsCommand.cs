using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>OffsetDelete: forget offsets of topics that the group does not read any more.</summary>
public sealed record DeleteOffsetsCommand(IReadOnlyList<TopicPartition> Partitions) : GroupCommand
{
    public override GroupResult Fail(ErrorCode error) => new DeleteOffsetsResult(error, []);

    public override GroupResult AnswerWithoutGroup() => Fail(ErrorCode.GroupIdNotFound);
}

/// <summary>The answer to <see cref="DeleteOffsetsCommand"/>: an error of the group, or a code for each partition in the order asked.</summary>
public sealed record DeleteOffsetsResult(ErrorCode Error, ErrorCode[] Errors) : GroupResult;
