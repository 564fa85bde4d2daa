using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Joining a group. The answer waits until the join phase is over. Each call of <paramref name="newId"/> gives another id.</summary>
public sealed class JoinGroupHandler(GroupRouter groups, Func<Guid> newId) : RequestHandler<JoinGroupRequest, JoinGroupResponse>
{
    private const int RebalanceTimeoutFrom = 1;
    private const int KnownMemberIdFrom = 4;
    private const int NullableProtocolFrom = 7;
    private const int SkipAssignmentFrom = 9;

    /// <summary>A join waits for the longest rebalance timeout of all members, which this one does not know; a newcomer's wait is bounded by the group.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(1);

    public override (short Min, short Max) Versions => (0, 9);

    public override async ValueTask<JoinGroupResponse> HandleAsync(JoinGroupRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var command = ToCommand(request, context);
        var result = request.GroupId.Length == 0
            ? (JoinResult)command.Fail(ErrorCode.InvalidGroupId)
            : await groups.AskAsync<JoinResult>(request.GroupId, command, WaitMax, connectionClosed).ConfigureAwait(false);
        return ToResponse(result, context.ApiVersion);
    }

    private JoinCommand ToCommand(JoinGroupRequest request, RequestContext context) => new(
        request.MemberId,
        request.GroupInstanceId,
        request.MemberId.Length == 0 ? newId().ToString() : "",
        context.ClientId ?? "",
        ClientHost.Of(context),
        request.SessionTimeoutMs,
        context.ApiVersion >= RebalanceTimeoutFrom ? request.RebalanceTimeoutMs : request.SessionTimeoutMs,
        request.ProtocolType,
        [.. request.Protocols.Select(p => new MemberProtocol(p.Name, p.Metadata))],
        RequireKnownMemberId: context.ApiVersion >= KnownMemberIdFrom,
        SupportsSkippingAssignment: context.ApiVersion >= SkipAssignmentFrom);

    private static JoinGroupResponse ToResponse(JoinResult result, short version)
    {
        var response = new JoinGroupResponse
        {
            ErrorCode = result.Error,
            GenerationId = result.GenerationId,
            ProtocolType = version >= NullableProtocolFrom ? result.ProtocolType : null,
            ProtocolName = version >= NullableProtocolFrom ? result.ProtocolName : result.ProtocolName ?? "",
            Leader = result.LeaderId,
            SkipAssignment = result.SkipAssignment,
            MemberId = result.MemberId,
        };
        foreach (var member in result.Members)
            response.Members.Add(new() { MemberId = member.MemberId, GroupInstanceId = member.InstanceId, Metadata = member.Metadata });
        return response;
    }
}
