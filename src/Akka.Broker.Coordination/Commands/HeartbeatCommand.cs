using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>Heartbeat: the member lives, and asks whether it must join again.</summary>
public sealed record HeartbeatCommand(string MemberId, string? InstanceId, int GenerationId) : GroupCommand
{
    /// <summary>While the coordinator loads nobody can have missed a heartbeat, so the member is told that all is well.</summary>
    public override GroupResult Fail(ErrorCode error) =>
        HeartbeatResult.Of(error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.None : error);

    public override GroupResult AnswerWithoutGroup() => HeartbeatResult.Of(ErrorCode.UnknownMemberId);
}

/// <summary>The answer to <see cref="HeartbeatCommand"/>.</summary>
public sealed record HeartbeatResult(ErrorCode Error) : GroupResult
{
    private static readonly HeartbeatResult Ok = new(ErrorCode.None);

    public static HeartbeatResult Of(ErrorCode error) => error == ErrorCode.None ? Ok : new HeartbeatResult(error);
}
