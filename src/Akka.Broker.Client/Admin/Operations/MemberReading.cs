using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Reads what members of a group of type <c>consumer</c> tell each other through the coordinator. Other types are not ours to read.</summary>
internal static class MemberReading
{
    public static ConsumerGroupDescription Describe(DescribeGroupsResponse.DescribedGroup group, int coordinatorId) => new(
        group.GroupId,
        group.GroupState,
        group.ProtocolType,
        group.ProtocolData,
        [.. group.Members.Select(member => Describe(member, group.ProtocolType == "consumer"))],
        coordinatorId);

    private static MemberDescription Describe(DescribeGroupsResponse.DescribedGroupMember member, bool isConsumer) => new(
        member.MemberId,
        member.GroupInstanceId,
        member.ClientId,
        member.ClientHost,
        isConsumer ? TryRead<ConsumerProtocolSubscription>(member.MemberMetadata)?.Topics : null,
        isConsumer && TryRead<ConsumerProtocolAssignment>(member.MemberAssignment) is { } assignment
            ? [.. assignment.AssignedPartitions.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))]
            : null);

    private static T? TryRead<T>(ReadOnlyMemory<byte> bytes) where T : class, IData, new()
    {
        if (bytes.Length == 0)
            return null;
        try
        {
            return VersionedMessage.Read<T>(bytes);
        }
        catch (MalformedMessageException)
        {
            // Of a newer version, or of a client that says "consumer" and means something else.
            return null;
        }
    }
}
