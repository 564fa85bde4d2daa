using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Deleting groups that nobody is in.</summary>
public sealed class DeleteGroupsHandler(GroupRouter groups) : RequestHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    public override (short Min, short Max) Versions => (0, 2);

    public override async ValueTask<DeleteGroupsResponse> HandleAsync(DeleteGroupsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var asked = request.GroupsNames.Distinct().Select(g => DeleteAsync(g, connectionClosed)).ToArray();
        return new DeleteGroupsResponse { Results = [.. await Task.WhenAll(asked).ConfigureAwait(false)] };
    }

    private async Task<DeleteGroupsResponse.DeletableGroupResult> DeleteAsync(string groupId, CancellationToken cancelled)
    {
        var deleted = await groups.AskAsync<DeleteGroupResult>(groupId, new DeleteGroupCommand(), cancelled).ConfigureAwait(false);
        return new DeleteGroupsResponse.DeletableGroupResult { GroupId = groupId, ErrorCode = deleted.Error };
    }
}
