using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Knows where each shard of a type is, and decides where the next goes; one for all regions, a singleton of the cluster. Its state is in
/// memory: regions tell what they host when they register, so that one that starts anew learns it.
/// <code>
///   per shard:  unallocated ──GetShardHome──▶ asking the strategy ──▶ allocated: HostShard until ShardStarted ──rebalance──▶ moving
///                    ▲                                                    └──its region ended──┐                       │
///                    └─────────────────────────────────────────────────────────────────────────┴───────────────────────┘
/// </code>
/// Invariants: a shard has at most one region; while it moves, or its allocation is being decided, nobody is told a home for it.
/// </summary>
internal sealed class ShardCoordinator : ReceiveActor, IWithTimers
{
    private readonly Dictionary<IActorRef, ImmutableList<string>> _regions = [];
    private readonly HashSet<IActorRef> _proxies = [];
    private readonly Dictionary<string, IActorRef> _shards = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unstarted = new(StringComparer.Ordinal);

    /// <summary>Shards that the strategy is asked about, and who waits for the answer.</summary>
    private readonly Dictionary<string, HashSet<IActorRef>> _deciding = new(StringComparer.Ordinal);

    /// <summary>Shards that are being handed off, and who waits for their next home.</summary>
    private readonly Dictionary<string, HashSet<IActorRef>> _moving = new(StringComparer.Ordinal);
    private readonly HashSet<IActorRef> _shuttingDown = [];
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly string _typeName;
    private readonly ClusterShardingSettings _settings;
    private readonly IShardAllocationStrategy _strategy;
    private readonly string _regionPath;

