using System.Collections.Immutable;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

/// <summary>
/// Machines on one clock with a network between them, all from one seed. After each event it checks: one leader an epoch, committed records the same
/// everywhere and in every later leader's log, watermarks that never fall.
/// </summary>
internal sealed class QuorumTestCluster
{
    private readonly Random _random;
    private readonly PriorityQueue<QuorumMessage, (long At, long Order)> _wire = new();
    private readonly Dictionary<int, int> _leaderOfEpoch = [];
    private readonly List<string> _committed = [];
    private readonly Dictionary<int, long> _watermarks = [];
    private long _order;

    public QuorumTestCluster(int seed, int nodes, int voters)
    {
        _random = new Random(seed);
        var set = QuorumTestNode.Voters([.. Enumerable.Range(1, voters)]);
        for (var id = 1; id <= nodes; id++)
            Nodes.Add(id, new QuorumTestNode(id, id <= voters ? set : VoterSet.Empty, seed * 31 + id));
    }

    public long Now { get; private set; } = 1000;

    public Dictionary<int, QuorumTestNode> Nodes { get; } = [];

    /// <summary>Directed links that lose everything.</summary>
    public HashSet<(int From, int To)> Cut { get; } = [];

    public double Loss { get; set; }

    public double Doubling { get; set; }

    public int DelayMaxMs { get; set; } = 5;

    public int CommittedCount => _committed.Count;

    public List<string> Decisions { get; } = [];

    public QuorumTestNode? Leader => Nodes.Values.Where(n => n.IsUp && n.Machine.MayDecide).MaxBy(n => n.Machine.Epoch);

    public void StartAll(params int[] order)
    {
        foreach (var node in Nodes.Values)
            Start(node.Id, order);
    }

    public void Start(int id, params int[] order)
    {
        var node = Nodes[id];
        node.Make();
        _watermarks[id] = 0;
        Carry(node, node.Machine.Start(Now));
        if (order.Length > 0)
            Carry(node, node.Machine.MembershipChanged([.. order], Now));
    }

    public void Membership(params int[] order)
    {
        foreach (var node in Nodes.Values.Where(n => n.IsUp))
            Carry(node, node.Machine.MembershipChanged([.. order], Now));
    }

    public void Crash(int id)
    {
        Nodes[id].IsUp = false;
        Nodes[id].Log.Crash();
    }

    public void Isolate(int id)
    {
        foreach (var other in Nodes.Keys.Where(k => k != id))
        {
            Cut.Add((id, other));
            Cut.Add((other, id));
        }
    }

    public bool TryAppend(string text)
    {
        if (Leader is not { } leader)
            return false;
        var accepted = leader.Machine.TryAppend(leader.Batch(text), Now, out _, out var effects);
        Carry(leader, effects);
        return accepted;
    }

    /// <summary>Lets the clock run to the next events, up to the time.</summary>
    public void RunFor(long ms) => RunUntil(() => false, ms, mustHold: false);

    public void RunUntil(Func<bool> condition, long withinMs = 20_000, bool mustHold = true)
    {
        var end = Now + withinMs;
        while (!condition())
        {
            var next = Nodes.Values.Where(n => n.IsUp).Select(n => n.Machine.NextTickMs).Append(long.MaxValue).Min();
            if (_wire.TryPeek(out _, out var at))
                next = Math.Min(next, at.At);
            if (Math.Max(next, Now) > end)
            {
                Now = end;
                break;
            }
            Now = Math.Max(Now, next);
            while (_wire.TryPeek(out var message, out at) && at.At <= Now)
            {
                _wire.Dequeue();
                Deliver(message);
            }
            foreach (var node in Nodes.Values.Where(n => n.IsUp && n.Machine.NextTickMs <= Now))
                Carry(node, node.Machine.Tick(Now));
        }
        if (mustHold)
            Assert.True(condition(), $"did not come within {withinMs} ms:\n{string.Join('\n', Decisions.TakeLast(40).Concat(Nodes.Values.Select(Describe)))}");
    }

    public void Sync(int id)
    {
        var node = Nodes[id];
        if (!node.IsUp || node.Log.SyncedOffset == node.Log.EndOffset)
            return;
        node.Log.Sync();
        Carry(node, node.Machine.LogSynced(Now));
    }

    public void Carry(QuorumTestNode node, IReadOnlyList<QuorumEffect> effects)
    {
        foreach (var effect in effects)
        {
            node.Effects.Add(effect);
            switch (effect)
            {
                case PersistElection persist: node.Stored = persist.State; break;
                case SendMessage send: Post(send.Message); break;
                case LeadershipWon won: node.WonEpoch = won.Epoch; break;
                case LeadershipLost: node.WonEpoch = 0; break;
                case Decided decided: Decisions.Add($"{Now} {node.Id}: {decided.Text}"); break;
            }
        }
        Check(node);
    }

    private string Describe(QuorumTestNode node) =>
        $"{Now} {node.Id}: up {node.IsUp}, {node.Machine.Role} of epoch {node.Machine.Epoch}, log to {node.Log.EndOffset}, synced to {node.Log.SyncedOffset}, "
        + $"committed to {node.Machine.HighWatermark}, next tick {node.Machine.NextTickMs}";

    private void Deliver(QuorumMessage message)
    {
        if (Nodes.TryGetValue(message.To, out var node) && node.IsUp)
            Carry(node, node.Machine.Receive(message, Now));
    }

    private void Post(QuorumMessage message)
    {
        if (Cut.Contains((message.From, message.To)) || _random.NextDouble() < Loss)
            return;
        var copies = _random.NextDouble() < Doubling ? 2 : 1;
        for (var i = 0; i < copies; i++)
            _wire.Enqueue(message, (Now + 1 + _random.Next(DelayMaxMs), _order++));
    }

    private void Check(QuorumTestNode node)
    {
        var machine = node.Machine;
        if (machine.Role == QuorumRole.Leader)
        {
            Assert.Equal(node.Id, _leaderOfEpoch.GetValueOrDefault(machine.Epoch, node.Id));
            if (_leaderOfEpoch.TryAdd(machine.Epoch, node.Id))
                Assert.Equal(_committed, Texts(node).Take(_committed.Count));
        }
        Assert.True(machine.HighWatermark >= _watermarks[node.Id]);
        _watermarks[node.Id] = machine.HighWatermark;
        var seen = Texts(node).Take((int)machine.HighWatermark).ToList();
        var both = Math.Min(seen.Count, _committed.Count);
        Assert.Equal(_committed.Take(both), seen.Take(both));
        _committed.AddRange(seen.Skip(both));
    }

    /// <summary>One text an offset, so that logs can be compared; snapshots are not used with this check.</summary>
    private static IEnumerable<string> Texts(QuorumTestNode node) => node.Log.Batches.SelectMany(b =>
        Enumerable.Range(0, b.LastOffsetDelta + 1).Select(i => $"{b.BaseOffset + i} {b.PartitionLeaderEpoch} {b.Crc}"));
}
