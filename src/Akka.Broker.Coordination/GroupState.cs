namespace Akka.Broker.Coordination;

/// <summary>
/// Where a group stands. The names are the ones that DescribeGroups and ListGroups answer with.
/// <code>
///                  first member joins
///   ┌───────┐ ─────────────────────────▶ ┌────────────────────┐ ◀── member joins, leaves, fails or changes;
///   │ Empty │                            │ PreparingRebalance │     leader rejoins; sync times out ──────────────┐
///   └───────┘ ◀───── nobody is left ──── └────────────────────┘ ◀───────────────────────────┐                   │
///       │                                     │ all have joined,                            │                   │
///       │ deleted, or its                     │ or the rebalance timeout                    │                   │
///       │ last offset expired                 ▼                                             │                   │
///       ▼                                ┌─────────────────────┐ ───────────────────────────┘               ┌────────┐
///   ┌──────┐                             │ CompletingRebalance │ ── the leader's assignment is committed ─▶ │ Stable │
///   │ Dead │                             └─────────────────────┘                                            └────────┘
///   └──────┘
/// </code>
/// A group that is read from its log starts in Stable if it has members and in Empty if not.
/// </summary>
public enum GroupState
{
    /// <summary>No members; perhaps offsets.</summary>
    Empty,

    /// <summary>Members are asked to join the next generation; their JoinGroup requests wait.</summary>
    PreparingRebalance,

    /// <summary>The generation is set; its leader computes the assignment, the others' SyncGroup requests wait.</summary>
    CompletingRebalance,

    /// <summary>Every member has its assignment.</summary>
    Stable,

    /// <summary>Deleted. Whoever still holds it is told to look the coordinator up again.</summary>
    Dead,
}

/// <summary>The transitions of the drawing above.</summary>
public static class GroupStates
{
    public static bool MayFollow(this GroupState next, GroupState current) => next switch
    {
        GroupState.Empty => current is GroupState.PreparingRebalance,
        GroupState.PreparingRebalance => current is GroupState.Empty or GroupState.CompletingRebalance or GroupState.Stable,
        GroupState.CompletingRebalance => current is GroupState.PreparingRebalance,
        GroupState.Stable => current is GroupState.CompletingRebalance,
        GroupState.Dead => current is GroupState.Empty,
        _ => false,
    };
}
