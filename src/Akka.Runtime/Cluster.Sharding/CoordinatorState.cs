using System.Collections.Immutable;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Which shard is where, and what happens to it: the coordinator without its actor. Events in, effects out; no clock, no messages. A region is
/// whatever the caller knows it by.
/// <code>
///   per shard:  unallocated ──asked for──▶ deciding ──the strategy answered──▶ hosted ──moved, or its region shuts down──▶ moving
///                    ▲                        │ no usable answer                 │ its region is gone                        │ stopped, or its region is gone
///                    └────────────────────────┴──────────────────────────────────┴───────────────────────────────────────────┘
///   moving:     all regions keep what comes ──all acknowledged──▶ the owner stops it ──stopped──▶ unallocated;  too late ──▶ hosted, where it was
/// </code>
/// While it recovers, a shard that no region has brought is not decided on: its region may be about to register.
/// Invariants (<see cref="Verify"/>): a shard has at most one region, and each knows of the other; an unallocated or deciding shard has none;
/// nothing is decided during recovery. Nobody is told a home for a shard that is not hosted, or whose region is gone.
/// </summary>
internal sealed class CoordinatorState<TRegion>(int regionsMin)
    where TRegion : class
{
    private readonly Dictionary<TRegion, Region> _regions = [];
    private readonly HashSet<TRegion> _proxies = [];
    private readonly Dictionary<string, Shard> _shards = new(StringComparer.Ordinal);
    private readonly List<CoordinatorEffect<TRegion>> _effects = [];

    private enum Phase
    {
        Unallocated,
        Deciding,
        Hosted,
        Moving,
    }

    public bool IsRecovering { get; private set; } = true;

    public IReadOnlyCollection<TRegion> Regions => _regions.Keys;

    /// <summary>The shards that are being handed off.</summary>
    public ImmutableHashSet<string> Moving => _shards.Where(item => item.Value.Phase == Phase.Moving).Select(item => item.Key).ToImmutableHashSet();

    /// <summary>The regions that can take shards, with what they have.</summary>
    public ImmutableDictionary<TRegion, IImmutableList<string>> Open =>
        _regions.Where(item => item.Value.IsOpen).ToImmutableDictionary(item => item.Key, item => (IImmutableList<string>)item.Value.Shards);

    /// <summary>The homes that may be told, by region.</summary>
    public IEnumerable<(TRegion Region, IReadOnlyList<string> Shards)> Homes =>
        _regions.Where(item => !item.Value.IsGone)
            .Select(item => (item.Key, (IReadOnlyList<string>)[.. item.Value.Shards.Where(shard => _shards[shard].Phase == Phase.Hosted)]));

    /// <summary>A region is here, with the shards that it hosts and those that it is stopping.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> Registered(TRegion region, IReadOnlyCollection<string> hosted, IReadOnlyCollection<string> stopping)
    {
        if (!_regions.TryGetValue(region, out var state))
        {
            _regions.Add(region, state = new Region());
            Add(CoordinatorAction.Watch, region);
        }
        else if (state.IsGone)
        {
            return Done();
        }

        Add(CoordinatorAction.Acknowledge, region);
        foreach (var shard in hosted)
        {
            Brought(region, state, shard);
        }

        foreach (var shard in stopping)
        {
            BroughtStopping(region, state, shard);
        }

        foreach (var name in state.Shards)
        {
            var shard = _shards[name];
            if (shard is { Phase: Phase.Hosted, IsStarted: true } && !hosted.Contains(name))
            {
                shard.IsStarted = false;
                Add(CoordinatorAction.Host, region, name);
            }
        }

        return Done();
    }

    public IReadOnlyList<CoordinatorEffect<TRegion>> ProxyRegistered(TRegion proxy)
    {
        if (_proxies.Add(proxy))
        {
            Add(CoordinatorAction.Watch, proxy);
        }

        Add(CoordinatorAction.Acknowledge, proxy);
        return Done();
    }

    /// <summary>A region or proxy wants to know a shard's home.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> HomeAsked(string name, TRegion requester)
    {
        var shard = Get(name);
        if (shard.Phase == Phase.Hosted && !_regions[shard.Owner!].IsGone)
        {
            Add(CoordinatorAction.TellHome, requester, name, shard.Owner);
        }
        else
        {
            shard.Waiting.Add(requester);
            Decide(name, shard);
        }

        return Done();
    }

    /// <summary>The strategy has answered; null if it failed or had no answer.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> Decided(string name, TRegion? region)
    {
        if (!_shards.TryGetValue(name, out var shard) || shard.Phase != Phase.Deciding)
        {
            // A region that registered meanwhile has brought the shard with it.
            return Done();
        }

        if (region is null || !_regions.TryGetValue(region, out var state) || !state.IsOpen)
        {
            _shards.Remove(name);
            Add(CoordinatorAction.Undecided, region, name);
            return Done();
        }

        Allocate(name, shard, region, state, isStarted: false);
        Add(CoordinatorAction.Host, region, name);
        Announce(name, shard);
        return Done();
    }

    public IReadOnlyList<CoordinatorEffect<TRegion>> ShardStarted(string name, TRegion region)
    {
        if (_shards.TryGetValue(name, out var shard) && shard is { Phase: Phase.Hosted, IsStarted: false } && region.Equals(shard.Owner))
        {
            shard.IsStarted = true;
            Add(CoordinatorAction.Started, region, name);
        }

        return Done();
    }

    public IReadOnlyList<CoordinatorEffect<TRegion>> HostTimedOut(string name)
    {
        if (_shards.TryGetValue(name, out var shard) && shard is { Phase: Phase.Hosted, IsStarted: false })
        {
            Add(CoordinatorAction.Host, shard.Owner, name);
        }

        return Done();
    }

    public IReadOnlyList<CoordinatorEffect<TRegion>> Move(IEnumerable<string> shards)
    {
        foreach (var name in shards)
        {
            if (_shards.TryGetValue(name, out var shard) && shard.Phase == Phase.Hosted && !_regions[shard.Owner!].IsGone)
            {
                Move(name, shard);
            }
        }

        return Done();
    }

    /// <summary>What the region has sent to the shard so far is there; what comes now, it keeps.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> HandOffBegun(string name, TRegion region)
    {
        if (_shards.TryGetValue(name, out var shard))
        {
            Acknowledged(name, shard, region);
        }

        return Done();
    }

    public IReadOnlyList<CoordinatorEffect<TRegion>> ShardStopped(string name, TRegion region)
    {
        if (_shards.TryGetValue(name, out var shard) && shard.Phase == Phase.Moving && region.Equals(shard.Owner))
        {
            Deallocate(name, shard);
        }

        return Done();
    }

    public IReadOnlyList<CoordinatorEffect<TRegion>> HandOffTimedOut(string name)
    {
        if (_shards.TryGetValue(name, out var shard) && shard.Phase == Phase.Moving && _regions[shard.Owner!] is { IsGone: false } region)
        {
            (shard.Phase, shard.IsStarted) = (Phase.Hosted, false);
            shard.Unacknowledged.Clear();
            Add(CoordinatorAction.HandOffLate, shard.Owner, name);
            Add(CoordinatorAction.Host, shard.Owner, name);
            Announce(name, shard);
            if (region.IsShuttingDown)
            {
                Move(name, shard);
            }
        }

        return Done();
    }

    /// <summary>The region wants to be rid of its shards, to stop.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> ShutdownAsked(TRegion region)
    {
        if (_regions.TryGetValue(region, out var state))
        {
            state.IsShuttingDown = true;
            foreach (var name in state.Shards.Where(name => _shards[name].Phase == Phase.Hosted))
            {
                Move(name, _shards[name]);
            }
        }

        return Done();
    }

    /// <summary>The region's node is leaving: it gets no further shards.</summary>
    public void Close(TRegion region)
    {
        if (_regions.TryGetValue(region, out var state))
        {
            state.IsClosed = true;
        }
    }

    /// <summary>The region or proxy has ended; <paramref name="isNodeGone"/>: its node may yet run its shards for a while.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> RegionEnded(TRegion region, bool isNodeGone)
    {
        _proxies.Remove(region);
        if (_regions.TryGetValue(region, out var state))
        {
            state.IsGone = true;
            if (isNodeGone && !state.IsShuttingDown)
            {
                Add(CoordinatorAction.DelayRemoval, region);
            }
            else
            {
                Remove(region, state);
            }
        }

        foreach (var (name, shard) in _shards.ToList())
        {
            shard.Waiting.Remove(region);
            Acknowledged(name, shard, region);
        }

        return Done();
    }

    /// <summary>The margin after the end of the region has passed.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> RegionGone(TRegion region)
    {
        if (_regions.TryGetValue(region, out var state) && state.IsGone)
        {
            Remove(region, state);
        }

        return Done();
    }

    /// <summary>All regions that can be expected have registered, or have had their time.</summary>
    public IReadOnlyList<CoordinatorEffect<TRegion>> Recovered()
    {
        IsRecovering = false;
        foreach (var (name, shard) in _shards.ToList())
        {
            Decide(name, shard);
        }

        return Done();
    }

    /// <summary>What is wrong, or null.</summary>
    public string? Verify()
    {
        foreach (var (name, shard) in _shards)
        {
            var owned = shard.Phase is Phase.Hosted or Phase.Moving;
            if (owned != shard.Owner is not null)
            {
                return $"shard {name} is {shard.Phase} with the region {shard.Owner}";
            }

            if (owned && (!_regions.TryGetValue(shard.Owner!, out var region) || !region.Shards.Contains(name)))
            {
                return $"shard {name} is at {shard.Owner}, which does not know it";
            }

            if (IsRecovering && shard.Phase == Phase.Deciding)
            {
                return $"shard {name} is decided on during recovery";
            }
        }

        return _regions.SelectMany(item => item.Value.Shards.Where(shard => !item.Key.Equals(_shards.GetValueOrDefault(shard)?.Owner))
            .Select(shard => $"{item.Key} has shard {shard}, which is not there")).FirstOrDefault();
    }

    private void Brought(TRegion region, Region state, string name)
    {
        var shard = Get(name);
        if (shard.Owner is null)
        {
            Allocate(name, shard, region, state, isStarted: true);
            Announce(name, shard);
        }
        else if (!region.Equals(shard.Owner))
        {
            Add(CoordinatorAction.Conflict, region, name, shard.Owner);
        }
        else if (shard is { Phase: Phase.Hosted, IsStarted: false })
        {
            shard.IsStarted = true;
            Add(CoordinatorAction.Started, region, name);
        }
    }

    private void BroughtStopping(TRegion region, Region state, string name)
    {
        var shard = Get(name);
        if (shard.Owner is null)
        {
            Allocate(name, shard, region, state, isStarted: true);
        }

        if (region.Equals(shard.Owner) && shard.Phase == Phase.Hosted)
        {
            shard.Phase = Phase.Moving;
            shard.IsHandedOff = true;
            Add(CoordinatorAction.StartHandOffTimer, region, name);
        }
    }

    private void Allocate(string name, Shard shard, TRegion region, Region state, bool isStarted)
    {
        (shard.Phase, shard.Owner, shard.IsStarted) = (Phase.Hosted, region, isStarted);
        state.Shards = state.Shards.Add(name);
    }

    /// <summary>Tells everybody else where the shard is, so that they need not ask.</summary>
    private void Announce(string name, Shard shard)
    {
        foreach (var region in _regions.Where(item => !item.Value.IsGone).Select(item => item.Key).Concat(_proxies).Concat(shard.Waiting).Distinct())
        {
            if (!region.Equals(shard.Owner))
            {
                Add(CoordinatorAction.TellHome, region, name, shard.Owner);
            }
        }

        shard.Waiting.Clear();
    }

    private void Decide(string name, Shard shard)
    {
        if (IsRecovering || shard.Phase != Phase.Unallocated)
        {
            return;
        }

        if (shard.Waiting.Count == 0)
        {
            _shards.Remove(name);
        }
        else if (_regions.Values.Any(region => region.IsOpen))
        {
            if (_regions.Count >= regionsMin)
            {
                shard.Phase = Phase.Deciding;
                Add(CoordinatorAction.Decide, shard.Waiting[0], name);
            }
            else
            {
                _shards.Remove(name);
            }
        }
        else
        {
            foreach (var requester in shard.Waiting)
            {
                Add(CoordinatorAction.Homeless, requester, name);
            }

            _shards.Remove(name);
        }
    }

    private void Move(string name, Shard shard)
    {
        (shard.Phase, shard.IsHandedOff) = (Phase.Moving, false);
        shard.Unacknowledged.UnionWith(_regions.Where(item => !item.Value.IsGone).Select(item => item.Key).Concat(_proxies));
        foreach (var region in shard.Unacknowledged)
        {
            Add(CoordinatorAction.BeginHandOff, region, name);
        }

        Add(CoordinatorAction.StartHandOffTimer, shard.Owner, name);
    }

    private void Acknowledged(string name, Shard shard, TRegion region)
    {
        if (shard.Phase == Phase.Moving && shard.Unacknowledged.Remove(region) && shard is { Unacknowledged.Count: 0, IsHandedOff: false })
        {
            shard.IsHandedOff = true;
            Add(CoordinatorAction.HandOff, shard.Owner, name);
        }
    }

    private void Deallocate(string name, Shard shard)
    {
        if (_regions.TryGetValue(shard.Owner!, out var region))
        {
            region.Shards = region.Shards.Remove(name);
        }

        (shard.Phase, shard.Owner) = (Phase.Unallocated, null);
        shard.Unacknowledged.Clear();
        Add(CoordinatorAction.Deallocated, null, name);
        Decide(name, shard);
    }

    private void Remove(TRegion region, Region state)
    {
        _regions.Remove(region);
        foreach (var name in state.Shards)
        {
            var shard = _shards[name];
            shard.Waiting.Remove(region);
            Deallocate(name, shard);
        }
    }

    private Shard Get(string name)
    {
        if (!_shards.TryGetValue(name, out var shard))
        {
            _shards.Add(name, shard = new Shard());
        }

        return shard;
    }

    private void Add(CoordinatorAction action, TRegion? region, string? shard = null, TRegion? home = null) =>
        _effects.Add(new CoordinatorEffect<TRegion>(action, region, shard, home));

    private CoordinatorEffect<TRegion>[] Done()
    {
        CoordinatorEffect<TRegion>[] effects = [.. _effects];
        _effects.Clear();
        return effects;
    }

    private sealed class Region
    {
        public ImmutableList<string> Shards { get; set; } = ImmutableList<string>.Empty;

        public bool IsShuttingDown { get; set; }

        public bool IsClosed { get; set; }

        /// <summary>It has ended; its shards are free after the margin.</summary>
        public bool IsGone { get; set; }

        public bool IsOpen => !IsShuttingDown && !IsClosed && !IsGone;
    }

    private sealed class Shard
    {
        public Phase Phase { get; set; }

        public TRegion? Owner { get; set; }

        public bool IsStarted { get; set; }

        public bool IsHandedOff { get; set; }

        public HashSet<TRegion> Unacknowledged { get; } = [];

        /// <summary>Who asked for the home and has had no answer, the first first.</summary>
        public OrderedDistinct<TRegion> Waiting { get; } = [];
    }
}
