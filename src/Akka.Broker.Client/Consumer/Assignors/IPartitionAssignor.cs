using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Divides partitions among the members of a group; the member that leads the group runs it for all. Stateless, any thread. The names are those of the stock
/// clients, so that a group may have members of several kinds.
/// </summary>
internal interface IPartitionAssignor
{
    string Name { get; }

    /// <summary>Members keep what they own during a rebalance and give up only what moves (KIP-429).</summary>
    bool IsCooperative { get; }

    /// <summary>What stands in the subscription's user data.</summary>
    /// <param name="generation">In which the member got what it owns, -1 for none.</param>
    ReadOnlyMemory<byte>? UserData(int generation);

    /// <param name="partitionCounts">Of each topic that exists.</param>
    /// <param name="members">All of the group.</param>
    /// <returns>An entry for each member, perhaps an empty one.</returns>
    Dictionary<string, List<TopicPartition>> Assign(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyCollection<GroupMember> members);
}

/// <summary>The assignors that the SDK has, by name.</summary>
internal static class PartitionAssignors
{
    private static readonly IPartitionAssignor[] All = [new CooperativeStickyAssignor(), new RangeAssignor(), new RoundRobinAssignor()];

    public static IEnumerable<string> Names => All.Select(a => a.Name);

    public static bool IsKnown(string name) => Array.Exists(All, a => a.Name == name);

    public static IPartitionAssignor Get(string name) => Array.Find(All, a => a.Name == name)!;
}
