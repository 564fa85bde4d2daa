namespace Akka.Broker.Client.Consuming;

/// <summary>Where a member stands; the transitions are drawn at <see cref="GroupMembership"/>.</summary>
internal enum MembershipState
{
    /// <summary>Wants nothing of the group but its coordinator, perhaps, for commits.</summary>
    Idle,

    /// <summary>Gives up partitions before it joins (again).</summary>
    Revoking,

    /// <summary>Wants to join, or waits for the answer.</summary>
    Joining,

    /// <summary>Leads the group and divides the partitions.</summary>
    Assigning,

    /// <summary>Waits for its part.</summary>
    Syncing,

    /// <summary>Has its part and keeps it by heartbeats.</summary>
    Stable,

    /// <summary>Gives up all partitions, then leaves.</summary>
    Leaving,

    Left,

    Failed,
}
