using System.Globalization;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Network;
using Akka.Broker.Simulation.Nodes;
using Akka.Broker.Storage;

namespace Akka.Broker.Simulation;

/// <summary>Everything that one seed makes: time, network, nodes and what the checkers know. One thread, no real clock, no real disk.</summary>
internal sealed class World
{
    public const int SessionTimeoutMs = 1500;
    public const long ReplicaLagTimeMaxMs = 1500;
    public const int FetchWaitMs = 400;
    public const int FetchTimeoutMs = 900;
    public const int FollowerBackoffMs = 80;
    public const int PartitionFetchBytesMax = 4096;
    public const int FetchBytesMax = 6000;
    public const int BusyFetchBytes = 300;
    public const int PatientFetchBytes = 1000;
    public const int CheckpointIntervalMs = 3000;
    public const int TickMs = 250;
    public const string FlushMessages = "flush.messages";

    private readonly Dictionary<TopicIdPartition, PartitionLedger> _ledgers = [];
    private long _connections;

    public World(long seed, Mutation mutation, bool isTraced)
    {
        Seed = seed;
        Mutation = mutation;
        Random = new Random(unchecked((int)(seed ^ (seed >> 32)) * 31 + 7));
        Events = new EventQueue();
        Trace = new Trace(Events, isTraced);
        Network = new SimNetwork(Events, Faults, new Random(Random.Next()));
        BadReads = new BadReads(Faults, new Random(Random.Next()));
        Metadata = new MetadataLedger(this);
        Groups = new GroupLedger(Counters);
    }

    public long Seed { get; }

    public Mutation Mutation { get; }

    public Random Random { get; }

    public EventQueue Events { get; }

    public Trace Trace { get; }

    public SimNetwork Network { get; }

    public CheckCounters Counters { get; } = new();

    public FaultCounters Faults { get; } = new();

    public BadReads BadReads { get; }

    public MetadataLedger Metadata { get; }

    public GroupLedger Groups { get; }

    public List<SimNode> Nodes { get; } = [];

    public IEnumerable<PartitionLedger> Ledgers => _ledgers.Values;

    public QuorumTimes QuorumTimes { get; set; } = new();

    /// <summary>The data folders of each node.</summary>
    public IReadOnlyList<string> Folders { get; set; } = SimNode.OneFolder;

    /// <summary>In runs that have one.</summary>
    public Hunter? Hunter { get; set; }

    /// <summary>How many voters the operator wants.</summary>
    public int ConfiguredVoters { get; set; }

    /// <summary>The disks that voters were known by, by their nodes.</summary>
    public Dictionary<int, Guid> VoterDisks { get; } = [];

    /// <summary>The longest pause of a node so far.</summary>
    public int PausedAtMostMs { get; set; }

    /// <summary>The fault phase is over.</summary>
    public bool IsHealing { get; set; }

    public bool Has(Mutation mutation) => Mutation == mutation;

    public SimNode Node(int id) => Nodes.Find(n => n.Id == id) ?? throw new ArgumentOutOfRangeException(nameof(id));

    public PartitionLedger LedgerOf(TopicIdPartition id)
    {
        if (!_ledgers.TryGetValue(id, out var ledger))
            _ledgers[id] = ledger = NewLedger(id);
        return ledger;
    }

    /// <summary>No other has its number.</summary>
    public long NewConnection() => ++_connections;

    private PartitionLedger NewLedger(TopicIdPartition id)
    {
        var ledger = new PartitionLedger(id, this);
        if (id.Topic == InternalTopics.ConsumerOffsets)
            ledger.OnLoss = Groups.Forget;
        return ledger;
    }

    /// <summary>Small segments, so that logs roll; synced at every batch where the topic says so.</summary>
    public LogConfig LogConfigOf(TopicImage topic) => Config(topic.Configs.GetValueOrDefault(FlushMessages));

    /// <summary>As far as a start knows before it has read any metadata.</summary>
    public LogConfig LogConfigOf(TopicPartition partition) => Config(null);

    private LogConfig Config(string? flushMessages) => new()
    {
        SegmentBytes = 4096,
        IndexIntervalBytes = 512,
        RetentionMs = -1,
        FlushMessages = flushMessages is null || Has(Mutation.SkipSync) ? long.MaxValue : long.Parse(flushMessages, CultureInfo.InvariantCulture),
    };
}
