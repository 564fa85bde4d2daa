using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Members go: one up to version 2, a list from 3 on.</summary>
public sealed class LeaveGroupHandler(GroupRouter groups) : RequestHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    private const int ManyFrom = 3;

    public override (short Min, short Max) Versions => (0, 5);

    public override async ValueTask<LeaveGroupResponse> HandleAsync(LeaveGroupRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (request.GroupId.Length == 0)
            return new LeaveGroupResponse { ErrorCode = ErrorCode.InvalidGroupId };
        var command = new LeaveCommand(context.ApiVersion >= ManyFrom
            ? [.. request.Members.Select(m => new LeavingMember(m.MemberId, m.GroupInstanceId, m.Reason))]
            : [new LeavingMember(request.MemberId, null, null)]);
        var result = await groups.AskAsync<LeaveResult>(request.GroupId, command, connectionClosed).ConfigureAwait(false);
        if (context.ApiVersion < ManyFrom)
            return new LeaveGroupResponse { ErrorCode = result.Error != ErrorCode.None ? result.Error : result.Members[0].Error };
        var response = new LeaveGroupResponse { ErrorCode = result.Error };
        foreach (var member in result.Members)
            response.Members.Add(new() { MemberId = member.MemberId, GroupInstanceId = member.InstanceId, ErrorCode = member.Error });
        return response;
    }
}
