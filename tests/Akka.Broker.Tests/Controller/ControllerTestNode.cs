using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Journals;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Settings;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Interbroker;
using Akka.Configuration;

namespace Akka.Broker.Tests.Controller;

/// <summary>A controller on its real journal and log, on a disk in memory, with a node that leads whatever it is told.</summary>
internal sealed class ControllerTestNode : IAsyncDisposable
{
    public const int NodeId = 1;

    private readonly ActorSystem _system;
    private readonly LogManager _logs;
    private readonly IActorRef _node;
    private readonly Guid _incarnation = Guid.NewGuid();
    private readonly ConcurrentQueue<MetadataChanged> _changes = new();

    public ControllerTestNode(IDisk disk, string? clusterId = null, int seed = 1, Membership? membership = null)
    {
        var random = new Random(seed);
        var settings = BrokerSettings.Parse();
        var quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, actor.provider = local }");
        _system = ActorSystem.Create("broker", quiet.WithFallback(settings.Hocon));
        _logs = OpenLogs(disk, random);
        var quorum = new QuorumPort(TimeProvider.System, 2000);
        new BrokerStorage(_logs, Metadata, ["data"]) { Quorum = quorum }.RegisterWith(_system);
        _node = _system.ActorOf(Props.Create(() => new LeadingNode(_changes, Metadata)));
        Configs = new ConfigResolver(NodeId, settings.StaticConfigs);
        if (QuorumBootstrap.Inspect(_logs).Voters.IsEmpty)
            QuorumBootstrap.Form(_logs, clusterId ?? ControllerState.NewClusterId(random), new VoterSet([new Voter(NodeId, _logs.DirectoryIds[0])]), 0);
        Guardian = _system.ActorOf(ControllerGuardian.Props(new ControllerOptions
        {
            NodeId = NodeId,
            IncarnationId = _incarnation,
            ClusterId = clusterId ?? _logs.ClusterId,
            NewClusterId = () => ControllerState.NewClusterId(random),
            State = new ControllerState(new ControllerDefaults(), Configs, random),
            Voters = () => quorum.Status.Voters,
            Node = _node,
            Time = TimeProvider.System,
            ElectionWait = TimeSpan.FromSeconds(30),
            Membership = membership,
        }));
        _system.ActorOf(QuorumActor.Props(new QuorumServices
        {
            Logs = _logs,
            Metadata = Metadata,
            Port = quorum,
            Guardian = Guardian,
            Node = _node,
            IncarnationId = _incarnation,
            Connections = new MemoryBrokerConnections(),
            InterBrokerListener = "PLAINTEXT",
            Address = null,
            Settings = QuorumSettings.Default,
            Time = TimeProvider.System,
            Random = random,
        }), QuorumActor.Name);
        Client = new ControllerClient(Guardian, TimeProvider.System, Metadata);
    }

    public MetadataCache Metadata { get; } = new();

    public IActorRef Guardian { get; }

    public ControllerClient Client { get; }

    public ConfigResolver Configs { get; }

    /// <summary>Registers this node, and waits until its metadata has it.</summary>
    public Task<BrokerRegistered> RegisterAsync(bool clean = true) => RegisterAsync(new RegisterBroker(
        new BrokerRegistration(NodeId, _incarnation, _logs.DirectoryIds[0], null, [new BrokerEndpoint("PLAINTEXT", "localhost", 9092)], clean)));

    /// <summary>Another broker starts.</summary>
    public Task<BrokerRegistered> RegisterAsync(int id, bool clean = true) => RegisterAsync(new RegisterBroker(new BrokerRegistration(
        id, Guid.NewGuid(), new Guid(id, 0, 0, new byte[8]), null, [new BrokerEndpoint("PLAINTEXT", "localhost", 9092 + id)], clean)));

    public Task<CreateTopicsResponse> CreateAsync(params string[] topics) => Client.AdministerAsync<CreateTopicsResponse>(
        new CreateTopicsRequest { Topics = [.. topics.Select(t => new CreateTopicsRequest.CreatableTopic { Name = t, NumPartitions = 2, ReplicationFactor = 1 })] },
        ControllerClient.DefaultTimeout);

    private async Task<BrokerRegistered> RegisterAsync(RegisterBroker command)
    {
        var registered = await Client.RegisterAsync(command);
        await Metadata.WaitForAsync(registered.MetadataOffset);
        return registered;
    }

    /// <summary>What the node has been told, in order.</summary>
    public async Task<MetadataChanged[]> ChangesAsync()
    {
        // Behind all that was sent to it before.
        await _node.Ask<LeadersUp>(new AwaitLeaders([]));
        return _changes.ToArray();
    }

    /// <summary>Puts a value that no controller of this release wrote behind the metadata log.</summary>
    public static async Task AppendAsync(IDisk disk, byte[] value)
    {
        using var logs = OpenLogs(disk, new Random(1));
        var log = logs.Get(MetadataLog.Id.TopicPartition)!;
        using var batch = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = log.LogEndOffset, PartitionLeaderEpoch = 1 });
        batch.Append(0, NullableBytes.Null, value);
        var result = await log.AppendAsync(log.TakeOver(), batch.ToArray());
        Assert.True(result.IsAppended);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        await _logs.CloseCleanlyAsync();
        _logs.Dispose();
    }

    private static LogManager OpenLogs(IDisk disk, Random random) => LogManager.Open(new LogManagerOptions
    {
        DataFolders = ["data"],
        NodeId = NodeId,
        Disk = disk,
        Time = TimeProvider.System,
        Random = random,
        ConfigOf = _ => MetadataLog.Config,
    });

    private sealed class LeadingNode : ReceiveActor
    {
        public LeadingNode(ConcurrentQueue<MetadataChanged> changes, MetadataCache metadata)
        {
            Receive<MetadataChanged>(changes.Enqueue);
            Receive<AwaitLeaders>(await => metadata.WaitForAsync(await.MetadataOffset).ContinueWith(_ => new LeadersUp()).PipeTo(Sender));
        }
    }
}
