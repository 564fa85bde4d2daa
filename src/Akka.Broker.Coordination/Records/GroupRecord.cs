using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Records;

/// <summary>One record of <c>__consumer_offsets</c>, decoded. A null value is a tombstone.</summary>
public abstract record GroupRecord(string GroupId);

/// <summary>What a group has stored for a partition, or that it has nothing any more.</summary>
public sealed record OffsetRecord(string GroupId, TopicPartition Partition, CommittedOffset? Value) : GroupRecord(GroupId);

/// <summary>What outlives its coordinator of a group's last generation, or that the group is gone.</summary>
public sealed record GroupMetadataRecord(string GroupId, GroupMetadata? Value) : GroupRecord(GroupId);

/// <summary>A stored offset.</summary>
/// <param name="Offset">The next one to read.</param>
/// <param name="LeaderEpoch">-1 if the client did not say.</param>
/// <param name="Metadata">The client's own text.</param>
/// <param name="CommitTimestampMs">When the coordinator took it.</param>
/// <param name="ExpireTimestampMs">Set only by clients that asked for their own retention; null leaves it to the broker's.</param>
public sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommitTimestampMs, long? ExpireTimestampMs);

/// <summary>A group's generation.</summary>
/// <param name="ProtocolType">Empty if the group never had members.</param>
/// <param name="GenerationId">Its number.</param>
/// <param name="ProtocolName">What the vote chose; null without members.</param>
/// <param name="LeaderId">Who computed the assignment; null without members.</param>
/// <param name="StateTimestampMs">Since when the group is in its state, null in records of old brokers.</param>
/// <param name="Members">With what they were assigned.</param>
public sealed record GroupMetadata(
    string ProtocolType,
    int GenerationId,
    string? ProtocolName,
    string? LeaderId,
    long? StateTimestampMs,
    IReadOnlyList<GroupMetadataMember> Members);

/// <summary>A member of a stored generation.</summary>
public sealed record GroupMetadataMember(
    string MemberId,
    string? InstanceId,
    string ClientId,
    string ClientHost,
    int RebalanceTimeoutMs,
    int SessionTimeoutMs,
    ReadOnlyMemory<byte> Subscription,
    ReadOnlyMemory<byte> Assignment);
