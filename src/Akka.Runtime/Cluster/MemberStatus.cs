namespace Akka.Cluster;

/// <summary>
/// Where a member is in its life.
/// <code>
///   Joining ─▶ (WeaklyUp ─▶) Up ─▶ Leaving ─▶ Exiting ─▶ Removed
///      └────────────┴────────┴────────┴──────────┴──▶ Down ─▶ Removed
/// </code>
/// </summary>
public enum MemberStatus
{
    Joining = 0,
    Up = 1,
    Leaving = 2,
    Exiting = 3,
    Down = 4,
    Removed = 5,
    WeaklyUp = 6,
}
