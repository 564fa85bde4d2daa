using System.Collections.Immutable;
using System.Numerics;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Metrics;
using Akka.Broker.Nodes;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Operations;
using Akka.Broker.Partitions;
using Akka.Broker.Quorum;
using Akka.Broker.Repair;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Settings;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker;

/// <summary>
/// One broker: everything that runs in its process, put together in this order and taken apart in the reverse one.
/// <code>
/// ports bound ─▶ data folders locked, logs recovered ─▶ a life (actor system, cluster, clients) ── lost ─▶ the next life, by LostLives
///                                                                                              ── lost too often ─▶ over, with the reason
///                                                                     the disk of the metadata log fails ─▶ over, with the reason
/// </code>
/// Nothing is written before the ports and folders are this process's own. A crash at any point leaves what the logs hold.
/// </summary>
public sealed class BrokerNode : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RepairBackoffMax = TimeSpan.FromSeconds(1);
    private readonly BrokerSettings _settings;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly IDisk _disk;
    private readonly NodeLog _log = new();
    private readonly Lock _gate = new();
    private readonly GatewayServer _gateway;
    private readonly MetadataCache _metadata = new();
    private readonly NodeFigures? _figures;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _failed = new();
    private volatile MetadataLogFailedException? _failure;
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<BrokerAdministration>? _onServing;
    private LogManager? _logs;
    private volatile NodeParts? _parts;
    private BrokerMeter? _meter;
    private volatile NodeLife? _life;
    private Task _living = Task.CompletedTask;
    private ITimer? _ticks;

    private BrokerNode(BrokerSettings settings, TimeProvider time, Random random, IDisk disk, Action<BrokerAdministration>? onServing)
    {
        _onServing = onServing;
        _disk = disk;
        _settings = settings;
        _time = time;
        _random = random;
        var limits = new ConnectionLimits
        {
            RequestBytesMax = settings.Network.SocketRequestMaxBytes,
            ConnectionsMax = settings.Network.MaxConnections,
            ConnectionsPerIpMax = settings.Network.MaxConnectionsPerIp,
            IdleMsMax = (int)Math.Min(settings.Network.ConnectionsMaxIdleMs, int.MaxValue),
        };
        var listeners = settings.Kafka.Listeners.Select(l => new ListenerOptions(l.Name, l.Resolve(), l.Name == settings.Kafka.InterBrokerListener));
        _figures = settings.Metrics.Enabled ? new NodeFigures(settings.NodeId, _metadata, time) : null;
        var quotas = new QuotaOptions(settings.Limits.ProducerByteRate, settings.Limits.ConsumerByteRate, settings.Limits.QuotaWindowSeconds);
        var watch = new GatewayWatch { Requests = _figures?.Requests, Quota = new ClientQuotas(quotas, _metadata, time) };
        _gateway = GatewayServer.Bind([.. listeners], limits, time, _log, watch);
        foreach (var endpoint in AdvertisedEndpoints())
            _gateway.ServeLocally(endpoint.Listener, new BrokerAddress(endpoint.Host, endpoint.Port));
    }

    /// <summary>Where clients connect, as <see cref="ListenerSummary"/> words it.</summary>
    public string KafkaListeners => ListenerSummary.Of(AdvertisedEndpoints(), _settings.Kafka.InterBrokerListener);

    /// <summary>
    /// Runs until the node is stopped; fails with <see cref="NodeLostException"/> when its cluster gives it up again and again, and with
    /// <see cref="MetadataLogFailedException"/> when the disk of the metadata log has failed.
    /// </summary>
    public Task Completion => _living;

    /// <summary>
    /// The node's figures; null before the data folders are open, or if <c>akka.broker.metrics</c> is off. Made when it is first asked for, so that the start
    /// does not wait for it; it costs only who collects.
    /// </summary>
    public BrokerMeter? Meter
    {
        get
        {
            lock (_gate)
                return _meter ??= _parts is { } parts ? NodeMeter.Of(parts, () => _life?.Groups, _stopping.Token) : null;
        }
    }

    /// <summary>
    /// How much there is to tell: it rises when the first partition, topic or request comes, and whenever there are twice as many of a kind. Falls only with topics that are
    /// deleted. Cheap.
    /// </summary>
    public int FiguresScale => _parts is { Figures: { } figures } parts ? ScaleOf(parts.Logs.All.Count) + ScaleOf(figures.Topics.Count) + ScaleOf(figures.Requests.Count) : 0;

    /// <summary>Whether this node does what the cluster expects of it. Null before the data folders are open.</summary>
    public async Task<NodeHealth?> CheckHealthAsync(CancellationToken cancelled = default) =>
        _parts is { } parts ? await new NodeHealthCheck(parts, () => _life).CheckAsync(cancelled).ConfigureAwait(false) : null;

    /// <summary>Completes with the reason when an operator wants this node to stop: whoever runs it then calls <see cref="StopAsync"/>.</summary>
    public Task<string> StopRequested => _stopRequested.Task;

    /// <summary>Starts a broker and returns when it serves.</summary>
    /// <param name="settings">Read and checked.</param>
    /// <param name="time">The clock of everything in it.</param>
    /// <param name="random">The chance of everything in it.</param>
    /// <param name="disk">Where the logs are; the machine's own unless a test host knows better.</param>
    /// <param name="cancelled">Gives the start up: a node may have to wait for others for as long as they are away.</param>
    /// <param name="created">Told of the node as soon as its ports are bound, while it is on its way.</param>
    /// <param name="onServing">Told whenever a life of the node begins to serve clients, with what administers it from then to its actor system's end. Return at once.</param>
    /// <exception cref="ListenerBindException">A port cannot be had; nothing was written.</exception>
    /// <exception cref="StorageException">A data folder cannot be used.</exception>
    /// <exception cref="FormationRefusedException">The node must not be in the cluster that it was pointed at.</exception>
    public static async Task<BrokerNode> StartAsync(
        BrokerSettings settings, TimeProvider time, Random random, IDisk? disk = null, CancellationToken cancelled = default, Action<BrokerNode>? created = null,
        Action<BrokerAdministration>? onServing = null)
    {
        var node = new BrokerNode(settings, time, random, disk ?? FileDisk.Instance, onServing);
        created?.Invoke(node);
        try
        {
            await node.StartAsync(cancelled).ConfigureAwait(false);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Hands over what it leads, answers what was asked, leaves the cluster, and closes the logs so that the next start reads no records.</summary>
    public async Task StopAsync()
    {
        if (_life is { } life)
            await life.HandOverAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _gateway.StopAsync(DrainMax).ConfigureAwait(false);
        await EndLifeAsync(inOrder: true).ConfigureAwait(false);
        if (_logs is not null)
            await _logs.CloseCleanlyAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _gateway.DisposeAsync().ConfigureAwait(false);
        await EndLifeAsync(inOrder: false).ConfigureAwait(false);
        _logs?.Dispose();
        _meter?.Dispose();
    }

    private async Task StartAsync(CancellationToken cancelled)
    {
        // The actor system starts while the logs are recovered: neither needs the other yet.
        var creating = Task.Run(() => NodeLife.CreateSystem(_settings), CancellationToken.None);
        ActorSystem? system = null;
        try
        {
            _logs = OpenLogs();
        }
        finally
        {
            system = await creating.ConfigureAwait(false);
            _log.Attach(system.Log);
            if (_logs is null)
                await system.Terminate().ConfigureAwait(false);
        }

        _logs.Failed += EndIfMetadataFailed;
        EndIfMetadataFailed();
        _ticks = _time.CreateTimer(_ => _logs.Tick(), null, TickInterval, TickInterval);
        _parts = PartsOf(_logs);
        _logs.Copies = new ReplicaCopies(_settings.NodeId, _metadata, _settings.Kafka.InterBrokerListener, _parts.Connections(RepairBackoffMax), _parts.Quorum);
        _living = LiveAsync(_parts, system);
        using var giveUp = cancelled.UnsafeRegister(_ => _serving.TrySetCanceled(cancelled), null);
        await _serving.Task.ConfigureAwait(false);
    }

    /// <summary>One life after the other, until the node is stopped.</summary>
    private async Task LiveAsync(NodeParts parts, ActorSystem system)
    {
        var losses = new LostLives(_time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, _failed.Token);
        for (var isFirst = true; ; isFirst = false)
        {
            var life = _life = new NodeLife(parts, system, isFirst);
            try
            {
                await life.StartAsync(ending.Token).ConfigureAwait(false);
                _serving.TrySetResult();
                _onServing?.Invoke(life.Administration);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested || life.Lost.IsCompleted)
            {
                // What to do is decided below.
            }
            catch (Exception cause) when (_failure is null && (isFirst || cause is FormationRefusedException))
            {
                _serving.TrySetException(cause);
                throw;
            }

            await ((Task)life.Lost).WaitAsync(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
                return;
            if (_failure is { } failure)
            {
                _serving.TrySetException(failure);
                throw failure;
            }
            var loss = await LossOfAsync(life).ConfigureAwait(false);
            if (losses.PauseAfter(loss) is not { } pause)
            {
                var lost = new NodeLostException(
                    $"This node has lost its cluster more than {LostLives.Max} times within {LostLives.Within.TotalSeconds:0} s, the last time since {loss.Reason}. If no failure is logged, look at the network between the nodes; then start it again.");
                _serving.TrySetException(lost);
                throw lost;
            }
            var when = pause > TimeSpan.Zero ? $" in {pause.TotalSeconds:0} s" : "";
            _log.Warning($"This node is out of its cluster, since {loss.Reason}. It asks the voters where the cluster is and joins it anew{when}.");
            await life.DisposeAsync().ConfigureAwait(false);
            // A node that is stopped meanwhile begins its next life all the same, which is stopped as any other.
            await Task.Delay(pause, _time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            system = NodeLife.CreateSystem(_settings);
            _log.Attach(system.Log);
        }
    }

    /// <summary>On a thread of the logs'.</summary>
    private void EndIfMetadataFailed()
    {
        if (_logs!.Get(MetadataLog.Id.TopicPartition) is not { Failure: { } cause } log)
            return;
        _failure ??= new MetadataLogFailedException(log.DataFolder, cause);
        _ = _failed.CancelAsync();
    }

    private async Task<LostLife> LossOfAsync(NodeLife life)
    {
        try
        {
            return await life.Lost.ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            _serving.TrySetException(cause);
            throw;
        }
    }

    private async Task EndLifeAsync(bool inOrder)
    {
        if (_ticks is not null)
            await _ticks.DisposeAsync().ConfigureAwait(false);
        await _living.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_life is not { } life)
            return;
        if (inOrder)
            await life.LeaveAsync().ConfigureAwait(false);
        else
            await life.DisposeAsync().ConfigureAwait(false);
        _life = null;
    }

    private NodeParts PartsOf(LogManager logs) => new()
    {
        Settings = _settings,
        Time = _time,
        Random = _random,
        Log = _log,
        Gateway = _gateway,
        Logs = logs,
        Metadata = _metadata,
        Figures = _figures,
        Led = new LedPartitions(),
        Quorum = new QuorumPort(_time, _settings.Controller.BrokerSessionTimeoutMs),
        Endpoints = AdvertisedEndpoints(),
        RequestStop = reason => _stopRequested.TrySetResult(reason),
    };

    private static int ScaleOf(int count) => BitOperations.Log2((uint)count << 1 | 1);

    private LogManager OpenLogs()
    {
        var logs = LogManager.Open(OptionsOfLogs());
        if (!logs.HasLostFolder || logs.ClusterId is null || logs.Get(MetadataLog.Id.TopicPartition) is not null)
            return logs;
        // It may lie there: to begin with an empty one would forget what this node has voted for.
        var lost = logs.Folders.First(f => f.IsOffline);
        logs.Dispose();
        throw new MetadataLogFailedException(lost.Path, lost.Failure!);
    }

    private LogManagerOptions OptionsOfLogs() => new()
    {
        DataFolders = _settings.DataDirs,
        NodeId = _settings.NodeId,
        Disk = _disk,
        Time = _time,
        Random = new Random(_random.Next()),
        ConfigOf = partition => partition == MetadataLog.Id.TopicPartition ? MetadataLog.Config : LogConfig.Default,
        OnEvent = _log.On,
        OnSynced = _figures is { } figures ? figures.Sync.Record : null,
        ProducerIdExpirationMs = _settings.Producers.IdExpirationMs,
        RetentionCheckIntervalMs = _settings.Logs.RetentionCheckIntervalMs,
        CheckpointIntervalMs = _settings.Logs.FlushOffsetCheckpointIntervalMs,
        HighWatermarkCheckpointIntervalMs = _settings.Replicas.HighWatermarkCheckpointIntervalMs,
        RecoveryThreads = _settings.Logs.NumRecoveryThreadsPerDataDir,
        StrayRetentionMs = _settings.Logs.StrayRetentionMs,
        Cleaner = _settings.Logs.Cleaner,
        Scrubber = _settings.Logs.Scrubber,
        ReserveBytes = _settings.Logs.ReserveBytes,
    };

    private ImmutableArray<BrokerEndpoint> AdvertisedEndpoints() =>
    [
        .. _settings.Kafka.Listeners.Select(l => new BrokerEndpoint(
            l.Name,
            l.AdvertisedHost,
            l.AdvertisedPort != 0 ? l.AdvertisedPort : _gateway.Listeners.First(b => b.Name == l.Name).Endpoint.Port)),
    ];
}
