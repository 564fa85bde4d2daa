using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Kafka's <c>range</c>: of each topic a member gets a run of neighbouring partitions, the first members one more where it does not divide. The partitions of the same
/// number of topics with as many partitions go to the same member.
/// </summary>
internal sealed class RangeAssignor : IPartitionAssignor
{
    public string Name => "range";

    public bool IsCooperative => false;

    public ReadOnlyMemory<byte>? UserData(int generation) => null;

    public Dictionary<string, List<TopicPartition>> Assign(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyCollection<GroupMember> members)
    {
        var ordered = GroupMember.Ordered(members);
        var assigned = ordered.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        foreach (var (topic, partitions) in partitionCounts.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            var takers = ordered.FindAll(m => m.Topics.Contains(topic));
            if (takers.Count == 0)
                continue;
            var (each, rest) = Math.DivRem(partitions, takers.Count);
            for (var i = 0; i < takers.Count; i++)
            {
                var first = (i * each) + Math.Min(i, rest);
                for (var p = first; p < first + each + (i < rest ? 1 : 0); p++)
                    assigned[takers[i].MemberId].Add(new TopicPartition(topic, p));
            }
        }

        return assigned;
    }
}
