using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>DescribeGroups for one group.</summary>
public sealed record DescribeGroupCommand : GroupCommand
{
    public override GroupResult Fail(ErrorCode error) => new GroupDescription(error, "", "", "", []);

    public override GroupResult AnswerWithoutGroup() => new GroupDescription(ErrorCode.GroupIdNotFound, nameof(GroupState.Dead), "", "", []);
}

/// <summary>A member as tools show it. Metadata and assignment are told only of a stable group.</summary>
public sealed record DescribedMember(string MemberId, string? InstanceId, string ClientId, string ClientHost, ReadOnlyMemory<byte> Metadata, ReadOnlyMemory<byte> Assignment);

/// <summary>The answer to <see cref="DescribeGroupCommand"/>. A group that does not exist has GROUP_ID_NOT_FOUND, which older versions tell as state Dead alone.</summary>
public sealed record GroupDescription(
    ErrorCode Error,
    string State,
    string ProtocolType,
    string ProtocolName,
    IReadOnlyList<DescribedMember> Members) : GroupResult;

/// <summary>A group as ListGroups shows it.</summary>
public sealed record GroupListing(string GroupId, string ProtocolType, GroupState State);
