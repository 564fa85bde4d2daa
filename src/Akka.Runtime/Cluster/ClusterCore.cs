using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>
/// Owns this node's view of the membership. What it decides is worked out by <see cref="GossipExchange"/>, <see cref="Membership"/> and
/// <see cref="LeaderDuties"/>; here it is carried out.
/// <code>
///   in no cluster ──JoinProcess: Welcome, or forms one──▶ member ──removed, down, or exiting and done──▶ over
/// </code>
/// Each new view goes to the <see cref="ClusterEventPublisher"/> and the <see cref="HeartbeatSender"/>, in order. A change is told to a few
/// who lack it at once, and the leader acts as soon as all agree; the periodic ticks carry on what got lost.
/// <para>
/// Invariants: while a member, the view has this node in it; once over, nothing changes any more.
/// </para>
/// </summary>
internal sealed class ClusterCore : ReceiveActor, IWithTimers
{
    private const int TicksWhileDownMax = 5;
    private const int TombstonesMax = 500;
    private const int LeaderComplaintEvery = 60;
    private static readonly TimeSpan TombstonesKept = TimeSpan.FromHours(24);

    private readonly Cluster _cluster;
    private readonly IActorRef _publisher;
    private readonly IActorRef _heartbeats;
    private readonly ClusterLog _log;
    private readonly JoinAttempts _joining;
    private readonly Reaper _reaper;
    private readonly GossipOutbox _gossip;
    private readonly HashSet<UniqueAddress> _confirmedGone = [];
    private readonly List<IActorRef> _waitForExiting = [];
    private Membership _now;
    private int _ticksWithoutConvergence;
    private int _ticksWhileDown;
    private bool _isExiting;
    private bool _wasLeader;
    private bool _over;

