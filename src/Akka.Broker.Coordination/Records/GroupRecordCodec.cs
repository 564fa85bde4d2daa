using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Coordination.Records;

/// <summary>
/// Group records as Kafka keeps them in <c>__consumer_offsets</c>. Key and value each begin with the int16 version of their structure;
/// the key's also says what the record is about.
/// <code>
/// key 0, 1  an offset   value 3, or 1 if the client set a retention of its own; 0 to 4 are read
/// key 2     a group     value 3; 0 to 4 are read
/// key 3...  groups of the newer protocol, which are skipped
/// </code>
/// </summary>
public static class GroupRecordCodec
{
    private const short OffsetKeyVersion = 1;
    private const short OffsetValueVersion = 3;
    private const short OffsetValueWithExpiryVersion = 1;
    private const short GroupKeyVersion = 2;
    private const short GroupValueVersion = 3;
    private const long NoTimestamp = -1;

    /// <summary>Key and value of a record; a null value is a tombstone.</summary>
    public static (byte[] Key, byte[]? Value) Encode(GroupRecord record) => record switch
    {
        OffsetRecord offset => (Key(offset), offset.Value is null ? null : Value(offset.Value)),
        GroupMetadataRecord metadata => (
            VersionedMessage.ToArray(new GroupMetadataKey { Group = metadata.GroupId }, GroupKeyVersion),
            metadata.Value is null ? null : Value(metadata.Value)),
        _ => throw new ArgumentException($"{record.GetType().Name} has no encoding.", nameof(record)),
    };

    /// <summary>Null for a record of a kind that is not ours to read.</summary>
    /// <exception cref="MalformedMessageException">Key or value are not what their version says.</exception>
    public static GroupRecord? Decode(byte[] key, byte[]? value)
    {
        switch (VersionedMessage.PeekVersion(key))
        {
            case 0 or OffsetKeyVersion:
                var offset = VersionedMessage.Read<OffsetCommitKey>(key);
                return new OffsetRecord(
                    offset.Group, new TopicPartition(offset.Topic, offset.Partition), value is null ? null : Offset(value));
            case GroupKeyVersion:
                var group = VersionedMessage.Read<GroupMetadataKey>(key);
                return new GroupMetadataRecord(group.Group, value is null ? null : Metadata(value));
            default:
                return null;
        }
    }

    private static byte[] Key(OffsetRecord record) => VersionedMessage.ToArray(
        new OffsetCommitKey { Group = record.GroupId, Topic = record.Partition.Topic, Partition = record.Partition.Partition }, OffsetKeyVersion);

    private static byte[] Value(CommittedOffset offset) => VersionedMessage.ToArray(
        new OffsetCommitValue
        {
            Offset = offset.Offset,
            LeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
            CommitTimestamp = offset.CommitTimestampMs,
            ExpireTimestamp = offset.ExpireTimestampMs ?? NoTimestamp,
        },
        offset.ExpireTimestampMs is null ? OffsetValueVersion : OffsetValueWithExpiryVersion);

    private static byte[] Value(GroupMetadata metadata)
    {
        var value = new GroupMetadataValue
        {
            ProtocolType = metadata.ProtocolType,
            Generation = metadata.GenerationId,
            Protocol = metadata.ProtocolName,
            Leader = metadata.LeaderId,
            CurrentStateTimestamp = metadata.StateTimestampMs ?? NoTimestamp,
        };
        foreach (var member in metadata.Members)
        {
            value.Members.Add(new GroupMetadataValue.MemberMetadata
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeout = member.RebalanceTimeoutMs,
                SessionTimeout = member.SessionTimeoutMs,
                Subscription = member.Subscription,
                Assignment = member.Assignment,
            });
        }

        return VersionedMessage.ToArray(value, GroupValueVersion);
    }

    private static CommittedOffset Offset(byte[] bytes)
    {
        var value = VersionedMessage.Read<OffsetCommitValue>(bytes);
        return new CommittedOffset(
            value.Offset, value.LeaderEpoch, value.Metadata, value.CommitTimestamp, value.ExpireTimestamp == NoTimestamp ? null : value.ExpireTimestamp);
    }

    private static GroupMetadata Metadata(byte[] bytes)
    {
        var version = VersionedMessage.PeekVersion(bytes);
        var value = VersionedMessage.Read<GroupMetadataValue>(bytes);
        return new GroupMetadata(
            value.ProtocolType,
            value.Generation,
            value.Protocol,
            value.Leader,
            value.CurrentStateTimestamp == NoTimestamp ? null : value.CurrentStateTimestamp,
            [.. value.Members.Select(m => Member(m, version))]);
    }

    /// <summary>Version 0 has one timeout for both uses.</summary>
    private static GroupMetadataMember Member(GroupMetadataValue.MemberMetadata member, short version) => new(
        member.MemberId,
        member.GroupInstanceId,
        member.ClientId,
        member.ClientHost,
        version == 0 ? member.SessionTimeout : member.RebalanceTimeout,
        member.SessionTimeout,
        member.Subscription,
        member.Assignment);
}
