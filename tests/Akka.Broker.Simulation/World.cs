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
    public const int CheckpointIntervalMs = 3000;
    public const int TickMs = 250;
    public const int MetadataFetchBytes = 2048;
    public const string FlushMessages = "flush.messages";

    private readonly Dictionary<TopicIdPartition, PartitionLedger> _ledgers = [];

    public World(long seed, Mutation mutation, bool isTraced)
    {
        Seed = seed;
        Mutation = mutation;
        Random = new Random(unchecked((int)(seed ^ (seed >> 32)) * 31 + 7));
        Events = new EventQueue();
        Trace = new Trace(Events, isTraced);
        Network = new SimNetwork(Events, new Random(Random.Next()));
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

    public MetadataLedger Metadata { get; }

    public GroupLedger Groups { get; }

    public List<SimNode> Nodes { get; } = [];

    public IEnumerable<PartitionLedger> Ledgers => _ledgers.Values;

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

    private PartitionLedger NewLedger(TopicIdPartition id)
    {
        var ledger = new PartitionLedger(id, Counters, Trace);
        if (id.Topic == InternalTopics.ConsumerOffsets)
            ledger.OnLoss = Groups.Forget;
        return ledger;
    }

    public PartitionLedger? FindLedger(TopicPartition partition) => _ledgers.Values.FirstOrDefault(l => l.Id.TopicPartition == partition);

    /// <summary>Small segments, so that logs roll; synced at every batch where the topic says so.</summary>
    public LogConfig LogConfigOf(TopicImage topic) => Config(topic.Configs.GetValueOrDefault(FlushMessages));

    /// <summary>As far as a start knows before it has read any metadata.</summary>
    public LogConfig LogConfigOf(TopicPartition partition) => Config(null);

    /// <summary>Of a log that a crash has left without its topic's id, that of the topic of its name.</summary>
    public Guid IdOf(TopicIdPartition log) => log.TopicId != Guid.Empty ? log.TopicId : FindLedger(log.TopicPartition)?.Id.TopicId ?? Guid.Empty;

    private LogConfig Config(string? flushMessages) => new()
    {
        SegmentBytes = 4096,
        IndexIntervalBytes = 512,
        RetentionMs = -1,
        FlushMessages = flushMessages is null || Has(Mutation.SkipSync) ? long.MaxValue : long.Parse(flushMessages, CultureInfo.InvariantCulture),
    };
}
