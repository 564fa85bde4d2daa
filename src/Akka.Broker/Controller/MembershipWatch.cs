using Akka.Actor;
using Akka.Broker.Sharding;
using Akka.Cluster;

namespace Akka.Broker.Controller;

/// <summary>
/// Tells its parent, the controller, which brokers are members of the cluster and which of them are unreachable, whenever that changes. It keeps its own
/// state from the events: the cluster's lags behind the event that is being handled. A member is a broker by its role <c>broker-N</c>. One that joins is
/// not a member yet, and one that has left its place, by itself or downed, is none any more.
/// </summary>
public sealed class MembershipWatch : ReceiveActor
{
    private readonly Cluster.Cluster _cluster = Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, int> _members = [];
    private readonly HashSet<UniqueAddress> _unreachable = [];

    public MembershipWatch()
    {
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            foreach (var member in state.Members)
                Note(member);
            _unreachable.UnionWith(state.Unreachable.Select(m => m.UniqueAddress));
            Report();
        });
        Receive<ClusterEvent.UnreachableMember>(unreachable =>
        {
            if (_unreachable.Add(unreachable.Member.UniqueAddress))
                Report();
        });
        Receive<ClusterEvent.ReachableMember>(reachable =>
        {
            if (_unreachable.Remove(reachable.Member.UniqueAddress))
                Report();
        });
        Receive<ClusterEvent.IMemberEvent>(changed =>
        {
            Note(changed.Member);
            Report();
        });
    }

    public static Props Props() => Akka.Actor.Props.Create(() => new MembershipWatch());

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

    private void Note(Member member)
    {
        if (BrokerOf(member) is not { } broker)
            return;
        if (member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving)
            _members[member.UniqueAddress] = broker;
        else
            _members.Remove(member.UniqueAddress);
        if (member.Status == MemberStatus.Removed)
            _unreachable.Remove(member.UniqueAddress);
    }

    /// <summary>An earlier incarnation of a node, unreachable and not yet removed, says nothing of the one that has taken its place.</summary>
    private void Report()
    {
        var unreachable = _members.Where(m => _unreachable.Contains(m.Key)).Select(m => m.Value);
        var reachable = _members.Where(m => !_unreachable.Contains(m.Key)).Select(m => m.Value);
        Context.Parent.Tell(new BrokerMembers(_members.Values.ToHashSet(), unreachable.Except(reachable).ToHashSet()));
    }
}
