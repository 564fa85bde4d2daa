using Akka.Broker.Controller;
using Akka.Broker.Gateway;

namespace Akka.Broker.Groups.Handlers;

/// <summary>The APIs of consumer groups.</summary>
public static class GroupHandlers
{
    public static IReadOnlyList<IRequestHandler> All(GroupRouter groups, ITopicCreation creation) =>
    [
        new FindCoordinatorHandler(groups.Metadata, creation),
        new JoinGroupHandler(groups),
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
