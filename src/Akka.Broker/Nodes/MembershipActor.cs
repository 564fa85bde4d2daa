using Akka.Actor;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Sharding;
using Akka.Cluster;
using Akka.Remote;

namespace Akka.Broker.Nodes;

/// <summary>What <see cref="MembershipActor"/> is made with.</summary>
/// <param name="Published">Where the view goes.</param>
/// <param name="State">Where this node's own place goes.</param>
/// <param name="Voters">The newest voter set of the metadata log.</param>
/// <param name="OnLost">This actor system is of no more use: why, and whether it was Up ever, not weakly alone. Called once, on the actor's thread.</param>
/// <param name="Time">For <paramref name="MinorityMax"/>.</param>
/// <param name="MinorityMax">For how long a member may be without a majority of the voters.</param>
public sealed record MembershipOptions(
    Membership Published, NodeStateSource State, Func<Replication.Quorum.VoterSet> Voters, Action<string, bool> OnLost, TimeProvider Time, TimeSpan MinorityMax);

/// <summary>
/// Keeps this node's view of the Akka cluster from its events (<c>Cluster.State</c> lags the event that is handled), for all of the node that go by it, and
/// notices when the node is out of it:
/// <code>
///   joining ── self up ──▶ member ── a majority of voters unreachable for MinorityMax ──▶ lost
///                                 ── removed or downed by the others ──────────────────▶ lost
///                                 ── quarantined by another's remoting ────────────────▶ lost
/// </code>
/// Lost is final: the node builds its actor system anew and asks the voters where the cluster is. Weakly up is a member, since it works.
/// <para>Invariants: the published view has no member that the last event of it has removed; <c>OnLost</c> is called at most once.</para>
/// </summary>
public sealed class MembershipActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(500);
    private readonly MembershipOptions _options;
    private readonly Cluster.Cluster _cluster = Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, Member> _members = [];
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private long _minoritySince = -1;
    private bool _isUp;
    private bool _wasUp;
    private bool _isLost;

    public MembershipActor(MembershipOptions options)
    {
        _options = options;
        Receive<ClusterEvent.MemberRemoved>(e => OnRemoved(e.Member));
        Receive<ClusterEvent.IMemberEvent>(e => OnMember(e.Member));
        Receive<ClusterEvent.UnreachableMember>(e =>
        {
            _members[e.Member.UniqueAddress] = e.Member;
            _unreachable.Add(e.Member.UniqueAddress);
            Publish();
        });
        Receive<ClusterEvent.ReachableMember>(e =>
        {
            _unreachable.Remove(e.Member.UniqueAddress);
            Publish();
        });
        Receive<ThisActorSystemQuarantinedEvent>(e => Lose($"{e.RemoteAddress} holds this node for dead and has shut it out"));
        Receive<Check>(_ => OnCheck());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MembershipOptions options) => Actor.Props.Create(() => new MembershipActor(options));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer(nameof(Check), Check.Instance, CheckInterval);
        Publish();
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnMember(Member member)
    {
        _members[member.UniqueAddress] = member;
        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
        {
            // Weakly up counts: becoming Up waits until an unreachable member is taken out.
            _isUp = member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;
            _wasUp |= member.Status is MemberStatus.Up;
            if (member.Status == MemberStatus.Down)
                Lose("the other nodes have taken it out of the cluster, since they did not reach it");
        }
        Publish();
    }

    private void OnRemoved(Member member)
    {
        _members.Remove(member.UniqueAddress);
        _unreachable.Remove(member.UniqueAddress);
        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
            Lose("the other nodes have removed it from the cluster");
        Publish();
    }

    private void Publish()
    {
        var view = new MembershipView([.. _members.Values.Order(Member.AgeOrdering).Select(ToBroker).OfType<BrokerMember>()]);
        _options.State.Membership = new MembershipFacts(_cluster.SelfAddress.ToString(), _isUp && !_isLost, view.Members.Length);
        _options.Published.Publish(view);
    }

    private BrokerMember? ToBroker(Member member)
    {
        foreach (var role in member.Roles)
        {
            if (BrokerShards.TryParseRole(role, out var nodeId))
                return new BrokerMember(nodeId, member.UniqueAddress, member.Status, !_unreachable.Contains(member.UniqueAddress));
        }
        return null;
    }

    private void OnCheck()
    {
        var voters = _options.Voters();
        var candidates = _options.Published.Current.Candidates;
        if (!_isUp || voters.IsEmpty || voters.All.Count(v => candidates.Contains(v.Id)) >= voters.Majority)
        {
            _minoritySince = -1;
            return;
        }
        if (_minoritySince < 0)
            _minoritySince = _options.Time.GetTimestamp();
        else if (_options.Time.GetElapsedTime(_minoritySince) >= _options.MinorityMax)
            Lose($"it has reached no majority of the voters {voters} for {_options.MinorityMax.TotalSeconds:0} s");
    }

    private void Lose(string reason)
    {
        if (_isLost)
            return;
        _isLost = true;
        // Nobody is to join at this address until the next life is a member.
        Publish();
        _options.OnLost(reason, _wasUp);
    }

    private sealed class Check
    {
        public static readonly Check Instance = new();
    }
}
