using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>
/// One partition on a few brokers, with a controller that decides at once and whose metadata comes to each broker late. Requests and answers travel in order between two
/// brokers and are lost at times; brokers stop, lose what they had not synced, and start under a new epoch.
/// </summary>
internal sealed class ModelCluster
{
    public const long LagMs = 50;
    private readonly Random _random;
    private readonly int _minInSync;
    private readonly List<ModelMetadata> _history = [];
    private readonly Dictionary<long, long> _committed = [];
    private long _numbers;

    public ModelCluster(int seed)
    {
        _random = new Random(seed);
        var count = _random.Next(2, 5);
        _minInSync = _random.Next(1, 3);
        Nodes = [.. Enumerable.Range(0, count).Select(id => new ModelNode(id, this))];
        _history.Add(new(0, 1, 0, [.. Enumerable.Range(0, count)], [.. Enumerable.Range(0, count)], [], Nodes.ToDictionary(n => n.Id, n => (n.BrokerEpoch, false))));
        foreach (var node in Nodes)
            node.Learn(0);
    }

    public List<ModelNode> Nodes { get; }

    public long NowMs { get; private set; }

    public int Acknowledged { get; private set; }

    public int Elections { get; private set; }

    public int Truncations { get; set; }

    /// <summary>More was lost at once than the rules can make up for.</summary>
    public bool IsPromiseVoid { get; private set; }

    public int MinInSync => _minInSync;

    public ModelMetadata Newest => _history[^1];

    public ModelMetadata At(int index) => _history[index];

    public int Versions => _history.Count;

    public void Step()
    {
        NowMs += _random.Next(3);
        var node = Nodes[_random.Next(Nodes.Count)];
        switch (_random.Next(24))
        {
            case 0 when _random.Next(3) == 0:
                Stop(node);
                break;
            case 1 or 2:
                Start(node);
                break;
            case 3 when _random.Next(10) == 0:
                Fence(node, isFenced: true);
                break;
            case 4:
                Fence(node, isFenced: false);
                break;
            case 5 when node.Leader is not null && _random.Next(6) == 0:
                node.Log.RaiseStart(node.Leader.HighWatermark - _random.Next(5));
                break;
            case < 9:
                node.Learn(Math.Min(Versions - 1, node.Known + 1));
                break;
            case < 13:
                node.Produce(_random.Next(1, 4), _numbers++);
                break;
            case < 20:
                node.ExchangeFetch(_random.Next(8));
                break;
            case < 22:
                node.ExchangeProposal(isLost: _random.Next(8) == 0);
                break;
            default:
                node.Tick();
                break;
        }

        Check();
    }

    /// <summary>All faults over: everybody runs, knows all, and talks.</summary>
    public void Heal()
    {
        for (var round = 0; round < 200; round++)
        {
            NowMs += 5;
            foreach (var node in Nodes)
            {
                Start(node);
                Fence(node, isFenced: false);
                node.Learn(Versions - 1);
                node.ExchangeFetch(1);
                node.Tick();
                node.ExchangeProposal(isLost: false);
                Check();
            }
        }
    }

    public (ErrorCode Error, int PartitionEpoch) AlterIsr(int leader, IsrProposal proposal)
    {
        var now = Newest;
        if (proposal.LeaderEpoch != now.LeaderEpoch || leader != now.Leader)
            return (ErrorCode.FencedLeaderEpoch, -1);
        if (proposal.PartitionEpoch != now.PartitionEpoch)
            return (ErrorCode.InvalidUpdateVersion, -1);
        if (proposal.InSync.Any(r => now.Brokers[r.Broker] != (r.Epoch, false)))
            return (ErrorCode.IneligibleReplica, -1);
        List<int> inSync = [.. proposal.InSync.Select(r => r.Broker)];
        Change(inSync, [.. now.Eligible.Concat(now.InSync).Except(inSync)], elects: false);
        foreach (var joined in inSync.Except(now.InSync))
            Nodes[joined].IsLost &= !Nodes[joined].IsUp;
        return (ErrorCode.None, now.PartitionEpoch + 1);
    }

