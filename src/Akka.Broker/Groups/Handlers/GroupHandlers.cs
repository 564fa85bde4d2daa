using Akka.Broker.Controller;
using Akka.Broker.Gateway;

namespace Akka.Broker.Groups.Handlers;

/// <summary>The APIs of consumer groups.</summary>
public static class GroupHandlers
{
    /// <param name="groups">To the coordinators.</param>
    /// <param name="creation">Makes the offsets topic.</param>
    /// <param name="newId">Ids that nobody else gives out, for new members; any thread.</param>
    public static IReadOnlyList<IRequestHandler> All(GroupRouter groups, ITopicCreation creation, Func<Guid> newId) =>
    [
        new FindCoordinatorHandler(groups.Metadata, creation),
        new JoinGroupHandler(groups, newId),
        new SyncGroupHandler(groups),
        new HeartbeatHandler(groups),
        new LeaveGroupHandler(groups),
        new OffsetCommitHandler(groups),
        new OffsetFetchHandler(groups),
        new OffsetDeleteHandler(groups),
        new DescribeGroupsHandler(groups),
        new ListGroupsHandler(groups),
        new DeleteGroupsHandler(groups),
    ];
}
