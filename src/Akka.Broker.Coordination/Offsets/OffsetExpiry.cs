using Akka.Broker.Coordination.Classic;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Offsets;

/// <summary>
/// When a stored offset has outlived its use (KIP-211).
/// <list type="table">
/// <item><term>group with members gone</term><description>retention after the group became empty</description></item>
/// <item><term>stable consumer group</term><description>retention after the commit, for topics that nobody in it reads any more</description></item>
/// <item><term>never had members</term><description>retention after the commit</description></item>
/// <item><term>in a rebalance, or not of consumers</term><description>never</description></item>
/// </list>
/// An offset that was committed with its own retention expires by that where it may expire at all.
/// </summary>
internal static class OffsetExpiry
{
    public static bool IsExpired(GroupCore core, TopicPartition partition, CommittedOffset stored, long nowUnixMs)
    {
        long sinceMs;
        if (core.ProtocolType is null)
            sinceMs = stored.CommitTimestampMs;
        else if (core.State == GroupState.Empty)
            sinceMs = core.StateSinceUnixMs ?? stored.CommitTimestampMs;
        else if (core.State == GroupState.Stable && core.SubscribedTopics?.Contains(partition.Topic) == false)
            sinceMs = stored.CommitTimestampMs;
        else
            return false;
        return stored.ExpireTimestampMs is { } expires ? nowUnixMs >= expires : nowUnixMs - sinceMs >= core.Config.OffsetsRetentionMs;
    }
}
