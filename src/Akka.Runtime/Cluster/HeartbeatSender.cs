using System.Collections.Immutable;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>
/// Sends heartbeats to the members that the <see cref="HeartbeatRing"/> assigns to this node, and tells the failure detector of the answers.
/// <para>
/// A member that the ring takes away while it is suspected is asked on until it answers: its suspicion is this node's to withdraw.
/// </para>
/// <para>
/// A connection that ends is a reason to look: when the machine says that nothing listens at the member's address, its process is dead, and
/// there is no point in waiting for the detector. Silence of the machine says nothing; a connection says that the process may live.
/// </para>
/// </summary>
internal sealed class HeartbeatSender : ReceiveActor, IWithTimers
{
    private const int ProbesMax = 4;
    private static readonly TimeSpan ProbeAgainAfter = TimeSpan.FromMilliseconds(50);

    private readonly Cluster _cluster;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<UniqueAddress> _lingering = [];
    private readonly HashSet<UniqueAddress> _refused = [];
    private ImmutableHashSet<UniqueAddress> _watched = [];
    private long _sequence;

    public HeartbeatSender(Cluster cluster)
    {
        _cluster = cluster;
        Receive<MembershipChanged>(Change);
        Receive<HeartbeatResponse>(Answered);
        Receive<Tick>(_ => SendHeartbeats());
        Receive<ExpectAnswer>(Expect);
        Receive<DisassociatedEvent>(ended => Look(ended.RemoteAddress));
        Receive<AssociationErrorEvent>(
            failed => Refuse(WatchedAt(failed.RemoteAddress)),
            failed => failed.Cause is SocketException { SocketErrorCode: SocketError.ConnectionRefused });
        Receive<LookAgain>(Probe);
        Receive<Probed>(AfterProbe);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        var settings = _cluster.Settings;
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Longest(settings.PeriodicTasksInitialDelay, settings.HeartbeatInterval), settings.HeartbeatInterval);
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void Change(MembershipChanged change)
    {
        if (change.IsLast)
        {
            Timers.CancelAll();
            _watched = [];
            _lingering.Clear();
            _refused.Clear();
            return;
        }

        var gossip = change.Now.Gossip;
        var unreachable = gossip.Members
            .Where(member => !gossip.Reachability.IsReachable(_cluster.SelfUniqueAddress, member.UniqueAddress))
            .Select(member => member.UniqueAddress)
            .ToHashSet();
        var watched = HeartbeatRing.WatchedBy(
            _cluster.SelfUniqueAddress,
            gossip.Members.Select(member => member.UniqueAddress),
            unreachable,
            _cluster.Settings.MonitoredByNrOfMembers);
        foreach (var node in _watched.Except(watched))
        {
            if (gossip.Has(node) && unreachable.Contains(node))
            {
                _lingering.Add(node);
            }
            else
            {
                Forget(node, gossip);
            }
        }

        foreach (var node in _lingering.Where(node => !gossip.Has(node)).ToList())
        {
            _lingering.Remove(node);
            Forget(node, gossip);
        }

        _refused.RemoveWhere(node => !gossip.Has(node));
        _lingering.ExceptWith(watched);
        _watched = watched;
    }

    /// <summary>The detector goes by address: a new incarnation there keeps its own.</summary>
    private void Forget(UniqueAddress node, Gossip gossip)
    {
        if (!gossip.Members.Any(member => member.Address.Equals(node.Address) && member.UniqueAddress != node))
        {
            _cluster.FailureDetector.Remove(node.Address);
        }
    }

    private void SendHeartbeats()
    {
        if (_watched.IsEmpty && _lingering.Count == 0)
        {
            return;
        }

        _sequence++;
        foreach (var node in _watched)
        {
            Send(node);
        }

        foreach (var node in _lingering)
        {
            Send(node);
        }
    }

    private void Send(UniqueAddress node)
    {
        if (!_cluster.FailureDetector.IsMonitoring(node.Address) && !Timers.IsTimerActive(node))
        {
            // One that never answers must be noticed too.
            Timers.StartSingleTimer(node, new ExpectAnswer(node), _cluster.Settings.HeartbeatExpectedResponseAfter);
        }

        if (_cluster.Settings.VerboseHeartbeatLogging)
        {
            _log.Debug("Cluster Node [{0}] - Heartbeat to [{1}]", _cluster.SelfAddress, node.Address);
        }

        _cluster.Peers.Tell(node.Address, ClusterPeers.HeartbeatReceiver, new Heartbeat(_cluster.SelfUniqueAddress, node, _sequence));
    }

    private void Answered(HeartbeatResponse answer)
    {
        if (_refused.Remove(answer.From))
        {
            Context.Parent.Tell(new PeerAnswered(answer.From), Self);
        }

        if (_watched.Contains(answer.From))
        {
            _cluster.FailureDetector.Heartbeat(answer.From.Address);
        }
        else if (_lingering.Remove(answer.From))
        {
            _cluster.FailureDetector.Remove(answer.From.Address);
        }

        if (answer.From != answer.Meant && (_watched.Contains(answer.Meant) || _lingering.Contains(answer.Meant)))
        {
            Context.Parent.Tell(new IncarnationGone(answer.Meant), Self);
        }
    }

    private void Expect(ExpectAnswer expected)
    {
        if (_watched.Contains(expected.Node) && !_cluster.FailureDetector.IsMonitoring(expected.Node.Address))
        {
            _cluster.FailureDetector.Heartbeat(expected.Node.Address);
        }
    }

    private UniqueAddress? WatchedAt(Address address) => _watched.FirstOrDefault(node => node.Address.Equals(address));

    private void Look(Address address)
    {
        if (WatchedAt(address) is { } node)
        {
            Probe(new LookAgain(node, ProbesMax));
        }
    }

    private void Probe(LookAgain look)
    {
        if (_watched.Contains(look.Node) && !_refused.Contains(look.Node))
        {
            _cluster.Peers.IsRefusedAsync(look.Node.Address).PipeTo(
                Self, success: refused => new Probed(look.Node, look.Left - 1, refused), failure: _ => new Probed(look.Node, look.Left - 1, false));
        }
    }

    private void AfterProbe(Probed probed)
    {
        if (probed.IsRefused)
        {
            Refuse(probed.Node);
        }
        else if (probed.Left > 0)
        {
            // A process that dies loses its connections a moment before it stops listening.
            Timers.StartSingleTimer(("look", probed.Node), new LookAgain(probed.Node, probed.Left), ProbeAgainAfter);
        }
    }

    private void Refuse(UniqueAddress? node)
    {
        if (node is not null && _watched.Contains(node) && _refused.Add(node))
        {
            Context.Parent.Tell(new PeerRefused(node), Self);
        }
    }

    private sealed class Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    private sealed record ExpectAnswer(UniqueAddress Node);

    private sealed record LookAgain(UniqueAddress Node, int Left);

    private sealed record Probed(UniqueAddress Node, int Left, bool IsRefused);
}
