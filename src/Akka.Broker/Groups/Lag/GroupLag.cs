using Akka.Broker.Protocol;

namespace Akka.Broker.Groups.Lag;

/// <summary>How far a group is behind on one partition.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Partition">The partition.</param>
/// <param name="CommittedOffset">The next record that the group would read.</param>
/// <param name="EndOffset">The partition's high watermark; -1 if its leader could not be asked.</param>
/// <param name="Seconds">The age of the first record that the group has not consumed, 0 if there is none; null if its time could not be read.</param>
public sealed record GroupLag(string GroupId, TopicPartition Partition, long CommittedOffset, long EndOffset, double? Seconds)
{
    /// <summary>Null where the end is not known.</summary>
    public long? Records => EndOffset < 0 ? null : Math.Max(0, EndOffset - CommittedOffset);
}
