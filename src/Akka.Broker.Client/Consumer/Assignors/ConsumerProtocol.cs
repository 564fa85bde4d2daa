using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// The bytes that members of a group exchange through the coordinator, which does not look into them: subscriptions in JoinGroup, assignments in SyncGroup. Both stand behind
/// their version; an older client reads the fields that it knows and leaves the rest.
/// </summary>
internal static class ConsumerProtocol
{
    public const string ProtocolType = "consumer";

    /// <summary>All versions of an assignment have the same fields; the lowest is understood by every client.</summary>
    private const short AssignmentVersion = 0;

    public static byte[] EncodeSubscription(
        IPartitionAssignor assignor, IEnumerable<string> topics, IEnumerable<TopicPartition> owned, int generation, string? rack)
    {
        var subscription = new ConsumerProtocolSubscription
        {
            Topics = [.. topics.Order(StringComparer.Ordinal)],
            UserData = assignor.UserData(generation),
            OwnedPartitions = [.. ByTopic(owned).Select(t => new ConsumerProtocolSubscription.TopicPartition { Topic = t.Topic, Partitions = t.Partitions })],
            GenerationId = generation,
            RackId = rack,
        };
        return VersionedMessage.ToArray(subscription, ConsumerProtocolSubscription.HighestVersion);
    }

    /// <exception cref="MalformedMessageException">The member's metadata is no subscription.</exception>
    public static GroupMember DecodeSubscription(string memberId, string? instanceId, ReadOnlyMemory<byte> metadata)
    {
        var subscription = Read<ConsumerProtocolSubscription>(metadata, ConsumerProtocolSubscription.HighestVersion);
        var owned = subscription.OwnedPartitions.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p))).ToList();
        var generation = subscription.GenerationId;
        if (generation < 0 && subscription.UserData is { Length: sizeof(int) } userData)
            generation = new MessageReader(userData).ReadInt32();
        return new GroupMember(memberId, instanceId, subscription.Topics, owned, generation);
    }

    public static byte[] EncodeAssignment(IEnumerable<TopicPartition> partitions) =>
        VersionedMessage.ToArray(
            new ConsumerProtocolAssignment
            {
                AssignedPartitions = [.. ByTopic(partitions).Select(t => new ConsumerProtocolAssignment.TopicPartition { Topic = t.Topic, Partitions = t.Partitions })],
            },
            AssignmentVersion);

    /// <summary>No bytes at all are an assignment of nothing.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no assignment.</exception>
    public static List<TopicPartition> DecodeAssignment(ReadOnlyMemory<byte> bytes) =>
        bytes.IsEmpty
            ? []
            : [.. Read<ConsumerProtocolAssignment>(bytes, ConsumerProtocolAssignment.HighestVersion)
                .AssignedPartitions.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p)))];

    /// <summary>A version above ours begins with our fields.</summary>
    private static T Read<T>(ReadOnlyMemory<byte> bytes, short highest)
        where T : IData, new()
    {
        var reader = new MessageReader(bytes);
        var version = reader.ReadInt16();
        if (version < 0)
            throw new MalformedMessageException($"{typeof(T).Name} has version {version}; 0 or more is allowed.");
        var message = new T();
        message.Read(ref reader, Math.Min(version, highest));
        return message;
    }

    private static IEnumerable<(string Topic, int[] Partitions)> ByTopic(IEnumerable<TopicPartition> partitions) =>
        partitions.GroupBy(p => p.Topic, p => p.Partition)
            .OrderBy(t => t.Key, StringComparer.Ordinal)
            .Select(t => (t.Key, t.Order().ToArray()));
}
