using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>What an assignor knows of one member: its subscription, and what it says that it owns.</summary>
/// <param name="MemberId">As the coordinator named it.</param>
/// <param name="InstanceId">Of a static member; else null.</param>
/// <param name="Topics">What it wants.</param>
/// <param name="Owned">What it has now; empty for members that give up everything before a rebalance.</param>
/// <param name="Generation">The generation in which it got what it owns, -1 if it does not say.</param>
internal sealed record GroupMember(
    string MemberId, string? InstanceId, IReadOnlyList<string> Topics, IReadOnlyList<TopicPartition> Owned, int Generation)
{
    /// <summary>The order in which assignors go over members: static ones first, by their instance ids, which outlive a restart.</summary>
    public static readonly Comparison<GroupMember> ByInstanceThenId = static (a, b) => (a.InstanceId, b.InstanceId) switch
    {
        (null, null) => string.CompareOrdinal(a.MemberId, b.MemberId),
        (null, _) => 1,
        (_, null) => -1,
        _ => string.CompareOrdinal(a.InstanceId, b.InstanceId),
    };

    public static List<GroupMember> Ordered(IEnumerable<GroupMember> members)
    {
        var ordered = members.ToList();
        ordered.Sort(ByInstanceThenId);
        return ordered;
    }
}
