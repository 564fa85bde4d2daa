using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Broker.Nodes;

/// <summary>A broker as Akka's cluster shows it.</summary>
/// <param name="NodeId">From its role.</param>
/// <param name="Address">Of its actor system.</param>
/// <param name="IsReachable">As far as this node has heard.</param>
public sealed record BrokerMember(int NodeId, Address Address, bool IsReachable);

/// <summary>The brokers that are up, the oldest first, and those that have just been removed. Immutable.</summary>
public sealed record MembershipView(ImmutableArray<BrokerMember> Members)
{
    public static readonly MembershipView Empty = new([]);

    /// <summary>Null if the node is no member.</summary>
    public BrokerMember? Find(int nodeId)
    {
        foreach (var member in Members)
        {
            if (member.NodeId == nodeId)
                return member;
        }
        return null;
    }

    /// <summary>Node ids in the order in which they are to claim the controller's place: the oldest reachable one first.</summary>
    public ImmutableArray<int> Candidates => [.. Members.Where(m => m.IsReachable).Select(m => m.NodeId)];
}

/// <summary>This node's newest <see cref="MembershipView"/>. One writer, the membership's actor; read by any thread.</summary>
public sealed class Membership
{
    private volatile MembershipView _current = MembershipView.Empty;

    /// <summary>Told on the writer's thread after <see cref="Current"/> has changed. Return at once.</summary>
    public event Action<MembershipView>? Changed;

    public MembershipView Current => _current;

    internal void Publish(MembershipView next)
    {
        _current = next;
        Changed?.Invoke(next);
    }
}