    public ClusterCore(Cluster cluster, IActorRef publisher, IActorRef heartbeats)
    {
        _cluster = cluster;
        _publisher = publisher;
        _heartbeats = heartbeats;
        _log = new ClusterLog(Context.GetLogger(), cluster);
        _joining = new JoinAttempts(cluster, Context, () => Timers, _log);
        _reaper = new Reaper(cluster.Settings, cluster.FailureDetector, cluster.SelfUniqueAddress);
        _gossip = new GossipOutbox(cluster);
        _now = Membership.Empty(cluster.SelfUniqueAddress);

        Receive<JoinTo>(join => _joining.ToAddress(join.Address, MayJoin(join.Address.ToString())));
        Receive<JoinSeeds>(join => _joining.ToSeedNodes(join.Seeds, MayJoin(string.Join(", ", join.Seeds))));
        Receive<FormCluster>(_ => Form());
        Receive<LeaveNode>(leave => Leave(leave.Address));
        Receive<DownNode>(down => Down(down.Address));
        Receive<LeaveAndAnswer>(_ => LeaveAndAnswer());
        Receive<ExitingCompleted>(_ => ExitingDone());
        Receive<GiveUpJoining>(_ => _joining.GiveUp());

        Receive<GossipEnvelope>(OnGossip);
        Receive<GossipStatus>(OnStatus);
        Receive<Join>(OnJoin);
        Receive<InitJoin>(asked => _cluster.Peers.Tell(
            asked.From.Address, ClusterPeers.Core, MayLetIn ? new InitJoinAck(Self_) : new InitJoinNack(Self_)));
        Receive<InitJoinAck>(ack => _joining.Process?.Tell(ack, Self));
        Receive<InitJoinNack>(nack => _joining.Process?.Tell(nack, Self));
        Receive<Welcome>(OnWelcome);
        Receive<ExitingConfirmed>(OnExitingConfirmed);
        Receive<IncarnationGone>(gone => Terminate(gone.Node, "another process answers at its address"));
        Receive<PeerRefused>(refused => Lose(refused.Node));
        Receive<PeerAnswered>(answered => _reaper.Regain(answered.Node));
        Receive<QuarantinedEvent>(quarantined => Terminate(new UniqueAddress(quarantined.Address, quarantined.Uid), "it is quarantined"));

        Receive<GossipTick>(_ => OnGossipTick());
        Receive<SpreadTick>(_ => Spread());
        Receive<LeaderTick>(_ => OnLeaderTick());
        Receive<ReapTick>(_ => Reap());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private UniqueAddress Self_ => _cluster.SelfUniqueAddress;

    private ClusterSettings Settings => _cluster.Settings;

    private TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    private bool MayLetIn => !_over && _now.Me is { Status: not (MemberStatus.Down or MemberStatus.Exiting) };

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(QuarantinedEvent));
        if (Settings.SeedNodes.Count > 0)
        {
            _joining.ToSeedNodes(Settings.SeedNodes, mayJoin: true);
        }
    }

    // ---- joining

    private bool MayJoin(string where)
    {
        if (_over || _now.Me is not null)
        {
            _log.Info("not joining [{0}]: {1}", where, _over ? "this node has left its cluster, a new actor system can join" : "already a member");
            return false;
        }

        return true;
    }

    private void Form()
    {
        if (_now.Me is null && !_over)
        {
            _log.Info("is JOINING itself (with roles [{0}]) and forming a new cluster", string.Join(", ", Settings.Roles));
            StartTicks();
            var me = new Member(Self_, int.MaxValue, MemberStatus.Joining, Settings.Roles);
            Become(_now.Gossip.With(me).NextVersion(Self_));
        }
    }

    private void OnWelcome(Welcome welcome)
    {
        if (_now.Me is not null || _over)
        {
            return;
        }

        if (!ReferenceEquals(Sender, _joining.Process))
        {
            _joining.Process?.Tell(welcome, Self);
        }
        else if (welcome.Gossip.Has(Self_))
        {
            _log.Info("Welcome from [{0}]", welcome.From.Address);
            StartTicks();
            Become(welcome.Gossip.SeenBy(Self_));
            _gossip.Send(_now, welcome.From);
        }
    }

    private void StartTicks()
    {
        _joining.End();
        _reaper.Start(Clock);
        StartTick(GossipTick.Instance, Settings.GossipInterval);
        StartTick(LeaderTick.Instance, Settings.LeaderActionsInterval);
        StartTick(ReapTick.Instance, Settings.UnreachableNodesReaperInterval);
    }

    private void StartTick(object tick, TimeSpan interval) => Timers.StartPeriodicTimer(
        tick.GetType().Name, tick, Settings.PeriodicTasksInitialDelay > interval ? Settings.PeriodicTasksInitialDelay : interval, interval);

    private void OnJoin(Join join)
    {
        var node = join.Node;
        if (!MayLetIn)
        {
            _log.Info("ignoring the join of [{0}]: this node is {1}", node.Address, _now.Me?.Status.ToString() ?? "in no cluster");
            return;
        }

        if (node.Address.Protocol != _cluster.SelfAddress.Protocol || node.Address.System != _cluster.SelfAddress.System)
        {
            _log.Warning("a member with another system name or protocol wants to join and is ignored; this is [{0}], that [{1}]", _cluster.SelfAddress, node.Address);
            return;
        }

        if (_now.Gossip.Tombstones.ContainsKey(node))
        {
            _log.Info("ignoring the join of [{0}]: that incarnation was removed; its actor system has to be started anew", node);
            return;
        }

        if (_now.Gossip.Has(node))
        {
            Greet(node);
            return;
        }

        var older = _now.Members.Where(member => member.Address.Equals(node.Address)).ToList();
        if (older.Count > 0)
        {
            Replace(older);
            return;
        }

        _log.Info("Node [{0}] is JOINING, roles [{1}]", node.Address, string.Join(", ", join.Roles));
        var joining = new Member(node, int.MaxValue, MemberStatus.Joining, join.Roles);
        Become(_now.Gossip.With(joining).NextVersion(Self_));
        Greet(node);
    }

    private void Greet(UniqueAddress node) => _cluster.Peers.Tell(node.Address, ClusterPeers.Core, new Welcome(Self_, _now.Gossip));

    /// <summary>
    /// Another incarnation has these members' address, so they are gone; it joins again until they are removed.
    /// </summary>
    private void Replace(List<Member> older)
    {
        foreach (var member in older.Where(member => member.Status != MemberStatus.Down))
        {
            _log.Info("a new incarnation of [{0}] wants to join: the one before (uid {1}) is downed", member.Address, member.UniqueAddress.Uid);
        }

        var next = _now.Gossip.Supersede(older, Self_);
        if (!next.HasContentOf(_now.Gossip))
        {
            Become(next.NextVersion(Self_));
        }
    }

    // ---- leaving, downing

    private void Leave(Address address)
    {
        if (_over || _now.Gossip.Find(address) is not { Status: MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up } member)
        {
            return;
        }

        _log.Info("Marked address [{0}] as [Leaving]", address);
        Become(_now.Gossip.With(member.Copy(MemberStatus.Leaving)).NextVersion(Self_));
    }

    private void LeaveAndAnswer()
    {
        if (_over || _now.Me is not { Status: not (MemberStatus.Exiting or MemberStatus.Down) })
        {
            Sender.Tell(Done.Instance, Self);
            return;
        }

        _waitForExiting.Add(Sender);
        Leave(_cluster.SelfAddress);
    }

    private void ExitingDone()
    {
        if (!_over && _now.Me is not null)
        {
            _log.Info("Exiting completed");
            _gossip.Farewell(_now);
            End();
        }

        Sender.Tell(Done.Instance, Self);
    }

    private void Down(Address address)
    {
        if (_over || _now.Gossip.Find(address) is not { } member)
        {
            _log.Info("Ignoring down of unknown node [{0}]", address);
            return;
        }

        if (member.Status != MemberStatus.Down)
        {
            _log.Info("Marking {0}node [{1}] as [Down]", _now.IsReachable(member.UniqueAddress) ? "" : "unreachable ", address);
            Become(_now.Gossip.Down(member).NextVersion(Self_));
        }
    }

    private void Terminate(UniqueAddress node, string why)
    {
        if (!_over && _now.Gossip.Has(node) && _now.Gossip.Reachability.StatusOf(Self_, node) != ReachabilityStatus.Terminated)
        {
            _log.Warning("Marking node as TERMINATED [{0}] (uid {1}): {2}", node.Address, node.Uid, why);
            Become((_now.Gossip with { Reachability = _now.Gossip.Reachability.Terminated(Self_, node) }).NextVersion(Self_));
        }
    }

    private void OnExitingConfirmed(ExitingConfirmed confirmed)
    {
        if (!_over && _now.Gossip.Find(confirmed.Node) is { Status: MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down })
        {
            _confirmedGone.Add(confirmed.Node);
            Lead();
        }
    }

    private void End()
    {
        _over = true;
        _joining.End();
        Timers.CancelAll();
        AnswerExiting();
        var last = new MembershipChanged(_now.WithoutMe(), IsLast: true);
        _publisher.Tell(last, Self);
        _heartbeats.Tell(last, Self);
    }

    private void EndByDowning()
    {
        End();
        if (Settings.RunCoordinatedShutdownWhenDown)
        {
            _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        }
    }

    private void AnswerExiting()
    {
        foreach (var waiting in _waitForExiting)
        {
            waiting.Tell(Done.Instance, Self);
        }

        _waitForExiting.Clear();
    }

    // ---- gossip

    private void OnGossip(GossipEnvelope envelope)
    {
        var remote = envelope.Gossip;
        if (envelope.ArrivedAt is { } arrived && Clock - arrived > Settings.GossipTimeToLive)
        {
            return;
        }

        if (!IsFromPeer(envelope.From, envelope.To))
        {
            if (envelope.To == Self_ && MayLetIn && GossipExchange.Joiner(_now.Gossip, remote, envelope.From, Self_) is { } joiner)
            {
                OnJoin(new Join(joiner.UniqueAddress, joiner.Roles));
            }

            return;
        }

        if (remote.Tombstones.ContainsKey(Self_))
        {
            _log.Warning("was removed from the cluster, as [{0}] tells", envelope.From.Address);
            EndByDowning();
            return;
        }

        if (!remote.Has(Self_))
        {
            _log.Info("Ignoring received gossip that does not contain myself, from [{0}]", envelope.From.Address);
            return;
        }

        var exchange = GossipExchange.Receive(_now.Gossip, remote, Self_);
        if (Settings.VerboseGossipReceivedLogging)
        {
            _log.Debug("Received gossip from [{0}], which was {1}: {2}", envelope.From.Address, exchange.Outcome, remote);
        }

        Become(exchange.Winner);
        if (exchange.TalkBack && !_over)
        {
            _gossip.Send(_now, envelope.From);
        }
    }

    private void OnStatus(GossipStatus status)
    {
        if (IsFromPeer(status.From, status.To) && status.Digest != GossipDigest.Of(_now.Gossip))
        {
            _gossip.Send(_now, status.From);
        }
    }

    private bool IsFromPeer(UniqueAddress from, UniqueAddress to)
    {
        if (_over || _now.Me is null || to != Self_ || from == Self_)
        {
            return false;
        }

        if (_now.Gossip.Tombstones.ContainsKey(from))
        {
            // It does not know yet; the view that has no place for it tells.
            _gossip.Send(_now, from);
            return false;
        }

        // Strangers could bring another cluster's members; whom this node cannot reach must answer heartbeats first.
        return _now.Gossip.Has(from) && _now.Gossip.Reachability.IsReachable(Self_, from);
    }

    private void OnGossipTick()
    {
        if (_now.Me is { Status: MemberStatus.Down })
        {
            LeaveWhenDown();
        }

        if (!_over)
        {
            _gossip.Tick(_now);
        }
    }

    private void Spread()
    {
        if (_gossip.Spread(_now))
        {
            ArmSpread();
        }
    }

    private void ArmSpread()
    {
        if (!Timers.IsTimerActive(nameof(SpreadTick)))
        {
            var delay = Settings.GossipInterval / 10;
            Timers.StartSingleTimer(nameof(SpreadTick), SpreadTick.Instance, delay < TimeSpan.FromMilliseconds(100) ? delay : TimeSpan.FromMilliseconds(100));
        }
    }

    // ---- the leader's and the reaper's turns

    private void OnLeaderTick()
    {
        var kept = Context.System.Scheduler.Now - TombstonesKept;
        var gossip = _now.Gossip.ForgetTombstones(kept.ToUnixTimeMilliseconds(), TombstonesMax);
        _now = ReferenceEquals(gossip, _now.Gossip) ? _now : new Membership(gossip, Self_);
        if (!_now.IsLeader || _now.HasConverged(_confirmedGone))
        {
            _ticksWithoutConvergence = 0;
            Lead();
            return;
        }

        _ticksWithoutConvergence++;
        if (Settings.AllowWeaklyUpMembers && _ticksWithoutConvergence * Settings.LeaderActionsInterval >= Settings.WeaklyUpAfter)
        {
            Carry(LeaderDuties.WithoutConvergence(_now, Settings));
        }

        if (_ticksWithoutConvergence % LeaderComplaintEvery == LeaderComplaintEvery / 3)
        {
            _log.Info(
                "Leader can currently not perform its duties: {0}; seen by {1} of {2} members. Down the unreachable ones, or bring them back",
                _now.Gossip.Reachability,
                _now.Gossip.Seen.Count,
                _now.Members.Count);
        }
    }

    private void Lead()
    {
        if (_now.IsLeader && _now.HasConverged(_confirmedGone))
        {
            var now = Context.System.Scheduler.Now.ToUnixTimeMilliseconds();
            Carry(LeaderDuties.OnConvergence(_now, _confirmedGone, Settings, now));
        }
    }

    private void Carry(LeaderDuties duties)
    {
        if (duties.IsNothing)
        {
            return;
        }

        foreach (var member in duties.Changed)
        {
            _log.Info("Leader is moving node [{0}] to [{1}]", member.Address, member.Status);
        }

        foreach (var member in duties.Removed)
        {
            _log.Info("Leader is removing {0} node [{1}] (uid {2})", member.Status, member.Address, member.UniqueAddress.Uid);
        }

        Become(duties.Next);
    }

    private void Reap()
    {
        if (_reaper.StoodStill(Clock) is { } standstill)
        {
            _log.Warning("stood still for about {0}; forgetting how long others have been silent", standstill);
            _reaper.Forget(_now.Gossip);
        }
        else
        {
            Observe(_now.Members);
        }
    }

    private void Lose(UniqueAddress node)
    {
        if (!_over && _now.Gossip.Find(node) is { } member && _reaper.Lose(node))
        {
            _log.Warning("nothing listens at [{0}] any more", node.Address);
            Observe([member]);
        }
    }

    /// <summary>Says of some members whether this node can reach them.</summary>
    private void Observe(IEnumerable<Member> members)
    {
        var (before, after) = (_now.Gossip.Reachability, _reaper.Observe(_now.Gossip, members));
        if (!ReferenceEquals(before, after))
        {
            _log.Reachability(_now.Members, before, after);
            Become((_now.Gossip with { Reachability = after }).NextVersion(Self_));
        }
    }

    // ---- a new view

    private void Become(Gossip next)
    {
        var before = _now;
        _now = new Membership(WithoutFormerSelf(next), Self_);
        foreach (var member in _now.Members)
        {
            if (!ReferenceEquals(before.Members, _now.Members) && !before.Gossip.Has(member.UniqueAddress))
            {
                // Another incarnation at that address may have been suspected.
                _cluster.FailureDetector.Remove(member.Address);
            }
        }

        _confirmedGone.RemoveWhere(node => !_now.Gossip.Has(node));
        _reaper.Keep(_now.Gossip);
        _publisher.Tell(new MembershipChanged(_now, IsLast: false), Self);
        _heartbeats.Tell(new MembershipChanged(_now, IsLast: false), Self);
        if (_wasLeader != _now.IsLeader)
        {
            _wasLeader = _now.IsLeader;
            _log.Info(_wasLeader ? "is the new leader among reachable nodes (more leaders may exist)" : "is no longer leader");
        }

        if (_gossip.ShouldSpread(before, _now))
        {
            ArmSpread();
        }

        FollowOwnStatus();
        if (!_over)
        {
            Lead();
        }
    }

    /// <summary>Another incarnation at this node's own address can only be an earlier one.</summary>
    private Gossip WithoutFormerSelf(Gossip gossip)
    {
        var former = gossip.Members.Where(member => member.Address.Equals(_cluster.SelfAddress) && member.UniqueAddress != Self_);
        var next = gossip.Supersede(former, Self_);
        return next.HasContentOf(gossip) ? gossip : next.NextVersion(Self_);
    }

    private void FollowOwnStatus()
    {
        switch (_now.Me?.Status)
        {
            case MemberStatus.Exiting when !_isExiting:
                _isExiting = true;
                AnswerExiting();
                _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
                break;
            case MemberStatus.Down:
                AnswerExiting();
                if (_now.Members.Count == 1)
                {
                    LeaveWhenDown();
                }

                break;
            case null:
                EndByDowning();
                break;
        }
    }

    /// <summary>
    /// A downed node stays for a few ticks, unless the others that are downed know: who downs itself along with others has yet to tell them.
    /// </summary>
    private void LeaveWhenDown()
    {
        _ticksWhileDown++;
        var downed = _now.Members.Where(member => member.Status == MemberStatus.Down).Select(member => member.UniqueAddress);
        if (_ticksWhileDown > TicksWhileDownMax || downed.All(node => node == Self_ || !_now.IsReachable(node) || _now.Gossip.Seen.Contains(node)))
        {
            _log.Warning("was downed and ends its membership");
            _gossip.Farewell(_now);
            EndByDowning();
        }
    }
}
