using System.Globalization;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Groups;
using Akka.Broker.Nodes.Downing;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Operations;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Nodes;

/// <summary>
/// One actor system of a node, from its joining a cluster to the loss of it. A node that its cluster has given up begins another life in the same process:
/// the same ports, logs and node id, a new incarnation and a new broker epoch.
/// <code>
/// system made ─▶ others may ask what this node is ─▶ in the Akka cluster ─▶ quorum, regions, controller's guardian up
///   ─▶ registered (broker epoch) ─▶ logs of the image opened, leaders up ─▶ clients served ─▶ let in by the controller ─▶ … ─▶ lost: clients turned away, system terminated
/// </code>
/// A crash at any point leaves what the logs hold. One task runs it; <see cref="Lost"/> may complete at any time.
/// </summary>
internal sealed class NodeLife : IAsyncDisposable
{
    public const string SystemName = "broker";
    private static readonly TimeSpan LeadersTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan UnfencedMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeBackoffMax = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TerminateMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinorityMax = TimeSpan.FromSeconds(10);

    private readonly NodeParts _parts;
    private readonly ActorSystem _system;
    private readonly bool _isFirst;
    private readonly NodeStateSource _state;
    private readonly Membership _membership = new();
    private readonly TaskCompletionSource<LostLife> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly EndedBrokers _ended;
    private volatile ClusterEntry? _entry;
    private NodeActors? _actors;

    /// <param name="parts">Of the process.</param>
    /// <param name="system">Made for this life, and nothing in it yet.</param>
    /// <param name="isFirst">Of this process: what an earlier process left behind counts for this one alone.</param>
    public NodeLife(NodeParts parts, ActorSystem system, bool isFirst)
    {
        _parts = parts;
        _system = system;
        _isFirst = isFirst;
        _state = new NodeStateSource(parts.Settings.NodeId, parts.NewId(), parts.InterBroker)
        {
            DirectoryId = parts.Logs.DirectoryIds[0],
            ClusterId = parts.Logs.ClusterId,
            MetadataLevel = () => parts.Metadata.Current.MetadataVersion,
            Levels = parts.Levels,
        };
        _ended = new EndedBrokers(_membership, parts.Metadata, parts.Settings.Kafka.InterBrokerListener, EndedBrokers.IsRefusedAsync, parts.Time);
    }

    /// <summary>Completes with the reason, and whether it counts, when this life is of no more use; fails where no other would be either, since another node has taken this one's id.</summary>
    public Task<LostLife> Lost => _lost.Task;

    /// <summary>Which broker epoch this life has; -1 before it is registered.</summary>
    public long BrokerEpoch { get; private set; } = -1;

    /// <summary>The way to the groups that this node coordinates; null before it is in its cluster.</summary>
    public GroupRouter? Groups => _actors?.Groups;

    /// <summary>For whoever administers the node while this life goes on. Once it has started.</summary>
    public BrokerAdministration Administration => new()
    {
        System = _system,
        Settings = _parts.Settings,
        Metadata = _parts.Metadata,
        Controller = _actors!.Controller,
        Quorum = _parts.Quorum,
        Logs = _parts.Logs,
        Connections = _parts.Connections(ProbeBackoffMax),
        Time = _parts.Time,
    };

    public static ActorSystem CreateSystem(Settings.BrokerSettings settings) => ActorSystem.Create(SystemName, NodeHocon.Of(settings));

