using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>DeleteGroups for one group: it and its offsets go, if nobody is in it.</summary>
public sealed record DeleteGroupCommand : GroupCommand
{
    public override GroupResult Fail(ErrorCode error) => new DeleteGroupResult(error);

    public override GroupResult AnswerWithoutGroup() => Fail(ErrorCode.GroupIdNotFound);
}

/// <summary>The answer to <see cref="DeleteGroupCommand"/>.</summary>
public sealed record DeleteGroupResult(ErrorCode Error) : GroupResult;
