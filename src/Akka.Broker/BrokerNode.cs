using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Controller.Handlers;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Groups;
using Akka.Broker.Interbroker;
using Akka.Broker.Journals;
using Akka.Broker.Nodes;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum;
using Akka.Broker.Quorum.Handlers;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Settings;
using Akka.Broker.Sharding;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker;

/// <summary>
/// One broker: everything that runs in its process, put together in this order and taken apart in the reverse one.
/// <code>
/// ports bound ─▶ data folders locked, logs recovered ─▶ actor system, cluster joined ─▶ shard regions, controller (metadata recovered)
///   ─▶ registered (broker epoch) ─▶ logs of the image opened, leaders up ─▶ clients served
/// </code>
/// Nothing is written before the ports and folders are this process's own. A crash at any point leaves what the logs hold.
/// </summary>
public sealed class BrokerNode : IAsyncDisposable
{
    private const string SystemName = "broker";
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeadersTimeout = TimeSpan.FromSeconds(60);

    // A voter that is back is noticed within this.
    private static readonly TimeSpan QuorumBackoffMax = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(5);
    private readonly BrokerSettings _settings;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly IDisk _disk;
    private readonly NodeLog _log = new();
    private readonly MetadataCache _metadata = new();
    private readonly LedPartitions _led = new();
    private readonly QuorumPort _quorum;
    private readonly GatewayServer _gateway;
    private readonly Guid _incarnation;
    private LogManager? _logs;
    private ActorSystem? _system;
    private GroupRegion? _groups;
    private ITimer? _ticks;

    private BrokerNode(BrokerSettings settings, TimeProvider time, Random random, IDisk disk)
    {
        _disk = disk;
        _settings = settings;
        _time = time;
        _random = random;
        _incarnation = NewId();
        _quorum = new QuorumPort(time, settings.Controller.BrokerSessionTimeoutMs);
        var limits = new ConnectionLimits
        {
            RequestBytesMax = settings.Network.SocketRequestMaxBytes,
            ConnectionsMax = settings.Network.MaxConnections,
            IdleMsMax = (int)Math.Min(settings.Network.ConnectionsMaxIdleMs, int.MaxValue),
        };
        var listeners = settings.Kafka.Listeners.Select(l => new ListenerOptions(l.Name, l.Resolve(), l.Name == settings.Kafka.InterBrokerListener));
        _gateway = GatewayServer.Bind([.. listeners], limits, time, _log);
    }

    /// <summary>Where clients connect, as advertised: <c>host:port</c> by listener, in the order of the settings.</summary>
    public IReadOnlyList<string> KafkaEndpoints => [.. AdvertisedEndpoints().Select(e => $"{e.Host}:{e.Port}")];

