using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>
/// A node's door to the entities of one type, and the parent of the shards that are here. Messages go to the shard's home; while that is
/// not known they wait here and the coordinator is asked.
/// <code>
///   per shard:  unknown: messages wait ──ShardHome──▶ known: messages are forwarded ──BeginHandOff, or home ended──▶ unknown
/// </code>
/// A known shard costs one dictionary lookup a message. Commands and queries of sharding are recognised before entities' messages.
/// The coordinator is where the oldest member of the role is; homes that are known stay known while it moves. A node that is downed or
/// removed stops its region, and with it all entities.
/// </summary>
public sealed class ShardRegion : ActorBase, IWithTimers
{
    private const int ShardsPerRegister = 500;
    private static readonly TimeSpan FirstRegistrationRetry = TimeSpan.FromMilliseconds(50);

    private readonly HomeTable _homes;
    private readonly Dictionary<string, IActorRef> _shards = new(StringComparer.Ordinal);

    /// <summary>Shards that are being handed off from here and have not ended; true: this region hosts them again afterwards.</summary>
    private readonly Dictionary<IActorRef, (string Shard, bool HostAgain)> _leaving = [];
    private readonly HashSet<IActorRef> _remoteRegions = [];

    /// <summary>Regions that have ended: whoever names them as a home does not know that yet.</summary>
    private readonly HashSet<IActorRef> _endedRegions = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly RegionSetup _setup;
    private IActorRef? _coordinator;
    private Member? _oldest;
    private TimeSpan _registrationRetry = FirstRegistrationRetry;
    private bool _shuttingDown;

    internal ShardRegion(RegionSetup setup)
    {
        _setup = setup;
        _homes = new HomeTable(Tuning.BufferSize);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TuningParameters Tuning => _setup.Settings.TuningParameters;

    private bool IsProxy => _setup.EntityProps is null;

    protected override void PreStart()
    {
        AddShutdownTask(Self, _cluster, _ended.Task);
        Timers.StartPeriodicTimer(nameof(Retry), Retry.Instance, Tuning.RetryInterval);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        DropAll(_homes.GiveUpAll());
        _ended.TrySetResult();
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated ended:
                Ended(ended.ActorRef);
                return true;
            case ICoordinatorCommand command:
                Obey(command);
                return true;
            case HandOffFence fence:
                fence.Coordinator.Tell(new BeginHandOffAck(fence.Shard, fence.Region), Self);
                return true;
            case RegisterAck ack:
                Registered(ack.Coordinator);
                return true;
            case CoordinatorStarted started:
                Unregister();
                Register(started.Coordinator);
                return true;
            case ClusterEvent.IMemberEvent happened:
                FollowMembers(happened.Member);
                return true;
            case Retry:
                RetryAll();
                return true;
            case RegisterRetry:
                RegisterAtOldest();
                return true;
            case StartAgain again:
                if (_homes.Find(again.Shard) is { Failed: true })
                {
                    StartShard(again.Shard);
                }

                return true;
            case IShardRegionQuery query:
                RegionQueries.Answer(query, Sender, _shards, _coordinator, _cluster, _setup.Settings.ShardRegionQueryTimeout);
                return true;
            case GracefulShutdown:
                BeginShutdown();
                return true;
            case GetShardState:
                return false;
            default:
                return Deliver(message);
        }
    }

    private static void AddShutdownTask(IActorRef self, Cluster cluster, Task ended) => CoordinatedShutdown.Get(cluster.System).AddTask(
        CoordinatedShutdown.PhaseClusterShardingShutdownRegion,
        "region-shutdown",
        async () =>
        {
            if (!cluster.IsTerminated && cluster.SelfMember.Status is not (MemberStatus.Down or MemberStatus.Removed))
            {
                self.Tell(GracefulShutdown.Instance, ActorRefs.NoSender!);
                await ended;
            }

            return Done.Instance;
        });

    private void Obey(ICoordinatorCommand command)
    {
        if (!Sender.Equals(_coordinator))
        {
            // A coordinator that is no more, or does not know it yet.
            return;
        }

        switch (command)
        {
            case ShardHome home:
                HomeFound(home.Shard, home.Region);
                break;
            case ShardHomes homes:
                foreach (var shard in homes.Shards)
                {
                    HomeFound(shard, homes.Region);
                }

                break;
            case HostShard host:
                HomeFound(host.Shard, Self);
                _coordinator.Tell(new ShardStarted(host.Shard), Self);
                break;
            case ShardHomeless homeless:
                DropWaiting(homeless.Shard);
                break;
            case BeginHandOff begin:
                BeginHandOff(begin.Shard);
                break;
            case HandOff handOff:
                HandOff(handOff.Shard);
                break;
        }
    }

