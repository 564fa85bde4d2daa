using System.Collections.Immutable;
using Akka.Actor;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>
/// The members at one moment, and what differs between two moments. No actors, no clock.
/// Invariant: no member of it is Removed; to be removed is not to be in it.
/// </summary>
internal sealed record Membership(ImmutableSortedSet<Member> Members)
{
    public static readonly Membership Empty = new(ImmutableSortedSet<Member>.Empty);

    public Address? Leader => LeaderOf(Members)?.Address;

    public Member? Find(UniqueAddress address) => Members.FirstOrDefault(member => member.UniqueAddress.Equals(address));

    public Member? Find(Address address) => Members.FirstOrDefault(member => member.Address.Equals(address));

    public Membership With(Member member) => new(Members.Remove(member).Add(member));

    public Membership Without(Member member) => new(Members.Remove(member));

    /// <summary>Whether enough have joined for the leader to bring them up.</summary>
    public bool MayComeUp(ClusterSettings settings) =>
        Members.Count >= settings.MinNrOfMembers
        && settings.MinNrOfMembersOfRole.All(role => Members.Count(member => member.HasRole(role.Key)) >= role.Value);

    public CurrentClusterState ToState(Address self)
    {
        var roleLeaders = ImmutableDictionary.CreateBuilder<string, Address>();
        foreach (var role in Roles())
        {
            if (RoleLeader(role) is { } leader)
            {
                roleLeaders[role] = leader;
            }
        }

        return new CurrentClusterState(Members, ImmutableHashSet<Member>.Empty, [self], Leader, roleLeaders.ToImmutable());
    }

    /// <summary>The events that lead from <paramref name="before"/> to this: members first, then leaders.</summary>
    public List<IClusterDomainEvent> Since(Membership before)
    {
        var events = new List<IClusterDomainEvent>();
        foreach (var member in Members)
        {
            if (before.Find(member.UniqueAddress)?.Status != member.Status && Event(member) is { } happened)
            {
                events.Add(happened);
            }
        }

        foreach (var member in before.Members)
        {
            if (Find(member.UniqueAddress) is null)
            {
                events.Add(new MemberRemoved(member.Copy(MemberStatus.Removed), member.Status));
            }
        }

        if (!Equals(before.Leader, Leader))
        {
            events.Add(new LeaderChanged(Leader));
        }

        foreach (var role in Roles().Union(before.Roles()))
        {
            if (!Equals(before.RoleLeader(role), RoleLeader(role)))
            {
                events.Add(new RoleLeaderChanged(role, RoleLeader(role)));
            }
        }

        return events;
    }

    private static MemberStatusChange? Event(Member member) => member.Status switch
    {
        MemberStatus.Joining => new MemberJoined(member),
        MemberStatus.Up => new MemberUp(member),
        MemberStatus.Leaving => new MemberLeft(member),
        MemberStatus.Exiting => new MemberExited(member),
        MemberStatus.Down => new MemberDowned(member),
        _ => null,
    };

    private static Member? LeaderOf(IEnumerable<Member> members)
    {
        Member? fallback = null;
        foreach (var member in members)
        {
            if (member.Status is MemberStatus.Up or MemberStatus.Leaving)
            {
                return member;
            }

            fallback ??= member.Status == MemberStatus.Down ? null : member;
        }

        return fallback;
    }

    private ImmutableHashSet<string> Roles() => Members.SelectMany(member => member.Roles).ToImmutableHashSet();

    private Address? RoleLeader(string role) => LeaderOf(Members.Where(member => member.HasRole(role)))?.Address;
}