    /// <summary>Starts a broker and returns when it serves.</summary>
    /// <param name="settings">Read and checked.</param>
    /// <param name="time">The clock of everything in it.</param>
    /// <param name="random">The chance of everything in it.</param>
    /// <param name="disk">Where the logs are; the machine's own unless a test host knows better.</param>
    /// <exception cref="ListenerBindException">A port cannot be had; nothing was written.</exception>
    /// <exception cref="StorageException">A data folder cannot be used.</exception>
    public static async Task<BrokerNode> StartAsync(BrokerSettings settings, TimeProvider time, Random random, IDisk? disk = null)
    {
        var node = new BrokerNode(settings, time, random, disk ?? FileDisk.Instance);
        try
        {
            await node.StartAsync().ConfigureAwait(false);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Answers what was asked, stops the actors, and closes the logs so that the next start reads no records.</summary>
    public async Task StopAsync()
    {
        await _gateway.StopAsync(DrainMax).ConfigureAwait(false);
        await StopActorsAsync().ConfigureAwait(false);
        if (_logs is not null)
            await _logs.CloseCleanlyAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync().ConfigureAwait(false);
        await StopActorsAsync().ConfigureAwait(false);
        _logs?.Dispose();
    }

    private async Task StartAsync()
    {
        // The actor system starts while the logs are recovered: neither needs the other yet.
        var starting = Task.Run(() => ActorSystem.Create(SystemName, NodeHocon.Of(_settings)));
        try
        {
            _logs = OpenLogs();
        }
        finally
        {
            _system = await starting.ConfigureAwait(false);
            _log.Attach(_system.Log);
        }

        var storage = new BrokerStorage(_logs, _metadata, _settings.DataDirs) { Quorum = _quorum };
        storage.RegisterWith(_system!);
        var cluster = Cluster.Cluster.Get(_system!);
        if (_settings.Hocon.GetStringList("akka.cluster.seed-nodes").Count == 0)
            cluster.Join(cluster.SelfAddress);

        if (QuorumBootstrap.Inspect(_logs) is { Voters.IsEmpty: true } empty)
            FormAlone(empty.ClusterId);
        var configs = new ConfigResolver(_settings.NodeId, _settings.StaticConfigs);
        var topics = new TopicLogConfig(configs);
        ControllerClient controller = null!;
        var connections = new BrokerConnections(new BrokerConnectionOptions { NodeId = _settings.NodeId }, _time, new Random(_random.Next()));
        var replication = NodeReplication.Start(_system!, _settings, _logs, _metadata, connections, _quorum.Lease, () => controller);
        var partitions = StartPartitions(cluster, storage, topics, replication);
        var node = _system!.ActorOf(
            NodeActor.Props(_settings.NodeId, _logs, partitions, _led, topic => topics.Of(_metadata.Current, topic), replication.Replicas), "node");
        var guardian = _system.ActorOf(ControllerGuardian.Props(ControllerOptionsOf(configs, node)), ControllerLocator.GuardianName);
        _system.ActorOf(QuorumActor.Props(QuorumServicesOf(node, guardian)), QuorumActor.Name);
        controller = new ControllerClient(new ControllerLocator(_system, _metadata, _settings.NodeId, guardian), _metadata, _time);
        var registered = await controller.RegisterAsync(new RegisterBroker(Registration())).ConfigureAwait(false);
        _quorum.Registered(registered.BrokerEpoch);
        await _metadata.WaitForAsync(registered.MetadataOffset).ConfigureAwait(false);
        _logs.SetClusterId(_metadata.Current.ClusterId);
        await AdoptFoldersAsync(controller).ConfigureAwait(false);
        await node.Ask<LeadersUp>(new AwaitLeaders([.. _metadata.Current.TopicsById.Keys], registered.MetadataOffset), LeadersTimeout).ConfigureAwait(false);

        Serve(cluster, partitions, controller, configs, replication);
        _ticks = _time.CreateTimer(_ => _logs.Tick(), null, TickInterval, TickInterval);
    }

    private LogManager OpenLogs() => LogManager.Open(new LogManagerOptions
    {
        DataFolders = _settings.DataDirs,
        NodeId = _settings.NodeId,
        Disk = _disk,
        Time = _time,
        Random = new Random(_random.Next()),
        ConfigOf = partition => partition == MetadataLog.Id.TopicPartition ? MetadataLog.Config : LogConfig.Default,
        OnEvent = _log.On,
        ProducerIdExpirationMs = _settings.Producers.IdExpirationMs,
        RetentionCheckIntervalMs = _settings.Logs.RetentionCheckIntervalMs,
        CheckpointIntervalMs = _settings.Logs.FlushOffsetCheckpointIntervalMs,
        HighWatermarkCheckpointIntervalMs = _settings.Replicas.HighWatermarkCheckpointIntervalMs,
        RecoveryThreads = _settings.Logs.NumRecoveryThreadsPerDataDir,
    });

    private IActorRef StartPartitions(Cluster.Cluster cluster, BrokerStorage storage, TopicLogConfig topics, NodeReplication replication)
    {
        var services = new PartitionServices(
            _settings.NodeId,
            storage,
            _metadata,
            _led,
            _time,
            topic => topics.MinInsyncReplicas(_metadata.Current, topic),
            _settings.Producers.IdExpirationMs)
        {
            Lease = replication.Lease,
            IsrChanges = replication.IsrChanges,
            ReplicaLagTimeMaxMs = _settings.Replicas.LagTimeMaxMs,
        };
        return BrokerShards.Start(
            _system!,
            PartitionRegion.TypeName,
            PartitionActor.Props(services),
            new PartitionMessageExtractor(_settings.NodeId),
            BrokerAllocationStrategy.Of(cluster),
            PartitionActor.StopEntity.Instance);
    }

    private ControllerOptions ControllerOptionsOf(ConfigResolver configs, IActorRef node)
    {
        var defaults = new ControllerDefaults
        {
            NumPartitions = _settings.Topics.NumPartitions,
            ReplicationFactor = _settings.Topics.DefaultReplicationFactor,
            OffsetsTopicPartitions = _settings.Offsets.TopicNumPartitions,
            OffsetsTopicReplicationFactor = _settings.Offsets.TopicReplicationFactor,
            OffsetsTopicSegmentBytes = _settings.Offsets.TopicSegmentBytes,
        };
        return new ControllerOptions
        {
            NodeId = _settings.NodeId,
            IncarnationId = _incarnation,
            ClusterId = _logs!.ClusterId,
            NewClusterId = () => KafkaId(NewId()),
            State = new ControllerState(defaults, configs, new Random(_random.Next())),
            Node = node,
            Time = _time,
            Sessions = new SessionTimeouts(_settings.Controller.BrokerSessionTimeoutMs, _settings.Controller.BrokerSessionTimeoutMs / 2),
            Membership = MembershipWatch.Props(),
            BalanceInterval = _settings.Controller.AutoLeaderRebalanceEnable ? TimeSpan.FromSeconds(_settings.Controller.LeaderImbalanceCheckIntervalSeconds) : null,
            BalancePercentage = _settings.Controller.LeaderImbalancePerBrokerPercentage,
        };
    }

    /// <summary>A node that begins a cluster by itself is its only voter.</summary>
    private void FormAlone(string? clusterId) => QuorumBootstrap.Form(
        _logs!, clusterId ?? KafkaId(NewId()), new VoterSet([new Voter(new ReplicaKey(_settings.NodeId, _logs!.DirectoryIds[0]), [InterBrokerEndpoint()])]),
        _time.GetUtcNow().ToUnixTimeMilliseconds());

    private QuorumServices QuorumServicesOf(IActorRef node, IActorRef guardian) => new()
    {
        Logs = _logs!,
        Metadata = _metadata,
        Port = _quorum,
        Guardian = guardian,
        Node = node,
        IncarnationId = _incarnation,
        Connections = new BrokerConnections(
            new BrokerConnectionOptions { NodeId = _settings.NodeId, BackoffMax = QuorumBackoffMax }, _time, new Random(_random.Next())),
        InterBrokerListener = _settings.Kafka.InterBrokerListener,
        Address = InterBrokerEndpoint() is var at ? new BrokerAddress(at.Host, at.Port) : null,
        Settings = _settings.Quorum,
        ConfiguredVoters = _settings.Controller.Voters.Count,
        Membership = QuorumMembership.Props(),
        Time = _time,
        Random = new Random(_random.Next()),
    };

    private VoterEndpoint InterBrokerEndpoint()
    {
        var endpoint = AdvertisedEndpoints().First(e => e.Listener == _settings.Kafka.InterBrokerListener);
        return new VoterEndpoint(endpoint.Listener, endpoint.Host, endpoint.Port);
    }

    private BrokerRegistration Registration() => new(
        _settings.NodeId, _incarnation, _logs!.DirectoryIds[0], _settings.Rack, AdvertisedEndpoints(), _logs.WasCleanStop)
    {
        AkkaAddress = Cluster.Cluster.Get(_system!).SelfAddress.ToString(),
        MinInsyncReplicas = int.Parse(_settings.Topics.Defaults[TopicConfig.MinInsyncReplicas], CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// Folders that a Kafka wrote and somebody put into an empty broker's data folder become topics: they are served and appended to. A folder that says
    /// which topic it belongs to is not adopted: its topic is another cluster's.
    /// </summary>
    private async Task AdoptFoldersAsync(ControllerClient controller)
    {
        var unknown = _logs!.All
            .Where(log => log.Id.TopicId == Guid.Empty && !_metadata.Current.Topics.ContainsKey(log.Id.Topic))
            .GroupBy(log => log.Id.Topic)
            .ToDictionary(topic => topic.Key, topic => topic.Max(log => log.Id.Partition) + 1);
        if (unknown.Count == 0)
            return;
        var request = new CreateTopicsRequest
        {
            Topics = [.. unknown.Select(t => new CreateTopicsRequest.CreatableTopic { Name = t.Key, NumPartitions = t.Value, ReplicationFactor = 1 })],
            TimeoutMs = (int)LeadersTimeout.TotalMilliseconds,
        };
        var response = await controller.AdministerAsync<CreateTopicsResponse>(request, LeadersTimeout).ConfigureAwait(false);
        foreach (var topic in response.Topics)
        {
            if (topic.ErrorCode == ErrorCode.None)
                _log.Info($"The folders of {topic.Name}, which an older Kafka wrote, are served as a topic of {unknown[topic.Name!]} partitions.");
            else
                _log.Warning($"The folders of {topic.Name} are not served: {topic.ErrorCode} {topic.ErrorMessage}");
        }
    }

    private void Serve(
        Cluster.Cluster cluster, IActorRef partitions, ControllerClient controller, ConfigResolver configs, NodeReplication replication)
    {
        var creation = new AutoTopicCreation(controller, _metadata);
        _groups = GroupRegion.Start(
            _system!, GroupServices.From(_settings, _metadata, _led, partitions, _time), BrokerAllocationStrategy.Of(cluster), creation, NewId);
        var quorum = new QuorumGate(_quorum, _logs!);
        var gateway = new GatewayServices(
            _settings, configs, _metadata, creation, _led, new PartitionRegionPort(partitions), _logs!, _gateway.Wheel, _time, new Random(_random.Next()))
        {
            Followed = replication.Followed,
            MetadataLog = quorum.Fetches(),
        };
        _gateway.Serve(new HandlerTable(
        [
            .. GatewayHandlers.Create(gateway),
            .. quorum.Handlers(),
            .. _groups.Handlers,
            .. ControllerHandlers.Create(controller, _metadata, configs, _settings.NodeId),
        ]));
    }

    private ImmutableArray<BrokerEndpoint> AdvertisedEndpoints() =>
    [
        .. _settings.Kafka.Listeners.Select(l => new BrokerEndpoint(
            l.Name,
            l.AdvertisedHost,
            l.AdvertisedPort != 0 ? l.AdvertisedPort : _gateway.Listeners.First(b => b.Name == l.Name).Endpoint.Port)),
    ];

    private async Task StopActorsAsync()
    {
        if (_ticks is not null)
            await _ticks.DisposeAsync().ConfigureAwait(false);
        _groups?.Dispose();
        if (_system is not null)
            await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance).ConfigureAwait(false);
    }

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_random)
            _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>As Kafka writes ids: url-safe base64 without padding.</summary>
    private static string KafkaId(Guid id) =>
        Convert.ToBase64String(id.ToByteArray(bigEndian: true)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
