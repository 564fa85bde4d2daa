using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>Who goes. An operator may name a static member by its instance id alone, with an empty member id.</summary>
public sealed record LeavingMember(string MemberId, string? InstanceId, string? Reason);

/// <summary>LeaveGroup: members go, at once and for good.</summary>
public sealed record LeaveCommand(IReadOnlyList<LeavingMember> Members) : GroupCommand
{
    public override GroupResult Fail(ErrorCode error) => new LeaveResult(error, []);

    public override GroupResult AnswerWithoutGroup() =>
        new LeaveResult(ErrorCode.None, [.. Members.Select(m => new LeftMember(m.MemberId, m.InstanceId, ErrorCode.UnknownMemberId))]);
}

/// <summary>One line of a <see cref="LeaveResult"/>.</summary>
public sealed record LeftMember(string MemberId, string? InstanceId, ErrorCode Error);

/// <summary>The answer to <see cref="LeaveCommand"/>: an error of the group, or a line for each member in the order asked.</summary>
public sealed record LeaveResult(ErrorCode Error, IReadOnlyList<LeftMember> Members) : GroupResult;