    /// <summary>A leader says that all before its watermark is committed.</summary>
    public void Commit(ModelNode leader)
    {
        for (var i = leader.Log.Batches.Count - 1; i >= 0; i--)
        {
            var batch = leader.Log.Batches[i];
            if (batch.Next > leader.Leader!.HighWatermark)
                continue;
            for (var offset = Math.Max(batch.First, leader.Log.Start); offset < batch.Next; offset++)
            {
                if (_committed.TryGetValue(offset, out var number))
                {
                    Assert.Equal(number, batch.Number);
                    return;
                }
            }

            Acknowledged++;
            for (var offset = batch.First; offset < batch.Next; offset++)
                _committed[offset] = batch.Number;
        }
    }

    private void Stop(ModelNode node)
    {
        if (!node.IsUp)
            return;
        node.Stop();
        if (_random.Next(3) != 0 || Nodes.Count(n => n.IsLost) + 1 >= _minInSync)
            return;
        node.IsLost = true;
        node.Log.TruncateTo(Math.Max(node.Log.Start, node.Log.End - _random.Next(6)));
    }

    private void Start(ModelNode node)
    {
        if (node.IsUp)
            return;
        // No clean-stop mark: out of the ISR and of those that may be elected, unless nobody else is.
        var others = Newest.InSync.Concat(Newest.Eligible).Any(i => i != node.Id);
        if (others)
            Leave(node, mayBeElected: false);
        // All others have crashed before: what this one has lost nobody asks them for.
        else
        {
            IsPromiseVoid |= node.IsLost;
            // What it writes from now on must not look like what it has lost.
            Change(Newest.InSync, Newest.Eligible, elects: true);
        }

        node.Start(Newest.Brokers.Values.Max(b => b.Epoch) + 1);
        _history.Add(Newest with { Brokers = new(Newest.Brokers) { [node.Id] = (node.BrokerEpoch, true) } });
    }

    private void Fence(ModelNode node, bool isFenced)
    {
        if (Newest.Brokers[node.Id].Fenced == isFenced || (!isFenced && !node.IsUp))
            return;
        _history.Add(Newest with { Brokers = new(Newest.Brokers) { [node.Id] = (Newest.Brokers[node.Id].Epoch, isFenced) } });
        if (isFenced)
            Leave(node, mayBeElected: true);
        else if (Newest.Leader < 0)
            Change(Newest.InSync, Newest.Eligible, elects: true);
    }

    /// <summary>Out of the ISR; where that leaves too few, it may be elected later (KIP-966).</summary>
    private void Leave(ModelNode node, bool mayBeElected)
    {
        var now = Newest;
        if (!now.InSync.Contains(node.Id) && (mayBeElected || !now.Eligible.Contains(node.Id)))
            return;
        List<int> left = [.. now.InSync.Where(i => i != node.Id)];
        List<int> eligible = [.. now.Eligible.Where(i => i != node.Id)];
        if (mayBeElected)
            eligible.Add(node.Id);
        Change(left, eligible, elects: now.Leader == node.Id || now.Leader < 0);
    }

    private void Change(List<int> inSync, List<int> eligible, bool elects)
    {
        var now = Newest;
        var next = now with { PartitionEpoch = now.PartitionEpoch + 1, InSync = inSync, Eligible = inSync.Count >= _minInSync ? [] : eligible };
        if (elects)
        {
            Elections++;
            var leader = inSync.Concat(eligible).Where(i => !now.Brokers[i].Fenced).DefaultIfEmpty(-1).First();
            if (leader >= 0 && !inSync.Contains(leader))
                next = next with { InSync = [leader], Eligible = [.. eligible.Concat(inSync).Where(i => i != leader)] };
            next = next with { Leader = leader, LeaderEpoch = now.LeaderEpoch + 1 };
        }

        _history.Add(next);
    }

    private void Check()
    {
        if (IsPromiseVoid)
            return;
        foreach (var node in Nodes)
        {
            if (node.Leader is not null)
                Commit(node);
        }

        // Whoever may be elected next has all that was acknowledged.
        foreach (var node in Nodes.Where(n => !n.IsLost && (Newest.InSync.Contains(n.Id) || Newest.Eligible.Contains(n.Id))))
        {
            foreach (var (offset, number) in _committed)
            {
                if (offset >= node.Log.Start)
                    Assert.True(node.Log.NumberAt(offset) == number, $"Offset {offset} of {number} is {node.Log.NumberAt(offset)} on {node.Id}, which may be elected.");
            }
        }
    }
}

internal sealed record ModelMetadata(
    int Leader, int LeaderEpoch, int PartitionEpoch, List<int> Replicas, List<int> InSync, List<int> Eligible, Dictionary<int, (long Epoch, bool Fenced)> Brokers);
