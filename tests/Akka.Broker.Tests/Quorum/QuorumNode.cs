using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Journals;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum;
using Akka.Broker.Quorum.Handlers;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Settings;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Configuration;

namespace Akka.Broker.Tests.Quorum;

/// <param name="Form">The voters that form the log where it is empty.</param>
internal sealed record QuorumNodeOptions(VoterSet? Form = null)
{
    /// <summary>Whom it follows where its log is empty.</summary>
    public VoterSet LearnFrom { get; init; } = VoterSet.Empty;

    public long SnapshotBytes { get; init; } = long.MaxValue;

    public int Seed { get; init; }

    /// <summary>Of the release that it plays.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;
}

/// <summary>A node as far as the metadata log goes: its quorum, loader and controller, on a disk in memory and a network of the spec's.</summary>
internal sealed class QuorumNode : IAsyncDisposable
{
    private readonly QuorumTestNetwork _network;
    private readonly ActorSystem _system;
    private readonly Guid _incarnation = Guid.NewGuid();
    private readonly MetadataLevels _levels;

    private QuorumNode(int id, QuorumTestNetwork network, IDisk disk, QuorumNodeOptions options)
    {
        (Id, _network, _levels) = (id, network, options.Levels);
        var random = new Random(id);
        var settings = BrokerSettings.Parse();
        var quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, actor.provider = local }");
        _system = ActorSystem.Create("broker", quiet.WithFallback(settings.Hocon));
        Logs = OpenLogs(id, disk, options.Seed);
        Port = new QuorumPort(TimeProvider.System, 2000);
        new BrokerStorage(Logs, Metadata, ["data"]) { Quorum = Port }.RegisterWith(_system);
        if (options.Form is { } form && QuorumBootstrap.Inspect(Logs).Voters.IsEmpty)
            QuorumBootstrap.Form(Logs, "AAAAAAAAAAAAAAAAAAAAAA", form, 0);
        var node = _system.ActorOf(Props.Create(() => new Sink()));
        Guardian = _system.ActorOf(ControllerGuardian.Props(new ControllerOptions
        {
            NodeId = id,
            IncarnationId = _incarnation,
            ClusterId = Logs.ClusterId,
            NewClusterId = () => throw new InvalidOperationException("The cluster has an id."),
            State = new ControllerState(new ControllerDefaults(), new ConfigResolver(id, settings.StaticConfigs), random) { Levels = _levels },
            Voters = () => Port.Status.Voters,
            Node = node,
            Time = TimeProvider.System,
            ElectionWait = TimeSpan.FromMilliseconds(1),
        }));
        network.Up(id, new QuorumGate(Port, Logs));
        _system.ActorOf(QuorumActor.Props(new QuorumServices
        {
            Logs = Logs,
            Metadata = Metadata,
            Port = Port,
            Guardian = Guardian,
            Node = node,
            IncarnationId = _incarnation,
            Connections = network.ConnectionsOf(id),
            InterBrokerListener = "BROKER",
            Address = QuorumTestNetwork.AddressOf(id),
            Settings = QuorumSettings.Default with { SnapshotBytes = options.SnapshotBytes },
            LearnFrom = options.LearnFrom,
            Levels = _levels,
            Time = TimeProvider.System,
            Random = random,
        }), QuorumActor.Name);
    }

    public int Id { get; }

    public LogManager Logs { get; }

    public MetadataCache Metadata { get; } = new();

    public QuorumPort Port { get; }

    public IActorRef Guardian { get; }

    public static Guid DirectoryOf(IDisk disk, int id)
    {
        using var logs = OpenLogs(id, disk);
        return logs.DirectoryIds[0];
    }

    public static Voter VoterOf(int id, Guid directory) =>
        new(id, directory, new VoterEndpoint("BROKER", QuorumTestNetwork.AddressOf(id).Host, QuorumTestNetwork.AddressOf(id).Port));

    public static QuorumNode Start(int id, QuorumTestNetwork network, IDisk disk, QuorumNodeOptions options) => new(id, network, disk, options);

    public RegisterBroker Registration()
    {
        var at = QuorumTestNetwork.AddressOf(Id);
        return new RegisterBroker(new BrokerRegistration(
            Id, _incarnation, Logs.DirectoryIds[0], null, [new BrokerEndpoint("BROKER", at.Host, at.Port)], WasCleanStop: true)
        {
            MetadataVersionMin = _levels.Min,
            MetadataVersionMax = _levels.Max,
        });
    }

    /// <summary>Registers this node's broker with whoever of the nodes is controller.</summary>
    public async Task RegisterAsync(IReadOnlyList<QuorumNode> nodes)
    {
        var registered = await AskControllerAsync(nodes, client => client.RegisterAsync(Registration()));
        Port.Registered(registered.BrokerEpoch);
        await Metadata.WaitForAsync(registered.MetadataOffset).WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>Asks every node until one of them decides.</summary>
    public static async Task<T> AskControllerAsync<T>(IReadOnlyList<QuorumNode> nodes, Func<ControllerClient, Task<T>> ask)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            foreach (var node in nodes)
            {
                try
                {
                    return await ask(new ControllerClient(node.Guardian, TimeProvider.System)).WaitAsync(TimeSpan.FromSeconds(2));
                }
                catch (Exception notNow) when (notNow is ControllerUnavailableException or TimeoutException)
                {
                    Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), $"no controller: {notNow.Message}");
                }
            }
        }
    }

    /// <summary>Creates a topic of one partition on a broker, when that is active.</summary>
    public static async Task CreateAsync(IReadOnlyList<QuorumNode> nodes, string topic, int broker)
    {
        await nodes[0].Metadata.WaitForAsync(i => i.IsActive(broker)).WaitAsync(TimeSpan.FromSeconds(20));
        var created = await AskControllerAsync(nodes, client => client.AdministerAsync<CreateTopicsResponse>(
            new CreateTopicsRequest
            {
                Topics =
                [
                    new()
                    {
                        Name = topic,
                        NumPartitions = -1,
                        ReplicationFactor = -1,
                        Assignments = [new() { PartitionIndex = 0, BrokerIds = [broker] }],
                    },
                ],
            },
            TimeSpan.FromSeconds(5)));
        Assert.True(created.Topics[0].ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists, created.Topics[0].ErrorMessage);
    }

    /// <summary>What a killed process does: no word to anybody.</summary>
    public async Task KillAsync()
    {
        _network.Down(Id);
        await _system.Terminate();
        Logs.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _network.Down(Id);
        Logs.Dispose();
    }

    public static LogManager OpenLogs(int id, IDisk disk, int seed = 0) => LogManager.Open(new LogManagerOptions
    {
        DataFolders = ["data"],
        NodeId = id,
        Disk = disk,
        Time = TimeProvider.System,
        Random = new Random((id * 7) + seed),
        ConfigOf = _ => MetadataLog.Config,
    });

    private sealed class Sink : ReceiveActor
    {
        public Sink()
        {
            Receive<AwaitLeaders>(_ => Sender.Tell(new LeadersUp()));
            ReceiveAny(_ => { });
        }
    }
}