    private bool Deliver(object message)
    {
        string? shard;
        try
        {
            if (_setup.Extractor.EntityId(message) is not { Length: > 0 } entityId)
            {
                Context.System.Log.Warning("{0}: Message does not have an extractor defined in shard so it was ignored: {1}", _setup.TypeName, message);
                return false;
            }

            shard = _setup.Extractor.ShardId(entityId, message);
        }
        catch (Exception e)
        {
            // A failure here would end all shards of this region.
            Context.System.Log.Error(e, "{0}: The message extractor failed, dropping message [{1}]", _setup.TypeName, message.GetType());
            Drop(message, Sender);
            return true;
        }

        if (string.IsNullOrEmpty(shard))
        {
            Context.System.Log.Warning("{0}: Shard must not be empty, dropping message [{1}]", _setup.TypeName, message.GetType());
            Drop(message, Sender);
            return true;
        }

        var home = _homes.GetOrAdd(shard, out var isNew);
        if (isNew)
        {
            Ask(shard);
        }

        if (home.Ref is { } target)
        {
            target.Tell(message, Sender);
        }
        else if (!_homes.TryKeep(home, new Envelope(message, Sender)))
        {
            Context.System.Log.Warning("{0}: Buffer is full, dropping message of type [{1}]", _setup.TypeName, message.GetType());
            Drop(message, Sender);
        }

        return true;
    }

    private void HomeFound(string shard, IActorRef region)
    {
        if (_endedRegions.Contains(region))
        {
            return;
        }

        var home = _homes.GetOrAdd(shard, out _);
        if (region.Equals(Self))
        {
            if (IsProxy || home.Failed)
            {
                return;
            }

            if (_shards.TryGetValue(shard, out var here))
            {
                _homes.Settle(home, here);
            }
            else if (!TryHostAgain(shard))
            {
                StartShard(shard);
            }
        }
        else
        {
            if (_remoteRegions.Add(region))
            {
                Context.Watch(region);
            }

            _homes.Settle(home, region);
        }
    }

    private void StartShard(string shard)
    {
        if (_shards.ContainsKey(shard) || _homes.Find(shard) is not { } home)
        {
            return;
        }

        var actor = Context.Watch(Context.ActorOf(
            Props.Create(() => new Shard(shard, _setup)).WithDispatcher(Context.Props.Dispatcher), Uri.EscapeDataString(shard)));
        _shards.Add(shard, actor);
        _homes.Settle(home, actor);
    }

    /// <summary>
    /// The coordinator hears of it when all that was sent from here for the shard is where the shard is. The shard's own region takes what is on
    /// the way to it until the word to hand off comes, which is behind all of that.
    /// </summary>
    private void BeginHandOff(string shard)
    {
        if (_shards.ContainsKey(shard))
        {
            _coordinator!.Tell(new BeginHandOffAck(shard, Self), Self);
            return;
        }

        var home = _homes.Find(shard)?.Ref;
        _homes.Forget(shard);
        if (home is not null && _remoteRegions.Contains(home))
        {
            home.Tell(new HandOffFence(shard, Self, _coordinator!), Self);
        }
        else
        {
            _coordinator!.Tell(new BeginHandOffAck(shard, Self), Self);
        }
    }

    private void HandOff(string shard)
    {
        _homes.Forget(shard);
        if (_shards.Remove(shard, out var actor))
        {
            _leaving.Add(actor, (shard, false));
            actor.Tell(StopShard.Instance, Self);
        }
        else if (_leaving.Values.All(left => left.Shard != shard))
        {
            _coordinator!.Tell(new ShardStopped(shard, Self), Self);
        }
    }

    private void Ended(IActorRef ended)
    {
        if (ended.Equals(_coordinator))
        {
            _coordinator = null;
            RegisterAtOldest();
            return;
        }

        if (_leaving.Remove(ended, out var left))
        {
            if (left.HostAgain)
            {
                StartShard(left.Shard);
            }
            else
            {
                _coordinator?.Tell(new ShardStopped(left.Shard, Self), Self);
            }

            StopIfDone();
            return;
        }

        if (_remoteRegions.Remove(ended))
        {
            _endedRegions.Add(ended);
            _homes.ForgetAllAt(ended);
            return;
        }

        foreach (var (shard, actor) in _shards)
        {
            if (actor.Equals(ended))
            {
                ShardEnded(shard);
                break;
            }
        }
    }

    private void ShardEnded(string shard)
    {
        // It ended without being handed off: it is still ours, and starts again after a while.
        _shards.Remove(shard);
        if (_homes.Find(shard) is { } home)
        {
            home.Ref = null;
            home.Failed = true;
            Timers.StartSingleTimer("start " + shard, new StartAgain(shard), Tuning.ShardFailureBackoff);
        }

        StopIfDone();
    }

    /// <summary>A shard that is to start here while its last incarnation here has not ended waits for that.</summary>
    private bool TryHostAgain(string shard)
    {
        foreach (var (actor, left) in _leaving)
        {
            if (left.Shard == shard)
            {
                _leaving[actor] = (shard, true);
                return true;
            }
        }

        return false;
    }

