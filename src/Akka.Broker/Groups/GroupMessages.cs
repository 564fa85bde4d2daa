using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;

namespace Akka.Broker.Groups;

/// <summary>What is sent to shard region <c>group</c>. The entity is the partition of <c>__consumer_offsets</c>, its shard that partition's leader.</summary>
public interface IGroupCoordinatorCommand
{
    int Partition { get; }
}

/// <summary>A client's command for one group. Answered with the <see cref="GroupResult"/> that belongs to it.</summary>
public sealed record GroupRequest(int Partition, string GroupId, GroupCommand Command) : IGroupCoordinatorCommand;

/// <summary>Which groups are there? Answered with <see cref="GroupsListed"/>.</summary>
public sealed record ListGroups(int Partition) : IGroupCoordinatorCommand;

/// <summary>The groups of one partition; none with an error.</summary>
public sealed record GroupsListed(ErrorCode Error, IReadOnlyList<GroupListing> Groups);

/// <summary>This node leads the partition now: load its groups, so that sessions run and the first client need not wait. Not answered.</summary>
public sealed record CoordinateGroups(int Partition) : IGroupCoordinatorCommand;

/// <summary>Topics were deleted: their offsets go. Not answered.</summary>
public sealed record ForgetTopics(int Partition, IReadOnlySet<string> Topics) : IGroupCoordinatorCommand;
