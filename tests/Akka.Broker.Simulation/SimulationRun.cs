using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Clients;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation;

/// <summary>
/// One seed, from an empty cluster to the last check: form and make topics, then faults under load, then heal and demand progress.
/// <para>What broke is in <see cref="Failure"/>; the same seed breaks again in the same way.</para>
/// </summary>
internal sealed class SimulationRun
{
    private const int FormationBoundMs = 20_000;
    private const int ProgressBoundMs = 60_000;
    private const int OperatorPatienceMs = 15_000;

    private readonly World _world;
    private readonly Cluster _cluster;
    private readonly FaultPlan _plan;
    private readonly Nemesis _nemesis;
    private readonly Admin _admin;
    private readonly List<SimClient> _clients = [];
    private readonly List<TopicPlan> _topics = [];
    private readonly Dictionary<TopicIdPartition, long> _toRead = [];
    private long _looked;

    private SimulationRun(long seed, Mutation mutation, bool isTraced)
    {
        _world = new World(seed, mutation, isTraced);
        var random = new Random(_world.Random.Next());
        var nodes = random.Next(10) switch { < 5 => 3, < 7 => 4, < 9 => 5, _ => 6 + random.Next(2) };
        var voters = nodes < 5 || random.Next(2) == 0 ? 3 : 5;
        _plan = FaultPlan.Draw(random, seed);
        _world.Folders = _plan.DeadFolders ? Nodes.SimNode.TwoFolders : Nodes.SimNode.OneFolder;
        _world.QuorumTimes = _plan.QuorumTimes;
        _world.ConfiguredVoters = voters;
        _cluster = new Cluster(_world, nodes, voters);
        _topics.Add(new TopicPlan(InternalTopics.ConsumerOffsets, 1, 3, 2, random.Next(2) == 0));
        _topics.Add(new TopicPlan("orders", 1, 3, 2, SyncsEachBatch: false));
        _topics.Add(new TopicPlan("ledger", 1, 3, 1 + random.Next(3), SyncsEachBatch: true, MayGo: true));
        if (random.Next(2) == 0)
            _topics.Add(new TopicPlan("pairs", 1, 2, 1, SyncsEachBatch: random.Next(2) == 0, MayGo: true));
        _admin = Add(address => new Admin(_world, address, _topics));
        for (var i = 0; i < 2; i++)
            Add(address => new Producer(_world, address, acks: -1, intervalMs: 60 + random.Next(150)));
        Add(address => new Producer(_world, address, acks: 1, intervalMs: 150 + random.Next(300)));
        Add(address => new Consumer(_world, address, intervalMs: 80 + random.Next(150)));
        // Names of a topic that the group's members need not find, and one that may be deleted.
        TopicPartition[] shared = [new("shared", 0), new("shared", 1), new("ledger", 0)];
        for (var i = 0; i < 2 + random.Next(2); i++)
            Add(address => new GroupMember(_world, address, "readers", shared));
        _nemesis = new Nemesis(_world, _cluster, _plan, _admin);
        var membership = new Membership(_world, new Random(_world.Random.Next()), _plan.Lies);
        _world.Network.Resolve = address => address >= Network.SimNetwork.FirstClient
            ? _clients[address - Network.SimNetwork.FirstClient]
            : _world.Nodes[address - 1].Life;
        membership.Start();
    }

    /// <summary>Null if all held.</summary>
    public Exception? Failure { get; private set; }

    public CheckCounters Counters => _world.Counters;

    public FaultCounters Faults => _world.Faults;

    public IReadOnlyList<string> Trace => _world.Trace.Lines;

    public long Seed => _world.Seed;

    public static SimulationRun Of(long seed, Mutation mutation = Mutation.None, bool isTraced = false)
    {
        var run = new SimulationRun(seed, mutation, isTraced);
        try
        {
            run.Run();
        }
        catch (Exception failure)
        {
            run.Failure = failure;
            run._world.Trace.Say($"FAILED: {failure}");
        }
        return run;
    }

    private void Run()
    {
        _world.Trace.Say($"seed {_world.Seed}: {_world.Nodes.Count} nodes, {_plan}");
        foreach (var node in _world.Nodes)
            _cluster.Start(node);
        _admin.Start();
        Until(FormationBoundMs, () => _admin.IsReady && IsWhole(), () => "the cluster is formed and has its topics");
        foreach (var client in _clients)
        {
            if (client != _admin)
                client.Start();
        }
        _nemesis.Start();
        Until(_plan.FaultPhaseMs, () => false, null);
        Heal();
    }

    private void Heal()
    {
        _world.Trace.Say($"healing begins");
        _world.IsHealing = true;
        _nemesis.Heal();
        Until(ProgressBoundMs, IsLedBesideDeadFolders, () => "every partition with an eligible replica on a disk that works is led from one");
        _nemesis.MendFolders();
        _world.Events.After(OperatorPatienceMs * 1000L, ElectWhereNobodyCan);
        var since = _world.Events.NowUs;
        Until(ProgressBoundMs, IsWhole, () => "every partition has a leader and all its replicas in sync");
        since = Math.Max(since, _world.Events.NowUs);
        foreach (var ledger in LiveLedgers())
            _toRead[ledger.Id] = ledger.PromisedEnd;
        Until(ProgressBoundMs, () => HasProgressed(since), () => "every producer, consumer and group gets on; " + Lagging(since));
        Until(ProgressBoundMs, () => LiveLedgers().All(l => LeaderOf(l)?.Machine.HighWatermark >= l.PromisedEnd), () => "all that was promised can be read again");
        foreach (var ledger in LiveLedgers())
        {
            if (LeaderOf(ledger) is { } leader)
                ledger.CheckAtEnd(leader.Node, leader.Machine.HighWatermark);
        }
    }

