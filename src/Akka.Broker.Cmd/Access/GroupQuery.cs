using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Coordination;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Access;

/// <summary>Consumer groups, as their coordinators say.</summary>
internal static class GroupQuery
{
    private const short ByTopicName = 9;

    /// <summary>All of them, by the broker that coordinates each.</summary>
    public static async Task<(IReadOnlyList<(int Coordinator, ListGroupsResponse.ListedGroup Group)> Groups, IReadOnlyList<string> Missing)> ListAsync(VerbContext context)
    {
        var (answers, missing) = await context.Peers.AskAllAsync<ListGroupsRequest, ListGroupsResponse>(context.Peers.Alive, () => new ListGroupsRequest()).ConfigureAwait(false);
        var errors = answers.Where(a => a.Value.ErrorCode != ErrorCode.None).Select(a => $"Broker {a.Key}: {a.Value.ErrorCode}");
        return ([.. answers.SelectMany(a => a.Value.Groups.Select(g => (a.Key, g))).OrderBy(g => g.g.GroupId, StringComparer.Ordinal)], [.. missing, .. errors]);
    }

    /// <summary>Who coordinates the group, whether or not there is one of that name.</summary>
    /// <exception cref="VerbException">Nobody does.</exception>
    public static int CoordinatorOf(VerbContext context, string group)
    {
        if (!context.Image.TryGetTopic(InternalTopics.ConsumerOffsets, out var offsets))
            throw new VerbException($"There is no group '{group}': no group has ever been here.");
        var partition = offsets.Partitions[OffsetsTopic.PartitionFor(group, offsets.Partitions.Length)];
        return partition.HasLeader ? partition.Leader : throw new VerbException($"{offsets.Name}-{partition.Partition}, which keeps group '{group}', has no leader.");
    }

    /// <exception cref="VerbException">There is none of that name.</exception>
    public static async Task<DescribeGroupsResponse.DescribedGroup> DescribeAsync(VerbContext context, string group)
    {
        var request = new DescribeGroupsRequest { Groups = [group] };
        var described = (await context.Peers.AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(CoordinatorOf(context, group), request).ConfigureAwait(false)).Groups[0];
        if (described.ErrorCode == ErrorCode.GroupIdNotFound)
            throw new VerbException($"There is no group '{group}'; there are {Selection.Some((await ListAsync(context).ConfigureAwait(false)).Groups.Select(g => g.Group.GroupId))}.");
        Answers.Check(described.ErrorCode, described.ErrorMessage, $"Group {group}");
        return described;
    }

    /// <summary>What it has committed.</summary>
    public static async Task<IReadOnlyDictionary<TopicPartition, long>> OffsetsAsync(VerbContext context, string group)
    {
        var request = new OffsetFetchRequest { Groups = [new() { GroupId = group, Topics = null }] };
        var response = (await context.Peers.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(CoordinatorOf(context, group), request, ByTopicName).ConfigureAwait(false)).Groups[0];
        Answers.Check(response.ErrorCode, null, $"The offsets of group {group}");
        return response.Topics.SelectMany(t => t.Partitions.Where(p => p.CommittedOffset >= 0).Select(p => (Name: new TopicPartition(t.Name, p.PartitionIndex), p.CommittedOffset)))
            .ToDictionary(o => o.Name, o => o.CommittedOffset);
    }

    /// <summary>Writes offsets down in the name of nobody, which a group with members refuses.</summary>
    public static async Task CommitAsync(VerbContext context, string group, IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            Topics = [.. offsets.GroupBy(o => o.Key.Topic).Select(t => new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = t.Key,
                Partitions = [.. t.Select(o => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = o.Key.Partition, CommittedOffset = o.Value, CommittedMetadata = "" })],
            })],
        };
        var response = await context.Peers.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(CoordinatorOf(context, group), request, ByTopicName).ConfigureAwait(false);
        Answers.Check(response.Topics.SelectMany(t => t.Partitions.Select(p => Answers.Problem(p.ErrorCode, null) is { } problem ? $"{t.Name}-{p.PartitionIndex}: {problem}" : null)));
    }

    /// <summary>What a consumer was given; nothing where it is no consumer's assignment.</summary>
    public static IReadOnlyList<TopicPartition> AssignmentOf(DescribeGroupsResponse.DescribedGroup group, DescribeGroupsResponse.DescribedGroupMember member)
    {
        if (group.ProtocolType != "consumer" || member.MemberAssignment.Length == 0)
            return [];
        try
        {
            return [.. VersionedMessage.Read<ConsumerProtocolAssignment>(member.MemberAssignment).AssignedPartitions.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p)))];
        }
        catch (MalformedMessageException)
        {
            // A client of its own kind: what it was given is its own affair.
            return [];
        }
    }
}
