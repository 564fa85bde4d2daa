using System.Buffers.Binary;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Kafka's <c>cooperative-sticky</c>: balanced, with as few moves as balance needs, and in two steps. A partition that is to move is given to nobody at first; its owner gives it
/// up on learning that, the group meets again, and only then does the new owner get it. So what does not move never stops.
/// <para>
/// What a member owns it says in its subscription, with the generation in which it got it; the latest generation wins a conflict, and where two claim a partition in the same
/// generation neither keeps it. The user data is the generation as an int32, as the Java client writes it; librdkafka's (previous assignment and generation) says nothing that its
/// subscription does not say.
/// </para>
/// </summary>
internal sealed class CooperativeStickyAssignor : IPartitionAssignor
{
    public string Name => "cooperative-sticky";

    public bool IsCooperative => true;

    public ReadOnlyMemory<byte>? UserData(int generation)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, generation);
        return bytes;
    }

    public Dictionary<string, List<TopicPartition>> Assign(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyCollection<GroupMember> members)
    {
        var ordered = GroupMember.Ordered(members);
        var balance = new StickyBalance(ordered);
        var owners = Owners(ordered);
        foreach (var (topic, partitions) in partitionCounts.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            for (var p = 0; p < partitions; p++)
            {
                var partition = new TopicPartition(topic, p);
                balance.Add(partition, owners.GetValueOrDefault(partition, -1));
            }
        }

        var assigned = balance.Run();
        WithholdWhatMoves(ordered, assigned);
        return assigned;
    }

    /// <summary>Who rightly owns each partition, as an index into the members.</summary>
    private static Dictionary<TopicPartition, int> Owners(List<GroupMember> members)
    {
        const int Disputed = -1;
        var owners = new Dictionary<TopicPartition, int>();
        var generations = new Dictionary<TopicPartition, int>();
        for (var m = 0; m < members.Count; m++)
        {
            foreach (var partition in members[m].Owned)
            {
                var known = generations.GetValueOrDefault(partition, int.MinValue);
                if (members[m].Generation < known)
                    continue;
                owners[partition] = members[m].Generation == known ? Disputed : m;
                generations[partition] = members[m].Generation;
            }
        }

        return owners;
    }

    private static void WithholdWhatMoves(List<GroupMember> members, Dictionary<string, List<TopicPartition>> assigned)
    {
        var givenUp = new HashSet<TopicPartition>();
        foreach (var member in members)
            givenUp.UnionWith(member.Owned.Except(assigned[member.MemberId]));
        foreach (var member in members)
            assigned[member.MemberId].RemoveAll(p => givenUp.Contains(p) && !member.Owned.Contains(p));
    }
}