    /// <summary>Registers where the coordinator is to be, soon after a change and then every retry-interval until one acknowledges.</summary>
    private void RegisterAtOldest()
    {
        if (_coordinator is not null || _oldest is null)
        {
            return;
        }

        var path = _oldest.UniqueAddress.Equals(_cluster.SelfUniqueAddress) ? _setup.CoordinatorPath : _oldest.Address + _setup.CoordinatorPath;
        Register(Context.ActorSelection(path));
    }

    private void Register(ICanTell coordinator)
    {
        if (IsProxy)
        {
            coordinator.Tell(new RegisterProxy(Self), Self);
        }
        else
        {
            var hosted = _shards.Keys.Concat(_leaving.Values.Where(left => left.HostAgain).Select(left => left.Shard)).Chunk(ShardsPerRegister).ToList();
            var stopping = _leaving.Values.Where(left => !left.HostAgain).Select(left => left.Shard).Chunk(ShardsPerRegister).ToList();
            var parts = Math.Max(1, Math.Max(hosted.Count, stopping.Count));
            for (var part = 0; part < parts; part++)
            {
                var register = new Register(
                    Self, hosted.ElementAtOrDefault(part) ?? [], stopping.ElementAtOrDefault(part) ?? [], part, part == parts - 1);
                coordinator.Tell(register, Self);
            }
        }

        Timers.StartSingleTimer(nameof(RegisterRetry), RegisterRetry.Instance, _registrationRetry);
        _registrationRetry = _registrationRetry * 2 < Tuning.RetryInterval ? _registrationRetry * 2 : Tuning.RetryInterval;
    }

    private void FollowMembers(Member changed)
    {
        if (changed.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && changed.Status is MemberStatus.Down or MemberStatus.Removed)
        {
            Context.System.Log.Info("{0}: This node is {1}: its region stops", _setup.TypeName, changed.Status);
            Context.Stop(Self);
            return;
        }

        var oldest = SingletonRole.Oldest(_cluster.State.Members, SingletonRole.OrNull(_setup.Settings.Role));
        if (!Equals(oldest, _oldest) || (changed.Status == MemberStatus.Up && changed.UniqueAddress.Equals(_cluster.SelfUniqueAddress)))
        {
            _oldest = oldest;
            _registrationRetry = FirstRegistrationRetry;
            RegisterAtOldest();
        }
    }

    private void Unregister()
    {
        if (_coordinator is not null)
        {
            Context.Unwatch(_coordinator);
            _coordinator = null;
        }
    }

    private void Registered(IActorRef coordinator)
    {
        if (_coordinator is not null)
        {
            return;
        }

        _coordinator = Context.Watch(coordinator);
        _registrationRetry = FirstRegistrationRetry;
        Timers.Cancel(nameof(RegisterRetry));
        RetryAll();
    }

    private void RetryAll()
    {
        if (_shuttingDown)
        {
            _coordinator?.Tell(new GracefulShutdownReq(Self), Self);
            StopIfDone();
        }

        foreach (var shard in _homes.Unknown)
        {
            Ask(shard);
        }
    }

    private void Ask(string shard) => _coordinator?.Tell(new GetShardHome(shard), Self);

    private void BeginShutdown()
    {
        _shuttingDown = true;
        _coordinator?.Tell(new GracefulShutdownReq(Self), Self);
        StopIfDone();
    }

    private void StopIfDone()
    {
        if (_shuttingDown && _shards.Count == 0 && _leaving.Count == 0 && (_homes.Waiting == 0 || (_coordinator is null && IsAlone())))
        {
            Context.Stop(Self);
        }
    }

    private bool IsAlone() => !_cluster.State.Members.Any(member =>
        SingletonRole.Fits(member, SingletonRole.OrNull(_setup.Settings.Role))
        && member.Status == MemberStatus.Up
        && !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress));

    private void DropWaiting(string shard)
    {
        if (_shuttingDown && _homes.Find(shard) is { Ref: null })
        {
            DropAll(_homes.GiveUp(shard));
            StopIfDone();
        }
    }

    private void DropAll(IEnumerable<Envelope> envelopes)
    {
        foreach (var envelope in envelopes)
        {
            Drop(envelope.Message, envelope.Sender!);
        }
    }

    private void Drop(object message, IActorRef sender) =>
        Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);

    /// <summary>Starts an entity without a message for it.</summary>
    public sealed class StartEntity(string entityId) : IClusterShardingSerializable, IEquatable<StartEntity>
    {
        public readonly string EntityId = entityId;

        public bool Equals(StartEntity? other) => other is not null && EntityId == other.EntityId;

        public override bool Equals(object? obj) => Equals(obj as StartEntity);

        public override int GetHashCode() => EntityId.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => $"StartEntity({EntityId})";
    }

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }

    private sealed class RegisterRetry
    {
        public static readonly RegisterRetry Instance = new();
    }

    private sealed record StartAgain(string Shard);
}