    public ShardCoordinator(string typeName, ClusterShardingSettings settings, IShardAllocationStrategy strategy, string regionPath)
    {
        _typeName = typeName;
        _settings = settings;
        _strategy = strategy;
        _regionPath = regionPath;
        Receive<Register>(AddRegion);
        Receive<RegisterProxy>(AddProxy);
        Receive<GetShardHome>(request => FindHome(request.Shard, Sender));
        Receive<Allocated>(Allocate);
        Receive<ShardStarted>(started =>
        {
            _unstarted.Remove(started.Shard);
            Timers.Cancel(HostTimer(started.Shard));
        });
        Receive<HostAgain>(again => SendHost(again.Shard));
        Receive<RebalanceTick>(_ => Rebalance());
        Receive<RebalanceDecided>(decided => MoveAll(decided.Shards));
        Receive<HandOffDone>(Moved);
        Receive<GracefulShutdownReq>(request => BeginShutdown(request.Region));
        Receive<Terminated>(ended => RemoveRegion(ended.ActorRef));
        Receive<GetCurrentRegions>(_ =>
            Sender.Tell(new CurrentRegions(_regions.Keys.Select(region => RegionQueries.AddressOf(region, _cluster.SelfAddress)).ToImmutableHashSet()), Self));
        Receive<GetClusterShardingStats>(query =>
            RegionQueries.ClusterStatsAsync([.. _regions.Keys], _cluster.SelfAddress, query.Timeout).PipeTo(Sender, Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        switch (_strategy)
        {
            case IStartableAllocationStrategy startable:
                startable.Start();
                break;
            case IActorSystemDependentAllocationStrategy dependent:
                dependent.Start(Context.System);
                break;
        }

        Timers.StartPeriodicTimer(nameof(RebalanceTick), RebalanceTick.Instance, _settings.TuningParameters.RebalanceInterval);
        Context.ActorSelection(_regionPath).Tell(new CoordinatorStarted(Self), Self);
    }

    private static string HostTimer(string shard) => "host " + shard;

    private void AddRegion(Register register)
    {
        var region = register.Region;
        if (_regions.TryAdd(region, ImmutableList<string>.Empty))
        {
            Context.Watch(region);
        }

        foreach (var shard in register.Shards)
        {
            if (_shards.TryAdd(shard, region))
            {
                _regions[region] = _regions[region].Add(shard);
            }
        }

        region.Tell(new RegisterAck(Self), Self);
    }

    private void AddProxy(RegisterProxy register)
    {
        if (_proxies.Add(register.Proxy))
        {
            Context.Watch(register.Proxy);
        }

        register.Proxy.Tell(new RegisterAck(Self), Self);
    }

    private void FindHome(string shard, IActorRef requester)
    {
        if (_moving.TryGetValue(shard, out var waiting))
        {
            waiting.Add(requester);
        }
        else if (_shards.TryGetValue(shard, out var region))
        {
            requester.Tell(new ShardHome(shard, region), Self);
        }
        else if (_regions.Count == 0)
        {
            requester.Tell(new ShardHomeless(shard), Self);
        }
        else if (_regions.Count >= _cluster.Settings.MinNrOfMembers)
        {
            var open = _regions.Where(item => !_shuttingDown.Contains(item.Key))
                .ToImmutableDictionary(item => item.Key, item => (IImmutableList<string>)item.Value);
            if (open.IsEmpty)
            {
                requester.Tell(new ShardHomeless(shard), Self);
            }
            else if (_deciding.TryGetValue(shard, out var others))
            {
                others.Add(requester);
            }
            else
            {
                _deciding.Add(shard, [requester]);
                DecideAsync(shard, requester, open).PipeTo(Self);
            }
        }
    }

    private async Task<Allocated> DecideAsync(string shard, IActorRef requester, ImmutableDictionary<IActorRef, IImmutableList<string>> open)
    {
        try
        {
            return new Allocated(shard, await _strategy.AllocateShard(requester, shard, open).ConfigureAwait(false), null);
        }
        catch (Exception e)
        {
            return new Allocated(shard, null, e);
        }
    }

    private void Allocate(Allocated decision)
    {
        var (shard, region, cause) = decision;
        if (!_deciding.Remove(shard, out var requesters))
        {
            return;
        }

        if (region is null || !_regions.ContainsKey(region) || _shuttingDown.Contains(region))
        {
            Context.System.Log.Debug(
                "{0}: Shard [{1}] is not allocated: the strategy answered [{2}], which is no region that is open. {3}", _typeName, shard, region, cause);
            return;
        }

        // A region that registered meanwhile can have brought the shard with it.
        if (_shards.TryAdd(shard, region))
        {
            _regions[region] = _regions[region].Add(shard);
            _unstarted.Add(shard);
            SendHost(shard);
        }

        foreach (var requester in requesters)
        {
            FindHome(shard, requester);
        }
    }

    private void SendHost(string shard)
    {
        if (_unstarted.Contains(shard) && _shards.TryGetValue(shard, out var region))
        {
            region.Tell(new HostShard(shard), Self);
            Timers.StartSingleTimer(HostTimer(shard), new HostAgain(shard), _settings.TuningParameters.ShardStartTimeout);
        }
    }

    private void Rebalance()
    {
        if (_regions.Count == 0)
        {
            return;
        }

        var all = _regions.ToImmutableDictionary(item => item.Key, item => (IImmutableList<string>)item.Value);
        RebalanceAsync(all, _moving.Keys.ToImmutableHashSet()).PipeTo(Self);
    }

    private async Task<RebalanceDecided> RebalanceAsync(
        ImmutableDictionary<IActorRef, IImmutableList<string>> all, ImmutableHashSet<string> inProgress)
    {
        try
        {
            return new RebalanceDecided(await _strategy.Rebalance(all, inProgress).ConfigureAwait(false));
        }
        catch (Exception)
        {
            // The strategy is asked again at the next tick; until then nothing moves.
            return new RebalanceDecided(ImmutableHashSet<string>.Empty);
        }
    }

    private void MoveAll(IEnumerable<string> shards)
    {
        foreach (var shard in shards)
        {
            if (_shards.TryGetValue(shard, out var owner) && _moving.TryAdd(shard, []))
            {
                Timers.Cancel(HostTimer(shard));
                _unstarted.Remove(shard);
                var others = _regions.Keys.Concat(_proxies).ToImmutableHashSet();
                var timeout = _settings.TuningParameters.HandOffTimeout;
                Context.ActorOf(Props.Create(() => new HandOffWorker(shard, owner, others, timeout)));
            }
        }
    }

    private void Moved(HandOffDone done)
    {
        if (!_moving.Remove(done.Shard, out var waiting))
        {
            return;
        }

        if (done.Stopped)
        {
            Deallocate(done.Shard);
        }
        else if (_shards.TryGetValue(done.Shard, out var owner))
        {
            // It did not stop in time: it stays where it is.
            owner.Tell(new HostShard(done.Shard), Self);
            Context.System.Log.Warning("{0}: Shard [{1}] was not handed off in time and stays at [{2}]", _typeName, done.Shard, owner);
            if (_shuttingDown.Contains(owner))
            {
                MoveAll([done.Shard]);
            }
        }

        foreach (var requester in waiting)
        {
            FindHome(done.Shard, requester);
        }
    }

    private void BeginShutdown(IActorRef region)
    {
        if (_regions.TryGetValue(region, out var shards))
        {
            _shuttingDown.Add(region);
            MoveAll(shards);
        }
    }

    private void RemoveRegion(IActorRef region)
    {
        _proxies.Remove(region);
        _shuttingDown.Remove(region);
        if (_regions.Remove(region, out var shards))
        {
            foreach (var shard in shards)
            {
                _shards.Remove(shard);
                _unstarted.Remove(shard);
                Timers.Cancel(HostTimer(shard));
            }
        }
    }

    private void Deallocate(string shard)
    {
        if (_shards.Remove(shard, out var region) && _regions.TryGetValue(region, out var shards))
        {
            _regions[region] = shards.Remove(shard);
        }
    }

    private sealed record Allocated(string Shard, IActorRef? Region, Exception? Cause);

    private sealed record HostAgain(string Shard);

    private sealed record RebalanceDecided(IImmutableSet<string> Shards);

    private sealed class RebalanceTick
    {
        public static readonly RebalanceTick Instance = new();
    }
}
