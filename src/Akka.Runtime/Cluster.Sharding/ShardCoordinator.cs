using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Decides where each shard of a type is; one for all regions, a singleton of the cluster. <see cref="CoordinatorState{TRegion}"/> holds the rules, this
/// carries them out: it sends, watches, asks the strategy, and keeps the timers. The state is in memory: regions tell what they host when they
/// register, so that a coordinator that starts anew, here or on the next oldest node, learns it (<see cref="CoordinatorRecovery"/>).
/// </summary>
internal sealed class ShardCoordinator : ReceiveActor, IWithTimers
{
    private const int ShardsPerMessage = 500;

    private readonly Dictionary<IActorRef, (int Parts, List<string> Shards, List<string> Stopping)> _registering = [];
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly CoordinatorState<IActorRef> _state;
    private readonly CoordinatorRecovery _recovery;
    private readonly CoordinatorPlace _place;
    private readonly IShardAllocationStrategy _strategy;
    private bool _rebalancing;

    public ShardCoordinator(CoordinatorPlace place, IShardAllocationStrategy strategy)
    {
        _place = place;
        _strategy = strategy;
        var role = place.Settings.Role;
        var regionsMin = role is null ? _cluster.Settings.MinNrOfMembers : _cluster.Settings.MinNrOfMembersOfRole.GetValueOrDefault(role, 1);
        _state = new CoordinatorState<IActorRef>(regionsMin);
        _recovery = new CoordinatorRecovery(role);
        Receive<Register>(Register);
        Receive<RegisterProxy>(register => Apply(_state.ProxyRegistered(register.Proxy)), register => IsMember(register.Proxy));
        Receive<RegisterProxy>(_ => { });
        Receive<GetShardHome>(request => Apply(_state.HomeAsked(request.Shard, Sender)));
        Receive<Allocated>(Allocate);
        Receive<ShardStarted>(started => Apply(_state.ShardStarted(started.Shard, Sender)));
        Receive<HostAgain>(again => Apply(_state.HostTimedOut(again.Shard)));
        Receive<RebalanceTick>(_ => Rebalance());
        Receive<RebalanceDecided>(decided =>
        {
            _rebalancing = false;
            Apply(_state.Move(decided.Shards));
        });
        Receive<BeginHandOffAck>(ack => Apply(_state.HandOffBegun(ack.Shard, ack.Region)));
        Receive<ShardStopped>(stopped => Apply(_state.ShardStopped(stopped.Shard, stopped.Region)));
        Receive<HandOffTimedOut>(late => Apply(_state.HandOffTimedOut(late.Shard)));
        Receive<GracefulShutdownReq>(request => Apply(_state.ShutdownAsked(request.Region)));
        Receive<Terminated>(ended => Apply(_state.RegionEnded(ended.ActorRef, ended.AddressTerminated && Margin > TimeSpan.Zero)));
        Receive<RegionGone>(gone => Apply(_state.RegionGone(gone.Region)));
        Receive<ActorIdentity>(Identified);
        Receive<WaitingOver>(_ => WaitLessOrEnd());
        Receive<IClusterDomainEvent>(_ => FollowMembers());
        Receive<GetCurrentRegions>(_ => Sender.Tell(
            new CurrentRegions(_state.Regions.Select(region => RegionQueries.AddressOf(region, _cluster.SelfAddress)).ToImmutableHashSet()), Self));
        Receive<GetClusterShardingStats>(query =>
            RegionQueries.ClusterStatsAsync([.. _state.Regions], _cluster.SelfAddress, query.Timeout).PipeTo(Sender, Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TuningParameters Tuning => _place.Settings.TuningParameters;

    private TimeSpan Margin => _cluster.DowningProvider.DownRemovalMargin;

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

        Timers.StartPeriodicTimer(nameof(RebalanceTick), RebalanceTick.Instance, Tuning.RebalanceInterval);
        Timers.StartSingleTimer(nameof(WaitingOver), WaitingOver.Instance, Tuning.WaitingForStateTimeout);
        _recovery.Begin(_cluster.State.Members);
        foreach (var member in _cluster.State.Members.Where(member => member.Status is not (MemberStatus.Down or MemberStatus.Removed)))
        {
            Tell(member, _place.ProxyPath, new CoordinatorStarted(Self));
            if (_recovery.Awaits(member.Address))
            {
                Tell(member, _place.RegionPath, new CoordinatorStarted(Self));
                Tell(member, _place.RegionPath, new Identify(member.Address.ToString()));
            }
        }

        _cluster.Subscribe(
            Self, SubscriptionInitialStateMode.InitialStateAsEvents, typeof(IMemberEvent), typeof(IReachabilityEvent));
        EndRecoveryIfDone();
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Tell(Member member, string path, object message) =>
        Context.ActorSelection(member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) ? path : member.Address + path).Tell(message, Self);

    private void Register(Register register)
    {
        if (!IsMember(register.Region))
        {
            Context.System.Log.Debug("{0}: The region [{1}] is on no member that is up yet; it registers again", _place.TypeName, register.Region);
            return;
        }

        if (register.Part == 0)
        {
            _registering[register.Region] = (0, [], []);
        }

        if (!_registering.TryGetValue(register.Region, out var so) || so.Parts != register.Part)
        {
            return;
        }

        so.Shards.AddRange(register.Shards);
        so.Stopping.AddRange(register.Stopping);
        _registering[register.Region] = (so.Parts + 1, so.Shards, so.Stopping);
        if (register.IsLast)
        {
            _registering.Remove(register.Region);
            Apply(_state.Registered(register.Region, so.Shards.ToHashSet(StringComparer.Ordinal), so.Stopping));
            CloseIfLeaving(register.Region);
            _recovery.Registered(RegionQueries.AddressOf(register.Region, _cluster.SelfAddress));
            EndRecoveryIfDone();
        }
    }

    private bool IsMember(IActorRef region)
    {
        var address = RegionQueries.AddressOf(region, _cluster.SelfAddress);
        return _cluster.State.Members.Any(
            member => member.Address.Equals(address) && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting);
    }

    private void FollowMembers()
    {
        foreach (var region in _state.Regions)
        {
            CloseIfLeaving(region);
        }

        if (_state.IsRecovering)
        {
            _recovery.MembersAre(_cluster.State.Members, _cluster.State.Unreachable);
            EndRecoveryIfDone();
        }
    }

    private void CloseIfLeaving(IActorRef region)
    {
        var address = RegionQueries.AddressOf(region, _cluster.SelfAddress);
        if (!_cluster.State.Members.Any(member => member.Address.Equals(address) && member.Status == MemberStatus.Up))
        {
            _state.Close(region);
        }
    }

    private void Identified(ActorIdentity identity)
    {
        if (identity is { Subject: null, MessageId: string node })
        {
            // Its node has no region of this type yet; one that starts now brings no shards.
            _recovery.Registered(Address.Parse(node));
            EndRecoveryIfDone();
        }
    }

    private void WaitLessOrEnd()
    {
        if (!_state.IsRecovering)
        {
            return;
        }

        _recovery.MembersAre(_cluster.State.Members, _cluster.State.Unreachable);
        if (_recovery.TimePassed())
        {
            Timers.StartSingleTimer(nameof(WaitingOver), WaitingOver.Instance, Tuning.WaitingForStateTimeout);
        }

        EndRecoveryIfDone();
    }

    private void EndRecoveryIfDone()
    {
        if (_state.IsRecovering && _recovery.IsOver)
        {
            Timers.Cancel(nameof(WaitingOver));
            Context.System.Log.Info(
                "{0}: The coordinator knows {1} regions, with {2} shards; not heard of: [{3}]",
                _place.TypeName,
                _state.Regions.Count,
                _state.Homes.Sum(home => home.Shards.Count),
                string.Join(", ", _recovery.GivenUp));
            Apply(_state.Recovered());
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
        if (decision.Cause is not null)
        {
            Context.System.Log.Debug("{0}: The strategy has no home for shard [{1}]: {2}", _place.TypeName, decision.Shard, decision.Cause);
        }

        Apply(_state.Decided(decision.Shard, decision.Region));
    }

    private void Rebalance()
    {
        if (_state.Verify() is { } wrong)
        {
            // The regions know better: their coordinator starts anew and learns from them.
            throw new InvalidOperationException($"{_place.TypeName}: the coordinator's state contradicts itself: {wrong}");
        }

        if (_rebalancing || _state.IsRecovering || _state.Open.IsEmpty)
        {
            return;
        }

        _rebalancing = true;
        RebalanceAsync(_state.Open, _state.Moving).PipeTo(Self);
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

    private void Apply(IReadOnlyList<CoordinatorEffect<IActorRef>> effects)
    {
        foreach (var effect in effects)
        {
            Apply(effect.Action, effect.Region!, effect.Shard!, effect.Home!);
        }
    }

    private void Apply(CoordinatorAction action, IActorRef region, string shard, IActorRef home)
    {
        switch (action)
        {
            case CoordinatorAction.Acknowledge:
                Acknowledge(region);
                break;
            case CoordinatorAction.Watch:
                Context.Watch(region);
                break;
            case CoordinatorAction.Decide:
                DecideAsync(shard, region, _state.Open).PipeTo(Self);
                break;
            case CoordinatorAction.Undecided:
                Context.System.Log.Debug(
                    "{0}: Shard [{1}] is not allocated: the strategy answered [{2}], which is no region that is open", _place.TypeName, shard, region);
                break;
            case CoordinatorAction.TellHome:
                region.Tell(new ShardHome(shard, home), Self);
                break;
            case CoordinatorAction.Homeless:
                region.Tell(new ShardHomeless(shard), Self);
                break;
            case CoordinatorAction.Host:
                region.Tell(new HostShard(shard), Self);
                Timers.StartSingleTimer(shard, new HostAgain(shard), Tuning.ShardStartTimeout);
                break;
            case CoordinatorAction.BeginHandOff:
                region.Tell(new BeginHandOff(shard), Self);
                break;
            case CoordinatorAction.HandOff:
                region.Tell(new HandOff(shard), Self);
                break;
            case CoordinatorAction.StartHandOffTimer:
                // The shard kills what has not stopped in its time; this is for what comes on top.
                Timers.StartSingleTimer(shard, new HandOffTimedOut(shard), Tuning.HandOffTimeout + TimeSpan.FromSeconds(1));
                break;
            case CoordinatorAction.HandOffLate:
                Context.System.Log.Warning("{0}: Shard [{1}] was not handed off in time and stays at [{2}]", _place.TypeName, shard, region);
                break;
            case CoordinatorAction.Started or CoordinatorAction.Deallocated:
                Timers.Cancel(shard);
                break;
            case CoordinatorAction.Conflict:
                Context.System.Log.Warning(
                    "{0}: The region [{1}] came too late with shard [{2}], which is at [{3}] now; it stops the shard", _place.TypeName, region, shard, home);
                region.Tell(new HandOff(shard), Self);
                break;
            case CoordinatorAction.DelayRemoval:
                Timers.StartSingleTimer(region, new RegionGone(region), Margin);
                break;
        }
    }

    private void Acknowledge(IActorRef region)
    {
        region.Tell(new RegisterAck(Self), Self);
        foreach (var (home, shards) in _state.Homes.Where(item => !item.Region.Equals(region)))
        {
            foreach (var some in shards.Chunk(ShardsPerMessage))
            {
                region.Tell(new ShardHomes(home, some), Self);
            }
        }
    }

    private sealed record Allocated(string Shard, IActorRef? Region, Exception? Cause);

    private sealed record HostAgain(string Shard);

    private sealed record HandOffTimedOut(string Shard);

    private sealed record RegionGone(IActorRef Region);

    private sealed record RebalanceDecided(IImmutableSet<string> Shards);

    private sealed class RebalanceTick
    {
        public static readonly RebalanceTick Instance = new();
    }

    private sealed class WaitingOver
    {
        public static readonly WaitingOver Instance = new();
    }
}
