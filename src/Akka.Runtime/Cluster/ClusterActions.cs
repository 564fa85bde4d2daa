using Akka.Actor;

namespace Akka.Cluster;

// What the node's own code asks of the cluster daemon and of the actors below it.

internal sealed record JoinTo(Address Address);

internal sealed record JoinSeeds(IReadOnlyList<Address> Seeds);

internal sealed record LeaveNode(Address Address);

internal sealed record DownNode(Address Address);

/// <summary>Coordinated shutdown's phase cluster-leave: leave, answer Done when this node is exiting or gone.</summary>
internal sealed class LeaveAndAnswer
{
    public static readonly LeaveAndAnswer Instance = new();
}

/// <summary>Coordinated shutdown's phase cluster-exiting-done: all that had to happen while exiting did; answer Done.</summary>
internal sealed class ExitingCompleted
{
    public static readonly ExitingCompleted Instance = new();
}

/// <summary>From the join process: nobody else is there, so this node forms a cluster of its own.</summary>
internal sealed class FormCluster
{
    public static readonly FormCluster Instance = new();
}

/// <summary>From the heartbeats: the process that a member was is gone, another answers at its address.</summary>
internal sealed record IncarnationGone(UniqueAddress Node);

/// <summary>From the heartbeats: nothing listens at a member's address any more.</summary>
internal sealed record PeerRefused(UniqueAddress Node);

/// <summary>From the heartbeats: a member of which that was said has answered.</summary>
internal sealed record PeerAnswered(UniqueAddress Node);

/// <summary>Membership has changed to this.</summary>
internal sealed record MembershipChanged(Membership Now, bool IsLast);

internal sealed record SubscribeTo(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode, Type[] Types);

internal sealed record UnsubscribeFrom(IActorRef Subscriber, Type? Type);

internal sealed record SendState(IActorRef Receiver);

/// <summary>Run a callback once this node is up, or once it is removed.</summary>
internal sealed record CallWhen(MemberStatus Status, Action Callback);
