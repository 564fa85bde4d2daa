using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>The groups that this node coordinates, by state and type. While some of them load, the others are listed beside the error.</summary>
public sealed class ListGroupsHandler(GroupRouter groups) : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    /// <summary>The protocol of all groups here, as the newest version names it.</summary>
    private const string Classic = "classic";

    public override (short Min, short Max) Versions => (0, 5);

    public override async ValueTask<ListGroupsResponse> HandleAsync(ListGroupsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var response = new ListGroupsResponse();
        if (!Matches(request.TypesFilter, Classic))
            return response;
        foreach (var listed in await Task.WhenAll(groups.Partitions.Select(p => groups.ListAsync(p, connectionClosed))).ConfigureAwait(false))
        {
            if (listed.Error is not (ErrorCode.None or ErrorCode.NotCoordinator))
                response.ErrorCode = listed.Error;
            foreach (var group in listed.Groups)
            {
                if (Matches(request.StatesFilter, group.State.ToString()))
                    response.Groups.Add(ToResponse(group));
            }
        }

        return response;
    }

    private static bool Matches(string[] filter, string value) => filter.Length == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);

    private static ListGroupsResponse.ListedGroup ToResponse(GroupListing group) => new()
    {
        GroupId = group.GroupId,
        ProtocolType = group.ProtocolType,
        GroupState = group.State.ToString(),
        GroupType = Classic,
    };
}
