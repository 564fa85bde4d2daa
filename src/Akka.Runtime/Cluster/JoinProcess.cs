using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>
/// Brings this node into a cluster; a child of the core while it is in none, and ends with the welcome.
/// <code>
///   seed nodes:  asking ──a member answers──▶ joining ──Welcome──▶ handed to the core      (after a second it asks them again:
///                  ▲  │                          │                                          the one that it joins may have died)
///                  │  │                          └─ no welcome for retry-unsuccessful-join-after ─▶ asking
///                  │  └─ first seed node: all others are in no cluster, or seed-node-timeout ─▶ FormCluster
///   address:     joining ──Welcome──▶ handed to the core
/// </code>
/// A Join is repeated until it is answered: the first may find an older incarnation of this node, which has to be removed before.
/// </summary>
internal sealed class JoinProcess : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan AskEveryMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnAfter = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<Address> _seeds;
    private readonly HashSet<Address> _unanswered;
    private readonly HashSet<Address> _asked = [];
    private readonly bool _mayForm;
    private readonly TimeSpan _askEvery;
    private TimeSpan _since;
    private TimeSpan _lastLog;
    private Address? _target;

    public JoinProcess(Cluster cluster, IReadOnlyList<Address> seeds, Address? target)
    {
        _cluster = cluster;
        _seeds = [.. seeds.Where(seed => !seed.Equals(cluster.SelfAddress)).Distinct()];
        _unanswered = [.. _seeds];
        _mayForm = seeds.Count > 0 && seeds[0].Equals(cluster.SelfAddress);
        _target = target;
        _askEvery = new[] { AskEveryMax, cluster.Settings.GossipInterval, cluster.Settings.SeedNodeTimeout }.Min();
        Receive<Tick>(_ => OnTick());
        Receive<InitJoinAck>(ack => Found(ack.From.Address), ack => _target is null || (MayTurn && !ack.From.Address.Equals(_target)));
        Receive<InitJoinNack>(nack => Refused(nack.From.Address), _ => _target is null);
        Receive<Welcome>(Welcomed);
        ReceiveAny(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    /// <summary>Whether another member than the one that was asked to let this node in is as good.</summary>
    private bool MayTurn => _seeds.Count > 0 && Clock - _since >= TurnAfter;

    protected override void PreStart() => Begin();

    private void Begin()
    {
        _since = _lastLog = Clock;
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _askEvery);
        Ask();
    }

    private void Ask()
    {
        if (_target is { } target)
        {
            AskToBeLetIn(target);
            if (!MayTurn)
            {
                return;
            }
        }

        foreach (var seed in _seeds)
        {
            _cluster.Peers.Tell(seed, ClusterPeers.Core, new InitJoin(_cluster.SelfUniqueAddress));
        }
    }

    private void AskToBeLetIn(Address member)
    {
        _asked.Add(member);
        _cluster.Peers.Tell(member, ClusterPeers.Core, new Join(_cluster.SelfUniqueAddress, _cluster.Settings.Roles));
    }

    private void OnTick()
    {
        var now = Clock;
        if (_target is null)
        {
            if (_mayForm && now - _since >= _cluster.Settings.SeedNodeTimeout)
            {
                _log.Info("Cluster Node [{0}] - no seed node in a cluster answered for {1}: forming one", _cluster.SelfAddress, _cluster.Settings.SeedNodeTimeout);
                Form();
                return;
            }

            if (now - _lastLog >= _cluster.Settings.SeedNodeTimeout)
            {
                _lastLog = now;
                _log.Warning(
                    "Couldn't join seed nodes after [{0}], will try again. seed-nodes=[{1}]; start one of them, the first if there is no cluster yet",
                    now - _since,
                    string.Join(", ", _seeds));
            }
        }
        else if (_cluster.Settings.RetryUnsuccessfulJoinAfter is { } limit && now - _since >= limit)
        {
            _log.Warning("Cluster Node [{0}] - [{1}] did not let this node in for {2}, starting over", _cluster.SelfAddress, _target, limit);
            if (_seeds.Count > 0)
            {
                _target = null;
                _unanswered.UnionWith(_seeds);
            }

            Begin();
            return;
        }

        Ask();
    }

    private void Found(Address member)
    {
        var isFirst = _target is null;
        _target = member;
        if (isFirst)
        {
            Begin();
        }
        else
        {
            AskToBeLetIn(member);
        }
    }

    private void Refused(Address seed)
    {
        // All others run and are in no cluster: there is nothing to wait for.
        if (_mayForm && _unanswered.Remove(seed) && _unanswered.Count == 0)
        {
            Form();
        }
    }

    private void Form()
    {
        Timers.CancelAll();
        Context.Parent.Tell(FormCluster.Instance, Self);
    }

    private void Welcomed(Welcome welcome)
    {
        if (!_asked.Contains(welcome.From.Address))
        {
            _log.Info("Cluster Node [{0}] - Ignoring welcome from [{1}] while joining [{2}]", _cluster.SelfAddress, welcome.From.Address, _target);
            return;
        }

        Timers.CancelAll();
        Context.Parent.Tell(welcome, Self);
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
