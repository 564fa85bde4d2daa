using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Groups with their members. A group that does not exist is an error from version 6 on and a dead group before.</summary>
public sealed class DescribeGroupsHandler(GroupRouter groups) : RequestHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    private const int NotFoundFrom = 6;

    public override (short Min, short Max) Versions => (0, 6);

    public override async ValueTask<DescribeGroupsResponse> HandleAsync(
        DescribeGroupsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var asked = request.Groups.Select(g => DescribeAsync(g, request.IncludeAuthorizedOperations, context.ApiVersion, connectionClosed)).ToArray();
        return new DescribeGroupsResponse { Groups = [.. await Task.WhenAll(asked).ConfigureAwait(false)] };
    }

    private async Task<DescribeGroupsResponse.DescribedGroup> DescribeAsync(string groupId, bool withOperations, short version, CancellationToken cancelled)
    {
        var described = await groups.AskAsync<GroupDescription>(groupId, new DescribeGroupCommand(), cancelled).ConfigureAwait(false);
        var isMissing = described.Error == ErrorCode.GroupIdNotFound;
        var group = new DescribeGroupsResponse.DescribedGroup
        {
            GroupId = groupId,
            ErrorCode = isMissing && version < NotFoundFrom ? ErrorCode.None : described.Error,
            ErrorMessage = isMissing && version >= NotFoundFrom ? $"Group {groupId} not found." : null,
            GroupState = described.State,
            ProtocolType = described.ProtocolType,
            ProtocolData = described.ProtocolName,
            AuthorizedOperations = withOperations && described.Error is ErrorCode.None or ErrorCode.GroupIdNotFound
                ? AuthorizedOperations.AllOfGroup
                : AuthorizedOperations.NotRequested,
        };
        foreach (var member in described.Members)
        {
            group.Members.Add(new()
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                MemberMetadata = member.Metadata,
                MemberAssignment = member.Assignment,
            });
        }

        return group;
    }
}
