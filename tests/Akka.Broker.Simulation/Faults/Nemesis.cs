using Akka.Broker.Simulation.Clients;
using Akka.Broker.Simulation.Network;

namespace Akka.Broker.Simulation.Faults;

/// <summary>Does the faults of a plan, one after another, and in the end takes all of them back.</summary>
internal sealed class Nemesis
{
    private readonly World _world;
    private readonly Cluster _cluster;
    private readonly FaultPlan _plan;
    private readonly Random _random;
    private readonly DiskFaults _disks;
    private readonly Hunter? _hunter;
    private readonly List<Action> _faults = [];

    public Nemesis(World world, Cluster cluster, FaultPlan plan, Admin admin)
    {
        _world = world;
        _cluster = cluster;
        _plan = plan;
        _random = new Random(world.Random.Next());
        var processes = new ProcessFaults(world, cluster, _random, plan.BitFlips);
        var links = new LinkFaults(world, _random);
        _disks = new DiskFaults(world, cluster, processes, links, _random);
        if (plan.Hunts)
            Add(true, (_hunter = new Hunter(world, processes, links, _random, plan.Interleaves)).Chase, 6);
        Add(plan.Kills, processes.Kill, 3);
        Add(plan.Crashes, processes.Crash, 3);
        Add(plan.CrashesOfAll, processes.CrashAll, 1);
        Add(plan.CleanStops, processes.StopCleanly, 2);
        Add(plan.Pauses, processes.Pause, 2);
        Add(plan.ClockJumps, processes.JumpClock, 1);
        Add(plan.Cuts, links.Isolate, 2);
        Add(plan.Cuts, links.Split, 1);
        Add(plan.Cuts, links.StrandLeader, 1);
        Add(plan.OneWayCuts, links.CutOneWay, 2);
        Add(plan.Flapping, links.Flap, 1);
        Add(plan.BadWeather, links.ChangeWeather, 1);
        Add(plan.Wipes, _disks.Wipe, 1);
        Add(plan.Wipes, _disks.WipeVoterInNeed, 1);
        Add(plan.OldCopies, _disks.PutOldCopy, 1);
        Add(plan.DeadFolders, _disks.BreakFolder, 3);
        var copies = new OldVoterCopies(world, cluster, processes, links, _random);
        Add(plan.OldVoterCopies, copies.Put, 1);
        Add(plan.OldVoterCopies, copies.PutInNeed, 2);
        var rot = new MetadataRot(world, cluster, processes, links, _random);
        Add(plan.MetadataRots, rot.Put, 1);
        Add(plan.MetadataRots, rot.PutInNeed, 2);
        Add(plan.Admin, admin.Act, 3);
        Add(plan.Moves, admin.Move, 3);
        Add(plan.Deletions, admin.DeleteTopic, 1);
        Add(plan.Voters, new VoterFaults(world, cluster, _random).Change, 2);
    }

    public void Start()
    {
        _world.Hunter = _hunter;
        _hunter?.Start();
        _world.BadReads.IsOn = _plan.BitFlips;
        Later();
    }

    public void Heal()
    {
        _world.Network.MendAll();
        _world.Network.Weather = NetworkWeather.Calm;
        _world.Network.Hold = null;
        _world.BadReads.IsOn = false;
        foreach (var node in _world.Nodes)
            _cluster.Start(node);
    }

    /// <summary>Nodes that go on with half of their disk are stopped, and come back with all of it.</summary>
    public void MendFolders()
    {
        foreach (var node in _world.Nodes.Where(n => n.DeadFolder is not null))
        {
            _cluster.Kill(node);
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
        if (_world.IsHealing)
            return;
        if (_faults.Count > 0)
            _faults[_random.Next(_faults.Count)]();
        if ((_plan.OldCopies || _plan.OldVoterCopies) && _random.Next(4) == 0)
            _disks.TakeCopy();
        Later();
    });
}
