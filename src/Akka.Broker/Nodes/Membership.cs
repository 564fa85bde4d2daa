using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Akka.Broker.Nodes;

/// <summary>A broker as Akka's cluster shows it: one incarnation of it.</summary>
/// <param name="NodeId">From its role.</param>
/// <param name="UniqueAddress">Of its actor system.</param>
/// <param name="Status">As the newest event said.</param>
/// <param name="IsReachable">As far as this node has heard.</param>
public sealed record BrokerMember(int NodeId, UniqueAddress UniqueAddress, MemberStatus Status, bool IsReachable)
{
    public Address Address => UniqueAddress.Address;

    /// <summary>One that joins is no member yet, and one that has left its place, by itself or downed, is none any more.</summary>
    public bool IsUp => Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;
}

/// <summary>
/// The brokers in Akka's cluster, the oldest first. Immutable; equal to another that says the same. A node that came back is there twice until its earlier
/// incarnation, unreachable, is removed: that one says nothing of the one that has taken its place.
/// </summary>
public sealed class MembershipView : IEquatable<MembershipView>
{
    public static readonly MembershipView Empty = new([]);

    /// <param name="all">The oldest first.</param>
    public MembershipView(ImmutableArray<BrokerMember> all)
    {
        All = all;
        Members = [.. all.Where(m => m.IsUp)];
        Candidates = [.. Members.Where(m => m.IsReachable).Select(m => m.NodeId).Distinct()];
        NodeIds = Members.Select(m => m.NodeId).ToImmutableHashSet();
        Unreachable = NodeIds.Except(Candidates);
    }

    /// <summary>Whatever their status.</summary>
    public ImmutableArray<BrokerMember> All { get; }

    /// <summary>Those that are up.</summary>
    public ImmutableArray<BrokerMember> Members { get; }

    /// <summary>Node ids in the order in which they are to claim the controller's place: the oldest reachable one first.</summary>
    public ImmutableArray<int> Candidates { get; }

    /// <summary>Of those that are up.</summary>
    public ImmutableHashSet<int> NodeIds { get; }

    /// <summary>The nodes that are up and of which no incarnation is reachable.</summary>
    public ImmutableHashSet<int> Unreachable { get; }

    /// <summary>The member of that id, of two incarnations the one that is reachable, or the later one; null if the node is no member.</summary>
    public BrokerMember? Find(int nodeId)
    {
        BrokerMember? found = null;
        foreach (var member in Members)
        {
            if (member.NodeId == nodeId && (found is null || member.IsReachable || !found.IsReachable))
                found = member;
        }
        return found;
    }

    public bool Equals(MembershipView? other) => other is not null && All.AsSpan().SequenceEqual(other.All.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as MembershipView);

    public override int GetHashCode() => All.Aggregate(0, HashCode.Combine);

    public override string ToString() => string.Join(", ", All.Select(m => $"{m.NodeId} {m.Status}{(m.IsReachable ? "" : " unreachable")}"));
}

/// <summary>
/// This node's one view of the Akka cluster. One writer, the membership's actor; read by any thread, and told to actors that subscribe.
/// <para>Invariants: a subscriber is told the view of its subscription first, and each later one in its order.</para>
/// </summary>
public sealed class Membership
{
    private readonly Lock _gate = new();
    private readonly HashSet<IActorRef> _subscribers = [];
    private volatile MembershipView _current = MembershipView.Empty;

    /// <summary>Told on the writer's thread after <see cref="Current"/> has changed. Return at once.</summary>
    public event Action<MembershipView>? Changed;

    public MembershipView Current => _current;

    /// <summary>Tells the actor the view as it is, and whenever it changes, until <see cref="Unsubscribe"/>.</summary>
    public void Subscribe(IActorRef subscriber)
    {
        lock (_gate)
        {
            if (_subscribers.Add(subscriber))
                subscriber.Tell(_current, ActorRefs.NoSender);
        }
    }

    public void Unsubscribe(IActorRef subscriber)
    {
        lock (_gate)
            _subscribers.Remove(subscriber);
    }

    internal void Publish(MembershipView next)
    {
        lock (_gate)
        {
            if (next.Equals(_current))
                return;
            _current = next;
            foreach (var subscriber in _subscribers)
                subscriber.Tell(next, ActorRefs.NoSender);
        }
        Changed?.Invoke(next);
    }
}
