using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Network;
using Akka.Broker.Storage;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>One process of a node, from its start to its end: it carries the machines and has their disk, clock and network.</summary>
internal sealed class NodeLife : INetworkAddress
{
    private readonly SimNode _machine;
    private readonly bool _wasCleanStop;
    private readonly FollowerFetches _fetches;
    private readonly OfflineReporter _offline;
    private long _diskFreeAtUs;
    private long _pausedSinceUs;
    private bool _isStopping;

    public NodeLife(World world, SimNode machine, VoterSet firstVoters)
    {
        World = world;
        _machine = machine;
        Incarnation = SimNode.NewDirectoryId(world.Random);
        Lease = world.Has(Mutation.ProduceWithoutLease) ? ControllerLease.Endless() : new ControllerLease(World.SessionTimeoutMs);
        Brokers = new MetadataReplicaBrokers(() => Image);
        Logs = LogManager.Open(machine.LogOptions(machine.DiskOfProcess));
        _wasCleanStop = Logs.WasCleanStop || world.Has(Mutation.ClaimCleanStop);
        QuorumDisk = machine.QuorumDisk;
        Quorum = new QuorumHost(this, QuorumDisk, firstVoters);
        Partitions = new PartitionHost(this);
        _fetches = new FollowerFetches(this);
        _offline = new OfflineReporter(this);
        Groups = new GroupHost(this);
    }

    public World World { get; }

    public int Id => _machine.Id;

    public int Address => Id;

    public bool IsAlive { get; private set; } = true;

    public long PausedUntilUs { get; private set; }

    /// <summary>Of the pause that is, or was the last: one that began before the one before was over goes on with that.</summary>
    public int PausedForMs => (int)((PausedUntilUs - _pausedSinceUs) / 1000);

    public Guid Incarnation { get; }

    public NodeClock Clock => _machine.Clock;

    public long NowMs => World.Events.NowMs;

    public LogManager Logs { get; }

    public QuorumDisk QuorumDisk { get; }

    public QuorumHost Quorum { get; }

    public ControllerHost? Controller { get; private set; }

    public PartitionHost Partitions { get; }

    /// <summary>What readers see of it.</summary>
    public LedPartitions Led { get; } = new();

    public MetadataCache Metadata { get; } = new();

    public GroupHost Groups { get; }

    public ControllerLease Lease { get; }

    public IReplicaBrokers Brokers { get; }

    public MetadataImage Image => Quorum.Image;

    /// <summary>As its own image says; -1 before.</summary>
    public long BrokerEpoch { get; private set; } = -1;

    public void Start()
    {
        Quorum.Start();
        Register();
        Tick();
    }

    /// <summary>The process is gone, whatever it was doing.</summary>
    public void End() => IsAlive = false;

    public void Pause(int ms)
    {
        var nowUs = World.Events.NowUs;
        if (PausedUntilUs <= nowUs)
            _pausedSinceUs = nowUs;
        PausedUntilUs = nowUs + (ms * 1000L);
    }

    public Scheduled After(long delayMs, Action action) => World.Events.After(delayMs * 1000, action, this);

    /// <summary>Work for the disk, done in the order in which it was asked for; a process that ends before never did it.</summary>
    public void OnDisk(Action work)
    {
        var latencyUs = 50 + World.Random.Next(400) + (World.Random.Next(50) == 0 ? World.Random.Next(20_000) : 0);
        _diskFreeAtUs = Math.Max(_diskFreeAtUs, World.Events.NowUs) + latencyUs;
        World.Events.After(_diskFreeAtUs - World.Events.NowUs, work, this);
    }

    public bool IsRegisteredIn(MetadataImage image) => image.Brokers.TryGetValue(Id, out var self) && self.IncarnationId == Incarnation;

    public void Receive(int from, object request, Action<object> reply)
    {
        switch (request)
        {
            case QuorumMessage message:
                Quorum.Receive(message);
                break;
            case FetchFromLeader fetch:
                _fetches.OnFetch(fetch, reply);
                break;
            case AskMetadata:
                reply(new Metadata(Image));
                break;
            case Produce produce:
                if (Partitions.LeaderOf(produce.Partition) is { } leader)
                    leader.OnProduce(produce, reply);
                else
                    reply(new Produced(ErrorCode.NotLeaderOrFollower, -1, -1, 0));
                break;
            case Consume consume:
                reply(Partitions.LeaderOf(consume.Partition)?.OnConsume(consume) ?? Consumed.Refused(ErrorCode.NotLeaderOrFollower));
                break;
            case AskGroup ask:
                Groups.OnRequest(ask, reply);
                break;
            case ControllerRequest { Payload: var payload }:
                if (Controller is { } controller)
                    controller.Handle(payload, reply);
                else
                    reply(new NotController());
                break;
            case ForController { Payload: var payload }:
                AskController(payload, answer => reply(answer ?? new NotController()));
                break;
        }
    }

    /// <summary>If it is the controller. The answer is why not.</summary>
    public string? ChangeVoters(VoterSet next) => Controller?.ChangeVoters(next) ?? (Controller is null ? "It is not the controller." : null);

