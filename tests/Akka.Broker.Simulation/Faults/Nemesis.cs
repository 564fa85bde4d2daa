using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Clients;
using Akka.Broker.Simulation.Network;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>Does the faults of a plan, one after another, and in the end takes all of them back.</summary>
internal sealed class Nemesis
{
    private readonly World _world;
    private readonly Cluster _cluster;
    private readonly FaultPlan _plan;
    private readonly Admin _admin;
    private readonly Random _random;
    private readonly List<Action> _faults = [];
    private bool _isOver;

    public Nemesis(World world, Cluster cluster, FaultPlan plan, Admin admin)
    {
        _world = world;
        _cluster = cluster;
        _plan = plan;
        _admin = admin;
        _random = new Random(world.Random.Next());
        Add(plan.Kills, Kill, 3);
        Add(plan.Crashes, Crash, 3);
        Add(plan.CrashesOfAll, CrashAll, 1);
        Add(plan.CleanStops, StopCleanly, 2);
        Add(plan.Pauses, Pause, 2);
        Add(plan.Cuts, Isolate, 2);
        Add(plan.Cuts, Split, 1);
        Add(plan.OneWayCuts, CutOneWay, 2);
        Add(plan.Flapping, Flap, 1);
        Add(plan.Wipes, Wipe, 1);
        Add(plan.OldCopies, PutOldCopy, 1);
        Add(plan.ClockJumps, JumpClock, 1);
        Add(plan.BadWeather, ChangeWeather, 1);
        Add(plan.Admin, _admin.Act, 3);
        Add(plan.Voters, ChangeVoters, 1);
    }

    public void Start() => Later();

    public void Heal()
    {
        _isOver = true;
        _world.Network.MendAll();
        _world.Network.Weather = NetworkWeather.Calm;
        foreach (var node in _world.Nodes)
        {
            if (!node.IsUp)
                _cluster.Start(node);
        }
    }

    private void Add(bool isOn, Action fault, int weight)
    {
        for (var i = 0; isOn && i < weight; i++)
            _faults.Add(fault);
    }

    private void Later() => _world.Events.After((_plan.PeriodMs / 2 + _random.Next(_plan.PeriodMs)) * 1000L, () =>
    {
        if (_isOver)
            return;
        if (_faults.Count > 0)
            _faults[_random.Next(_faults.Count)]();
        if (_plan.OldCopies && _random.Next(4) == 0)
            TakeCopy();
        Later();
    });

    private SimNode Any() => _world.Nodes[_random.Next(_world.Nodes.Count)];

    private SimNode? AnyUp()
    {
        var up = _world.Nodes.FindAll(n => n.IsUp);
        return up.Count == 0 ? null : up[_random.Next(up.Count)];
    }

    private void StartLater(SimNode node, int maxMs = 4000) =>
        _world.Events.After((100 + _random.Next(maxMs)) * 1000L, () => _cluster.Start(node));

    // ---- Processes and machines ----

    private void Kill()
    {
        if (AnyUp() is not { } node)
            return;
        _world.Counters.Kills++;
        _cluster.Kill(node);
        StartLater(node, _random.Next(3) == 0 ? 4000 : 600);
    }

    private void Crash()
    {
        var count = 1 + _random.Next(Math.Max(1, (_world.Nodes.Count - 1) / 2));
        for (var i = 0; i < count; i++)
        {
            if (AnyUp() is not { } node)
                return;
            _world.Counters.Crashes++;
            _cluster.Crash(node, _plan.BitFlips);
            StartLater(node, _random.Next(3) == 0 ? 4000 : 600);
        }
    }

    private void CrashAll()
    {
        foreach (var node in _world.Nodes.Where(n => n.IsUp).ToList())
        {
            _world.Counters.Crashes++;
            _cluster.Crash(node, _plan.BitFlips);
            StartLater(node, 2000);
        }
    }

    private void StopCleanly()
    {
        if (AnyUp() is not { } node)
            return;
        _world.Trace.Say($"n{node.Id} is stopped");
        node.Life!.StopCleanly(() =>
        {
            _cluster.OnStopped(node);
            StartLater(node, 1500);
        });
    }

