using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Bringing and fetching assignments. The answer waits until the leader's assignment is committed.</summary>
public sealed class SyncGroupHandler(GroupRouter groups) : RequestHandler<SyncGroupRequest, SyncGroupResponse>
{
    private const int ProtocolFrom = 5;

    /// <summary>The leader has the longest rebalance timeout of all members, which this one does not know.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(1);

    public override (short Min, short Max) Versions => (0, 5);

    public override async ValueTask<SyncGroupResponse> HandleAsync(SyncGroupRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var command = new SyncCommand(
            request.MemberId,
            request.GroupInstanceId,
            request.GenerationId,
            request.ProtocolType,
            request.ProtocolName,
            [.. request.Assignments.Select(a => new MemberAssignment(a.MemberId, a.Assignment))]);
        var result = Check(request, context) is var error && error != ErrorCode.None
            ? (SyncResult)command.Fail(error)
            : await groups.AskAsync<SyncResult>(request.GroupId, command, WaitMax, connectionClosed).ConfigureAwait(false);
        return new SyncGroupResponse
        {
            ErrorCode = result.Error,
            ProtocolType = context.ApiVersion >= ProtocolFrom ? result.ProtocolType : null,
            ProtocolName = context.ApiVersion >= ProtocolFrom ? result.ProtocolName : null,
            Assignment = result.Assignment,
        };
    }

    private static ErrorCode Check(SyncGroupRequest request, RequestContext context)
    {
        if (request.GroupId.Length == 0)
            return ErrorCode.InvalidGroupId;
        return context.ApiVersion >= ProtocolFrom && (request.ProtocolType is null || request.ProtocolName is null)
            ? ErrorCode.InconsistentGroupProtocol
            : ErrorCode.None;
    }
}