    /// <summary>Asks whoever is controller as far as this node knows; null if nobody is, or no answer comes.</summary>
    public void AskController(object payload, Action<object?> onReply)
    {
        var controller = Quorum.Machine.CurrentLeader;
        if (controller < 0)
            After(20, () => onReply(null));
        else
            World.Network.Ask(this, controller, new ControllerRequest(payload), 1_000_000, reply => onReply(reply is NotController ? null : reply), mayDouble: false);
    }

    /// <summary>A leader has said what is committed, and this node remembers it.</summary>
    public void OnLeaderHeard()
    {
        if (!_machine.IsUnheard)
            return;
        _machine.IsUnheard = false;
        _machine.LostBefore = World.Metadata.CommittedEnd;
    }

    /// <summary>Its own log has all that is committed before the offset.</summary>
    public void OnCommitted(long offset)
    {
        if (_machine.LostBefore is not { } end || _machine.IsUnheard || offset < end)
            return;
        _machine.LostBefore = null;
        World.Counters.VotersMended++;
    }

    public void OnImage(MetadataImage image)
    {
        if (IsRegisteredIn(image))
            Quorum.Machine.BrokerEpoch = BrokerEpoch = image.Brokers[Id].Epoch;
        else if (BrokerEpoch >= 0)
            RegisterAgain();
        var deleted = Metadata.Current.TopicsById.Values.Where(t => !image.TopicsById.ContainsKey(t.Id)).Select(t => t.Name).ToHashSet();
        Metadata.Publish(image);
        Controller?.OnImage(image);
        Partitions.OnImage(image);
        Groups.OnImage(deleted);
    }

    public void OnLeadershipWon(int epoch, long startOffset)
    {
        World.Trace.Say($"n{Id} is controller of epoch {epoch}, which begins at {startOffset}");
        Controller = new ControllerHost(this, epoch);
    }

    public void OnLeadershipLost(int epoch)
    {
        World.Trace.Say($"n{Id} is controller of epoch {epoch} no more");
        Controller?.Close();
        Controller = null;
    }

    /// <summary>Hands over what it leads, then closes its logs and ends; <paramref name="onStopped"/> runs when it has.</summary>
    public void StopCleanly(Action onStopped)
    {
        if (_isStopping)
            return;
        _isStopping = true;
        var deadline = NowMs + 2000;
        Ask();

        void Ask() => AskController(new ShutMeDown(Id, BrokerEpoch), reply =>
        {
            if (reply is ShutdownProgress { Error: ErrorCode.None, Remaining: 0 } || NowMs > deadline)
                Finish();
            else
                After(100, Ask);
        });

        void Finish()
        {
            Quorum.Resign("The node stops.");
            OnDisk(() =>
            {
                CloseLogs();
                QuorumDisk.Log.Sync();
                End();
                onStopped();
            });
        }
    }

    /// <summary>A folder that has died unnoticed ends that too.</summary>
    private void CloseLogs()
    {
        try
        {
            Done.Of(Logs.CloseCleanlyAsync(BrokerEpoch));
            World.Trace.Say($"n{Id} has stopped cleanly");
        }
        catch (Exception cause) when (Done.IsOfDisk(cause))
        {
            World.Trace.Say($"n{Id} has stopped, not cleanly: {cause.Message}");
        }
    }

    public override string ToString() =>
        $"n{Id} {Quorum.Machine.Role} of epoch {Quorum.Machine.Epoch}, log [{QuorumDisk.Log.StartOffset}, {QuorumDisk.Log.EndOffset}) synced {QuorumDisk.Log.SyncedOffset} committed {Quorum.Machine.HighWatermark}, broker epoch {BrokerEpoch}{(Controller is null ? "" : ", controller")}";

    /// <summary>What an earlier life asked for came late and took this one's place.</summary>
    private void RegisterAgain()
    {
        Quorum.Machine.BrokerEpoch = BrokerEpoch = -1;
        After(100, Register);
    }

    private void Register()
    {
        if (IsRegisteredIn(Image) || _isStopping)
            return;
        var registration = new BrokerRegistration(
            Id, Incarnation, QuorumDisk.DirectoryId, null, [new BrokerEndpoint("PLAINTEXT", $"n{Id}", 9092)], _wasCleanStop)
        {
            CleanStopEpoch = World.Has(Mutation.ClaimCleanStop) ? null : Logs.CleanStopEpoch,
            LogEnds =
            [
                .. Logs.All
                    .Where(log => log.Id.TopicId != Guid.Empty)
                    .Select(log => new ReplicaLogEnd(log.Id.TopicId, log.Id.Partition, log.LeaderEpochs.LatestEpoch, log.LogEndOffset)),
            ],
        };
        AskController(new RegisterMe(registration), _ => After(300, Register));
    }

    private void Tick()
    {
        Controller?.Tick();
        Partitions.Tick();
        Groups.Tick();
        Logs.Tick();
        _offline.Report();
        After(World.TickMs, Tick);
    }
}

/// <summary>A client's request that the node hands on to the controller.</summary>
internal sealed record ForController(object Payload);
