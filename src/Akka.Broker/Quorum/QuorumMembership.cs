using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Sharding;
using Akka.Cluster;

namespace Akka.Broker.Quorum;

/// <summary>
/// Tells its parent which brokers are reachable members of the cluster, oldest first, whenever that changes: in this order they claim when nobody leads. It keeps
/// its own state from the events, since the cluster's lags behind the event that is being handled.
/// </summary>
public sealed class QuorumMembership : ReceiveActor
{
    private readonly Cluster.Cluster _cluster = Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, Member> _members = [];
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private ImmutableArray<int> _last = [];

    public QuorumMembership()
    {
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            foreach (var member in state.Members)
                _members[member.UniqueAddress] = member;
            _unreachable.UnionWith(state.Unreachable.Select(m => m.UniqueAddress));
            Report();
        });
        Receive<ClusterEvent.UnreachableMember>(gone =>
        {
            _unreachable.Add(gone.Member.UniqueAddress);
            Report();
        });
        Receive<ClusterEvent.ReachableMember>(back =>
        {
            _unreachable.Remove(back.Member.UniqueAddress);
            Report();
        });
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            _members.Remove(removed.Member.UniqueAddress);
            _unreachable.Remove(removed.Member.UniqueAddress);
            Report();
        });
        Receive<ClusterEvent.IMemberEvent>(changed =>
        {
            _members[changed.Member.UniqueAddress] = changed.Member;
            Report();
        });
    }

    public static Props Props() => Akka.Actor.Props.Create(() => new QuorumMembership());

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private static int? BrokerOf(Member member)
    {
        foreach (var role in member.Roles)
        {
            if (BrokerShards.TryParseRole(role, out var id))
                return id;
        }
        return null;
    }

    private void Report()
    {
        var order = _members.Values
            .Where(m => m.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving)
            .Where(m => !_unreachable.Contains(m.UniqueAddress))
            .Order(Member.AgeOrdering)
            .Select(BrokerOf)
            .Where(id => id is not null)
            .Select(id => id!.Value)
            .Distinct()
            .ToImmutableArray();
        if (order.AsSpan().SequenceEqual(_last.AsSpan()))
            return;
        _last = order;
        Context.Parent.Tell(new CandidatesKnown(order));
    }
}
