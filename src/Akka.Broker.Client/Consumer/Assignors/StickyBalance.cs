using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Balances partitions over members that want different topics. Owned partitions stay, free ones go to the least loaded that wants them (those that the fewest want first), then
/// loads are evened out: as long as some member can hand partitions along a chain of members to one with at least two less, the shortest such chain is taken. What remains
/// is as balanced as the subscriptions allow. Deterministic; one thread.
/// <para>Invariants: each partition that anybody wants has one holder, who wants its topic; each chain lowers the sum of the squares of the loads.</para>
/// </summary>
internal sealed class StickyBalance
{
    private readonly List<GroupMember> _members;
    private readonly Dictionary<string, List<int>> _takers = [];
    private readonly Dictionary<string, List<TopicPartition>>[] _held;
    private readonly int[] _loads;
    private readonly List<TopicPartition> _free = [];

    /// <param name="members">In the order in which equals are preferred.</param>
    public StickyBalance(List<GroupMember> members)
    {
        _members = members;
        _loads = new int[members.Count];
        _held = new Dictionary<string, List<TopicPartition>>[members.Count];
        for (var m = 0; m < members.Count; m++)
        {
            _held[m] = [];
            foreach (var topic in members[m].Topics.Distinct())
            {
                if (!_takers.TryGetValue(topic, out var takers))
                    _takers[topic] = takers = [];
                takers.Add(m);
            }
        }
    }

    /// <param name="partition">Of a topic that exists.</param>
    /// <param name="owner">The member that has it, -1 for none.</param>
    public void Add(TopicPartition partition, int owner)
    {
        if (!_takers.TryGetValue(partition.Topic, out var takers))
            return;
        if (owner >= 0 && takers.Contains(owner))
            Give(owner, partition);
        else
            _free.Add(partition);
    }

    public Dictionary<string, List<TopicPartition>> Run()
    {
        foreach (var partition in _free.OrderBy(p => _takers[p.Topic].Count))
            Give(_takers[partition.Topic].MinBy(m => _loads[m]), partition);
        while (TryEvenOut())
        {
        }

        var result = new Dictionary<string, List<TopicPartition>>();
        for (var m = 0; m < _members.Count; m++)
        {
            result[_members[m].MemberId] = [.. _held[m].Values.SelectMany(p => p)
                .OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition)];
        }

        return result;
    }

    private void Give(int member, TopicPartition partition)
    {
        if (!_held[member].TryGetValue(partition.Topic, out var held))
            _held[member][partition.Topic] = held = [];
        held.Add(partition);
        _loads[member]++;
    }

    /// <summary>Moves one partition from a member along a chain to one that has at least two less. False if there is no such pair.</summary>
    private bool TryEvenOut()
    {
        var least = _loads.Min();
        foreach (var from in Enumerable.Range(0, _members.Count).Where(m => _loads[m] >= least + 2).OrderByDescending(m => _loads[m]))
        {
            if (FindChain(from) is not { } chain)
                continue;
            foreach (var (giver, taker, topic) in chain)
            {
                var held = _held[giver][topic];
                var partition = held[^1];
                held.RemoveAt(held.Count - 1);
                if (held.Count == 0)
                    _held[giver].Remove(topic);
                _loads[giver]--;
                Give(taker, partition);
            }

            return true;
        }

        return false;
    }

    /// <summary>Breadth first over "holds a topic that the other wants"; of the members at the same distance the least loaded. Ordered from the chain's end to its start.</summary>
    private List<(int Giver, int Taker, string Topic)>? FindChain(int from)
    {
        var cameBy = new Dictionary<int, (int Giver, string Topic)> { [from] = (-1, "") };
        var ring = new List<int> { from };
        while (ring.Count > 0)
        {
            var next = new List<int>();
            foreach (var giver in ring)
            {
                foreach (var topic in _held[giver].Keys.Order(StringComparer.Ordinal))
                {
                    foreach (var taker in _takers[topic])
                    {
                        if (cameBy.TryAdd(taker, (giver, topic)))
                            next.Add(taker);
                    }
                }
            }

            if (next.Count > 0 && next.MinBy(m => _loads[m]) is var end && _loads[end] <= _loads[from] - 2)
                return Chain(cameBy, end);
            ring = next;
        }

        return null;
    }

    private static List<(int Giver, int Taker, string Topic)> Chain(Dictionary<int, (int Giver, string Topic)> cameBy, int end)
    {
        var chain = new List<(int, int, string)>();
        for (var taker = end; cameBy[taker].Giver >= 0; taker = cameBy[taker].Giver)
            chain.Add((cameBy[taker].Giver, taker, cameBy[taker].Topic));
        return chain;
    }
}
