using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>
/// What the leader does, as a function of the membership.
/// <code>
///   all agree:                      Joining, WeaklyUp ─▶ Up (once enough have joined), Leaving ─▶ Exiting,
///                                   Exiting, Down ─▶ removed (once unreachable, or its own word that it is done)
///   no agreement for a while:       Joining ─▶ WeaklyUp
/// </code>
/// </summary>
internal sealed record LeaderDuties(Gossip Next, ImmutableList<Member> Changed, ImmutableList<Member> Removed)
{
    public bool IsNothing => Changed.IsEmpty && Removed.IsEmpty;

    public static LeaderDuties OnConvergence(Membership now, IReadOnlySet<UniqueAddress> confirmedGone, ClusterSettings settings, long nowMs)
    {
        var removed = now.Members
            .Where(member => member.Status is MemberStatus.Down or MemberStatus.Exiting
                && (confirmedGone.Contains(member.UniqueAddress) || !now.IsReachable(member.UniqueAddress)))
            .ToImmutableList();
        var next = now.Gossip.Remove(removed.Select(member => member.UniqueAddress), nowMs);
        var changed = ImmutableList.CreateBuilder<Member>();
        var mayComeUp = HasEnoughMembers(next.Members, settings);
        var upNumber = HighestUpNumber(next.Members);
        foreach (var member in next.Members)
        {
            var moved = member.Status switch
            {
                MemberStatus.Joining or MemberStatus.WeaklyUp when mayComeUp => member.CopyUp(++upNumber),
                MemberStatus.Leaving => member.Copy(MemberStatus.Exiting),
                _ => member,
            };
            if (!ReferenceEquals(moved, member))
            {
                changed.Add(moved);
                next = next.With(moved);
            }
        }

        return Done(now, next, changed.ToImmutable(), removed);
    }

    /// <summary>Lets those in that wait while something unreachable keeps the members from agreeing.</summary>
    public static LeaderDuties WithoutConvergence(Membership now, ClusterSettings settings)
    {
        var changed = HasEnoughMembers(now.Members, settings)
            ? now.Members
                .Where(member => member.Status == MemberStatus.Joining && now.IsReachable(member.UniqueAddress))
                .Select(member => member.Copy(MemberStatus.WeaklyUp))
                .ToImmutableList()
            : [];
        var next = changed.Aggregate(now.Gossip, (gossip, member) => gossip.With(member));
        return Done(now, next, changed, []);
    }

    public static bool HasEnoughMembers(ImmutableSortedSet<Member> members, ClusterSettings settings) =>
        members.Count >= settings.MinNrOfMembers
        && settings.MinNrOfMembersOfRole.All(role => members.Count(member => member.HasRole(role.Key)) >= role.Value);

    private static LeaderDuties Done(Membership now, Gossip next, ImmutableList<Member> changed, ImmutableList<Member> removed) =>
        changed.IsEmpty && removed.IsEmpty ? new(now.Gossip, changed, removed) : new(next.NextVersion(now.Self), changed, removed);

    private static int HighestUpNumber(ImmutableSortedSet<Member> members)
    {
        var highest = 0;
        foreach (var member in members)
        {
            highest = member.UpNumber == int.MaxValue ? highest : Math.Max(highest, member.UpNumber);
        }

        return highest;
    }
}