    private Nodes.PartitionLeader? LeaderOf(PartitionLedger ledger) =>
        _world.Metadata.Image.TryGetPartition(ledger.Id, out var partition) && partition.HasLeader
            && _world.Node(partition.Leader).Life?.Partitions.LeaderOf(ledger.Id) is { } leader && leader.LeaderEpoch == partition.LeaderEpoch
            ? leader
            : null;

    /// <summary>The operator's last resort, for partitions that have lost more disks than they bear.</summary>
    private void ElectWhereNobodyCan()
    {
        foreach (var ledger in LiveLedgers())
        {
            if (!_world.Metadata.Image.TryGetPartition(ledger.Id, out var partition) || partition.HasLeader)
                continue;
            if (!ledger.IsAllExcused)
                throw new InvariantBrokenException($"{ledger.Name} has no leader after {OperatorPatienceMs} ms of peace, though fewer replicas are lost than what is promised bears. {Describe()}");
            _admin.ElectUncleanly(ledger.Id.TopicPartition);
        }
        _world.Events.After(2_000_000, ElectWhereNobodyCan);
    }

    private bool IsLedBesideDeadFolders() => LiveLedgers().All(l =>
        !_world.Metadata.Image.TryGetPartition(l.Id, out var partition)
        || !partition.Isr.Concat(partition.Elr).Any(id => HasDisk(id, l.Id))
        || LeaderOf(l) is { IsClosed: false } leader && HasDisk(leader.Node, l.Id));

    /// <summary>Whether the node is up and the folder works in which its replica is.</summary>
    private bool HasDisk(int id, TopicIdPartition partition) =>
        _world.Node(id) is { IsUp: true } node
        && (node.DeadFolder is not { } dead || (node.Life!.Logs.Get(partition.TopicPartition) is { } log && log.Id == partition && log.DataFolder != dead));

    private bool IsWhole() =>
        _admin.IsReady
        && LiveLedgers().All(l => _world.Metadata.Image.TryGetPartition(l.Id, out var partition)
            && partition.HasLeader && partition.Isr.Length == partition.Replicas.Length && !partition.IsMoving
            && LeaderOf(l) is not null)
        && _world.Metadata.Image.Brokers.Values.All(b => !b.Fenced);

    private bool HasProgressed(long sinceUs)
    {
        var partitions = LiveLedgers().Where(l => l.Id.Topic != InternalTopics.ConsumerOffsets).Select(l => l.Id).ToList();
        return partitions.TrueForAll(p =>
                _clients.OfType<Producer>().Any(c => c.LastAckedAtUs.GetValueOrDefault(p) > sinceUs)
                && _clients.OfType<Consumer>().All(c => c.HasRead(p, _toRead.GetValueOrDefault(p))))
            && _clients.OfType<GroupMember>().Any(m => m.LastCommitAtUs > sinceUs);
    }

    private string Lagging(long sinceUs) => string.Join("; ", LiveLedgers().Select(l =>
        $"{l.Name}: acked {_clients.OfType<Producer>().Max(c => c.LastAckedAtUs.GetValueOrDefault(l.Id)) > sinceUs}, read {_clients.OfType<Consumer>().All(c => c.HasRead(l.Id, _toRead.GetValueOrDefault(l.Id)))}"))
        + $"; group {_clients.OfType<GroupMember>().Any(m => m.LastCommitAtUs > sinceUs)}";

    private IEnumerable<PartitionLedger> LiveLedgers() => _world.Ledgers.Where(l => _world.Metadata.Image.TryGetPartition(l.Id, out _)).OrderBy(l => l.Name, StringComparer.Ordinal);

    private void Until(int boundMs, Func<bool> isReached, Func<string>? what)
    {
        var until = _world.Events.NowUs + (boundMs * 1000L);
        var nextLook = 0L;
        while (_world.Events.RunNext(until))
        {
            Counters.Events++;
            var looked = Counters.Looked;
            if (looked != _looked)
            {
                _looked = looked;
                Counters.NonVacuousEvents++;
            }
            if (_world.Events.NowUs < nextLook)
                continue;
            nextLook = _world.Events.NowUs + 100_000;
            if (isReached())
                return;
        }
        if (what is not null)
            throw new InvariantBrokenException($"Not within {boundMs} ms: {what()}. {Describe()}");
    }

    private string Describe() => string.Join("; ", LiveLedgers().Select(l =>
        _world.Metadata.Image.TryGetPartition(l.Id, out var p) ? $"{l.Name}: leader {p.Leader} epoch {p.LeaderEpoch} isr [{string.Join(",", p.Isr)}] elr [{string.Join(",", p.Elr)}] of [{string.Join(",", p.Replicas)}]" : $"{l.Name}: gone"))
        + $"; brokers {string.Join(", ", _world.Metadata.Image.Brokers.Values.Select(b => $"{b.Id}{(b.Fenced ? " fenced" : "")}"))}; nodes {string.Join(", ", _world.Nodes.Select(n => n.Life is { IsAlive: true } life ? life.ToString() : $"n{n.Id} down"))}";

    private T Add<T>(Func<int, T> make) where T : SimClient
    {
        var client = make(Network.SimNetwork.FirstClient + _clients.Count);
        _clients.Add(client);
        return client;
    }
}