    /// <summary>Goes through the whole start; returns when clients are served and the controller has let this broker in.</summary>
    /// <exception cref="FormationRefusedException">The node must not be in that cluster.</exception>
    /// <exception cref="ControllerUnavailableException">A node that is a cluster by itself has no controller.</exception>
    /// <exception cref="OperationCanceledException">The life was lost, or ended, before.</exception>
    public async Task StartAsync(CancellationToken stopping)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, _ending.Token);
        var cancelled = linked.Token;
        var found = QuorumBootstrap.Inspect(_parts.Logs);
        _state.Quorum = () => Facts(found);
        StartOutposts();
        var entered = await EnterAsync(found, cancelled).ConfigureAwait(false);
        var learnFrom = VoterSet.Empty;
        switch (entered)
        {
            case FormationStep.Form form:
                var clusterId = form.ClusterId ?? _parts.NewClusterId();
                QuorumBootstrap.Form(_parts.Logs, clusterId, form.Voters, _parts.Time.GetUtcNow().ToUnixTimeMilliseconds());
                _state.ClusterId = clusterId;
                if (form.Voters.Count > 1)
                    _parts.Log.Info($"Cluster {clusterId} is formed with the voters {form.Voters}.");
                break;
            case FormationStep.Learn learn:
                _parts.Logs.SetClusterId(learn.ClusterId);
                _state.ClusterId = learn.ClusterId;
                learnFrom = learn.Voters;
                _parts.Log.Info($"This node joins cluster {learn.ClusterId} and learns its metadata from the voters {learn.Voters}.");
                break;
        }

        _actors = NodeActors.Start(_parts, _system, _membership, _state.IncarnationId, learnFrom, _ended);
        _system.ActorOf(LifeWatch.Props(_actors.Vital, LoseUnlessEnding), "life-watch");
        var handlers = new HandlerTable([.. _actors.Handlers, new NodeStateHandler(_state)]);
        _parts.Gateway.ServeBrokers(handlers);
        var registered = await RegisterAsync(cancelled).ConfigureAwait(false);
        _ = KeepRegisteredAsync(registered.MetadataOffset);
        await _parts.Metadata.WaitForAsync(registered.MetadataOffset, cancelled).ConfigureAwait(false);
        _parts.Logs.SetClusterId(_parts.Metadata.Current.ClusterId);
        if (_isFirst)
            await AdoptFoldersAsync(_actors.Controller).ConfigureAwait(false);
        await _actors.Node.Ask<LeadersUp>(new AwaitLeaders([.. _parts.Metadata.Current.TopicsById.Keys], registered.MetadataOffset), LeadersTimeout, cancelled).ConfigureAwait(false);
        _parts.Gateway.Serve(handlers);
        await AwaitUnfencedAsync(registered.BrokerEpoch, cancelled).ConfigureAwait(false);
    }

    /// <summary>Hands over what this node leads, while there is somebody to take it, and the controller's place.</summary>
    public async Task HandOverAsync()
    {
        if (_actors is null || BrokerEpoch < 0 || Lost.IsCompleted)
            return;
        if (_membership.Current.Members.Length > 1)
            await new HandOver(_parts, _system, _actors.Controller, _membership).RunAsync(BrokerEpoch, () => Lost.IsCompleted).ConfigureAwait(false);
        _parts.Quorum.Resign("this node stops");
    }

    /// <summary>Leaves the cluster in order and ends the actor system.</summary>
    public async Task LeaveAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _ended.Dispose();
        _actors?.Dispose();
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance).ConfigureAwait(false);
    }

    /// <summary>Ends the actor system at once, without a word to the cluster: it has given this node up, or is not to be reached.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        // Clients are to go elsewhere now, and not when the actors have ended: nothing that they ask for here is answered any more.
        ServeOutposts();
        _ended.Dispose();
        _actors?.Dispose();
        try
        {
            await _system.Terminate().WaitAsync(TerminateMax, _parts.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _parts.Log.Warning($"Some actors have not ended within {TerminateMax.TotalSeconds:0} s and are left behind.");
        }
        _ending.Dispose();
    }

    private QuorumFacts Facts(QuorumOnDisk found)
    {
        var status = _parts.Quorum.Status;
        return status.Voters.IsEmpty
            ? new QuorumFacts(found.Voters, -1, -1, found.LogEnd.Offset)
            : new QuorumFacts(status.Voters, status.LeaderId, status.Epoch, status.LogEndOffset);
    }

    /// <summary>What others may ask of a node that is in no cluster yet.</summary>
    private void StartOutposts()
    {
        var settings = _parts.Settings;
        DowningServices.Of(_system).Provide(new DowningOptions(
            settings.NodeId, _membership, () => _parts.Quorum.Status.Voters, () => _parts.Quorum.Status.MayDecide, _parts.Quorum.ConfirmAsync, _parts.Time));
        _system.ActorOf(MembershipActor.Props(new MembershipOptions(
            _membership, _state, () => _parts.Quorum.Status.Voters, Lose, _parts.Time, MinorityMax)), "membership");
        // What others send to regions that are not up yet can be read, and is sent again.
        ClusterSharding.Get(_system);
        _system.ActorOf(NodeStateActor.Props(_state), NodeStateActor.Name);
        _system.ActorOf(Witness.Props(settings.NodeId), Witness.Name);
        ServeOutposts();
    }

    private void ServeOutposts() => _parts.Gateway.ServeBrokers(
        new HandlerTable([new ApiVersionsHandler(_parts.Metadata, _parts.Levels, isForBrokersAlone: true), new NodeStateHandler(_state)]));

    private async Task<FormationStep?> EnterAsync(QuorumOnDisk found, CancellationToken cancelled)
    {
        var settings = _parts.Settings;
        var own = new OwnState(
            new ReplicaKey(settings.NodeId, _parts.Logs.DirectoryIds[0]), found.ClusterId, settings.Kafka.InterBrokerListener, found.Voters)
        {
            Levels = _parts.Levels,
        };
        using var probe = new NodeProbe(_system, _parts.Connections(ProbeBackoffMax), _state);
        var door = new ClusterDoor(Cluster.Cluster.Get(_system), settings.Seeds, _state, _membership);
        var entry = _entry = new ClusterEntry(new EntryOptions(own, settings.Seeds.Count > 0, settings.FirstVoters, _state), door, probe, _parts.Time, _parts.Log.Warning);
        return await entry.EnterAsync(cancelled).ConfigureAwait(false);
    }

    /// <summary>A node that is a cluster by itself says at once why it has no controller; among others it waits for one.</summary>
    private async Task<BrokerRegistered> RegisterAsync(CancellationToken cancelled)
    {
        while (true)
        {
            try
            {
                var registered = await _actors!.Controller.RegisterAsync(new RegisterBroker(Registration()), cancelled).ConfigureAwait(false);
                BrokerEpoch = registered.BrokerEpoch;
                _parts.Logs.BrokerEpoch = registered.BrokerEpoch;
                _parts.Quorum.Registered(registered.BrokerEpoch);
                return registered;
            }
            catch (ControllerUnavailableException unavailable) when (
                _parts.Quorum.Status.Voters.Count > 1 && unavailable.Error is ErrorCode.NotController or ErrorCode.BrokerNotAvailable or ErrorCode.RequestTimedOut)
            {
                _parts.Log.Warning($"This broker is not registered yet: {unavailable.Message}");
            }
        }
    }

    /// <summary>
    /// A broker is registered fenced, and let in when the controller sees that it follows the metadata. Whoever is told that it is ready may make a topic at once, and expects its
    /// share of it here.
    /// </summary>
    private async Task AwaitUnfencedAsync(long epoch, CancellationToken cancelled)
    {
        try
        {
            await _parts.Metadata.WaitForAsync(
                    image => image.Brokers.TryGetValue(_parts.Settings.NodeId, out var self) && self.Epoch >= epoch && self.IsActive, cancelled)
                .WaitAsync(UnfencedMax, _parts.Time, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _parts.Log.Warning($"The controller has not let this broker in within {UnfencedMax.TotalSeconds:0} s: it serves clients, and leads nothing new until then.");
        }
    }

    private async Task KeepRegisteredAsync(long offset)
    {
        var keeper = new RegistrationKeeper(
            new RegistrationOptions(
                _parts.Settings.NodeId,
                _state.IncarnationId,
                _parts.Logs.DirectoryIds[0],
                async ending => (await RegisterAsync(ending).ConfigureAwait(false)).MetadataOffset,
                _parts.Log.Warning,
                _parts.Time),
            _parts.Quorum);
        try
        {
            await keeper.RunAsync(offset, _ending.Token).ConfigureAwait(false);
        }
        catch (Exception) when (_ending.IsCancellationRequested)
        {
            // With the life ends what it looks after.
        }
        catch (Exception cause)
        {
            if (_lost.TrySetException(cause))
                await _ending.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Only a process that comes after another can have lost what that one had not synced; since it registered once, it has lost nothing.</summary>
    private BrokerRegistration Registration() => new(
        _parts.Settings.NodeId,
        _state.IncarnationId,
        _parts.Logs.DirectoryIds[0],
        _parts.Settings.Rack,
        _parts.Endpoints,
        _parts.Logs.BrokerEpoch >= 0 || _parts.Logs.WasCleanStop)
    {
        CleanStopEpoch = _parts.Logs.BrokerEpoch >= 0 ? _parts.Logs.BrokerEpoch : _parts.Logs.CleanStopEpoch,
        // A folder of an older Kafka is nobody's topic yet.
        LogEnds = [.. _parts.Logs.All.Where(log => log.Id.TopicId != Guid.Empty).Select(log => new ReplicaLogEnd(log.Id.TopicId, log.Id.Partition, log.LeaderEpochs.LatestEpoch, log.LogEndOffset))],
        AkkaAddress = Cluster.Cluster.Get(_system).SelfAddress.ToString(),
        MetadataVersionMin = _parts.Levels.Min,
        MetadataVersionMax = _parts.Levels.Max,
        MinInsyncReplicas = int.Parse(_parts.Settings.Topics.Defaults[TopicConfig.MinInsyncReplicas], CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// Folders that a Kafka wrote and somebody put into an empty broker's data folder become topics: they are served and appended to. A folder that says
    /// which topic it belongs to is not adopted: its topic is another cluster's.
    /// </summary>
    private async Task AdoptFoldersAsync(ControllerClient controller)
    {
        var unknown = _parts.Logs.All
            .Where(log => log.Id.TopicId == Guid.Empty && !_parts.Metadata.Current.Topics.ContainsKey(log.Id.Topic))
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
                _parts.Log.Info($"The folders of {topic.Name}, which an older Kafka wrote, are served as a topic of {unknown[topic.Name!]} partitions.");
            else
                _parts.Log.Warning($"The folders of {topic.Name} are not served: {topic.ErrorCode} {topic.ErrorMessage}");
        }
    }

    /// <summary>In a life that ends all actors do.</summary>
    private void LoseUnlessEnding(string reason)
    {
        if (!_ending.IsCancellationRequested)
            Lose(reason, wasUp: true);
    }

    private void Lose(string reason, bool wasUp)
    {
        if (_lost.TrySetResult(new LostLife(reason, wasUp, _entry is not { IsCut: true })))
            _ending.CancelAsync();
    }
}