    private void Pause()
    {
        if (AnyUp() is not { } node)
            return;
        var ms = _random.Next(2) == 0 ? 200 + _random.Next(800) : 1500 + _random.Next(4000);
        _world.Counters.Pauses++;
        _world.Trace.Say($"n{node.Id} is paused for {ms} ms");
        node.Life!.PausedUntilUs = _world.Events.NowUs + (ms * 1000L);
    }

    // ---- Disks ----

    private void Wipe()
    {
        var node = Any();
        if (!_cluster.MayLoseVoter(node))
            return;
        _world.Counters.DisksReplaced++;
        _cluster.Wipe(node);
        StartLater(node, 1500);
    }

    private void TakeCopy() => _cluster.TakeCopy(Any());

    private void PutOldCopy()
    {
        var node = Any();
        if (node.OldCopy is null)
            return;
        _world.Counters.DisksReplaced++;
        _cluster.PutOldCopy(node);
        StartLater(node, 1500);
    }

    // ---- Network ----

    private void Isolate()
    {
        var node = Any();
        _world.Trace.Say($"n{node.Id} is cut off");
        CutFor(_world.Nodes.Where(n => n != node).SelectMany(n => new[] { (n.Id, node.Id), (node.Id, n.Id) }));
    }

    private void Split()
    {
        var side = _world.Nodes.Where(_ => _random.Next(2) == 0).Select(n => n.Id).ToHashSet();
        _world.Trace.Say($"the network splits: [{string.Join(",", side.Order())}] and the rest");
        CutFor(
            from a in _world.Nodes
            from b in _world.Nodes
            where side.Contains(a.Id) != side.Contains(b.Id)
            select (a.Id, b.Id));
    }

    private void CutOneWay()
    {
        var from = Any().Id;
        var to = Any().Id;
        if (from == to)
            return;
        _world.Trace.Say($"nothing gets from n{from} to n{to}");
        CutFor([(from, to)]);
    }

    private void Flap()
    {
        var a = Any().Id;
        var b = Any().Id;
        if (a == b)
            return;
        _world.Trace.Say($"the link between n{a} and n{b} flaps");
        Toggle(8);

        void Toggle(int left)
        {
            if (_isOver || left == 0)
                return;
            CutFor([(a, b), (b, a)], 100 + _random.Next(300));
            _world.Events.After(600_000, () => Toggle(left - 1));
        }
    }

    private void CutFor(IEnumerable<(int From, int To)> links, int ms = 0)
    {
        var cut = links.Where(l => !_world.Network.IsCut(l.From, l.To)).ToList();
        _world.Counters.Cuts++;
        cut.ForEach(l => _world.Network.Cut(l.From, l.To));
        _world.Events.After((ms > 0 ? ms : 300 + _random.Next(4000)) * 1000L, () => cut.ForEach(l => _world.Network.Mend(l.From, l.To)));
    }

    private void ChangeWeather() => _world.Network.Weather = new NetworkWeather
    {
        LossRate = _random.Next(3) * 0.02,
        DuplicateRate = _random.Next(3) * 0.05,
        SlowRate = _random.Next(3) * 0.1,
        SlowMaxMs = 20 + _random.Next(600),
    };

    private void JumpClock()
    {
        var node = Any();
        _world.Counters.ClockJumps++;
        node.Clock.SkewMs = _random.Next(-100_000, 100_000);
    }

    // ---- Voters ----

    private void ChangeVoters()
    {
        foreach (var node in _world.Nodes)
        {
            if (node.Life is not { IsAlive: true } life || !life.Quorum.Machine.MayDecide)
                continue;
            var voters = life.Quorum.Machine.Voters;
            var other = Any();
            var next = voters.Contains(new ReplicaKey(other.Id, other.QuorumDisk.DirectoryId))
                ? voters.Count > 1 ? voters.Without(other.Id) : voters
                : voters.ContainsNode(other.Id) ? voters.Without(other.Id) : voters.With(new Voter(other.Id, other.QuorumDisk.DirectoryId));
            if (next.Count < Math.Min(3, _world.Nodes.Count) - 1 || ReferenceEquals(next, voters) || _cluster.CountIntact(next) < next.Majority)
                continue;
            if (life.Quorum.TryChangeVoters(next, out var refusal))
            {
                _world.Counters.VoterChanges++;
                _world.Trace.Say($"n{life.Id} changes the voters from {voters} to {next}");
            }
            else
            {
                _world.Trace.Say($"n{life.Id} does not change the voters: {refusal}");
            }
        }
    }
}
