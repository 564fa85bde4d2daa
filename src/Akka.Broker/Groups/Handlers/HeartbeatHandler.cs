using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>A member's sign of life.</summary>
public sealed class HeartbeatHandler(GroupRouter groups) : RequestHandler<HeartbeatRequest, HeartbeatResponse>
{
    public override (short Min, short Max) Versions => (0, 4);

    public override async ValueTask<HeartbeatResponse> HandleAsync(HeartbeatRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (request.GroupId.Length == 0)
            return new HeartbeatResponse { ErrorCode = ErrorCode.InvalidGroupId };
        var command = new HeartbeatCommand(request.MemberId, request.GroupInstanceId, request.GenerationId);
        var result = await groups.AskAsync<HeartbeatResult>(request.GroupId, command, connectionClosed).ConfigureAwait(false);
        return new HeartbeatResponse { ErrorCode = result.Error };
    }
}
