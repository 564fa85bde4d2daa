using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>Kafka's <c>roundrobin</c>: all partitions of all topics in order are dealt to the members in turn, who are passed over for topics that they do not want.</summary>
internal sealed class RoundRobinAssignor : IPartitionAssignor
{
    public string Name => "roundrobin";

    public bool IsCooperative => false;

    public ReadOnlyMemory<byte>? UserData(int generation) => null;

    public Dictionary<string, List<TopicPartition>> Assign(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyCollection<GroupMember> members)
    {
        var ordered = GroupMember.Ordered(members);
        var assigned = ordered.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        var next = 0;
        foreach (var (topic, partitions) in partitionCounts.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            if (!ordered.Exists(m => m.Topics.Contains(topic)))
                continue;
            for (var p = 0; p < partitions; p++)
            {
                while (!ordered[next].Topics.Contains(topic))
                    next = (next + 1) % ordered.Count;
                assigned[ordered[next].MemberId].Add(new TopicPartition(topic, p));
                next = (next + 1) % ordered.Count;
            }
        }

        return assigned;
    }
}
