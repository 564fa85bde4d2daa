using System.Collections.Immutable;
using Akka.Actor;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>
/// The gossip as one node reads it: who leads, whether all agree, and what differs between two moments. No actors, no clock.
/// <para>
/// What a downed node says of others does not count: only the rest decides who is unreachable.
/// </para>
/// </summary>
internal sealed class Membership
{
    private readonly Lazy<ImmutableHashSet<UniqueAddress>> _unreachable;
    private readonly Lazy<(Address? Leader, ImmutableDictionary<string, Address> OfRoles)> _leaders;

    public Membership(Gossip gossip, UniqueAddress self)
    {
        Gossip = gossip;
        Self = self;
        _unreachable = new(() => Trusted(gossip).Unreachables.Where(node => node != self && gossip.Has(node)).ToImmutableHashSet());
        _leaders = new(FindLeaders);
    }

    public Gossip Gossip { get; }

    public UniqueAddress Self { get; }

    public Member? Me => Gossip.Find(Self);

    public ImmutableSortedSet<Member> Members => Gossip.Members;

    /// <summary>The members that someone who counts cannot reach. Never this node itself: that it runs, it knows.</summary>
    public ImmutableHashSet<UniqueAddress> Unreachable => _unreachable.Value;

    public Address? Leader => _leaders.Value.Leader;

    public bool IsLeader => LeaderOf(Members) is { } leader && leader.UniqueAddress == Self;

    public static Membership Empty(UniqueAddress self) => new(Gossip.Empty, self);

    public bool IsReachable(UniqueAddress node) => !Unreachable.Contains(node);

    public Address? RoleLeader(string role) => _leaders.Value.OfRoles.GetValueOrDefault(role);

    /// <summary>
    /// Whether all whose word is needed have seen this version, which is when the leader may act: every member that is Up or Leaving. An
    /// unreachable member forbids it, unless it is on its way out anyway.
    /// </summary>
    public bool HasConverged(IReadOnlySet<UniqueAddress> confirmedGone)
    {
        foreach (var node in Unreachable)
        {
            if (!confirmedGone.Contains(node) && Gossip.Find(node) is { Status: not (MemberStatus.Down or MemberStatus.Exiting) })
            {
                return false;
            }
        }

        foreach (var member in Members)
        {
            if (member.Status is MemberStatus.Up or MemberStatus.Leaving && !confirmedGone.Contains(member.UniqueAddress) && !Gossip.Seen.Contains(member.UniqueAddress))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As the others will have it once this node is gone.</summary>
    public Membership WithoutMe() => new(Gossip.Bury([KeyValuePair.Create(Self, 0L)]), Self);

    /// <summary>Who leads, who would without that one, and so on.</summary>
    public IReadOnlyList<UniqueAddress> NextLeaders(int count)
    {
        var order = new List<UniqueAddress>();
        var rest = Members;
        while (order.Count < count && LeaderOf(rest) is { } leader)
        {
            order.Add(leader.UniqueAddress);
            rest = rest.Remove(leader);
        }

        return order;
    }

    public CurrentClusterState ToState() => new(
        Members,
        Members.Where(member => Unreachable.Contains(member.UniqueAddress)).ToImmutableHashSet(),
        Gossip.Seen.Select(node => node.Address).ToImmutableHashSet(),
        Leader,
        _leaders.Value.OfRoles);

    /// <summary>The events that lead from <paramref name="before"/> to this: members first, then reachability, then leaders.</summary>
    public List<IClusterDomainEvent> Since(Membership before)
    {
        var events = new List<IClusterDomainEvent>();
        AddMemberEvents(before, events);
        foreach (var member in Members)
        {
            var (was, isNow) = (before.Unreachable.Contains(member.UniqueAddress), Unreachable.Contains(member.UniqueAddress));
            if (was != isNow)
            {
                events.Add(isNow ? new UnreachableMember(member) : new ReachableMember(member));
            }
        }

        if (!Equals(before.Leader, Leader))
        {
            events.Add(new LeaderChanged(Leader));
        }

        foreach (var role in _leaders.Value.OfRoles.Keys.Union(before._leaders.Value.OfRoles.Keys).Order(StringComparer.Ordinal))
        {
            if (!Equals(before.RoleLeader(role), RoleLeader(role)))
            {
                events.Add(new RoleLeaderChanged(role, RoleLeader(role)));
            }
        }

        return events;
    }

    /// <summary>Reachability without what downed members say.</summary>
    private static Reachability Trusted(Gossip gossip) =>
        gossip.Reachability.AllReachable
            ? gossip.Reachability
            : gossip.Reachability.WithoutObservers(gossip.Members.Where(member => member.Status == MemberStatus.Down).Select(member => member.UniqueAddress));

    private static MemberStatusChange? Event(Member member) => member.Status switch
    {
        MemberStatus.Joining => new MemberJoined(member),
        MemberStatus.WeaklyUp => new MemberWeaklyUp(member),
        MemberStatus.Up => new MemberUp(member),
        MemberStatus.Leaving => new MemberLeft(member),
        MemberStatus.Exiting => new MemberExited(member),
        MemberStatus.Down => new MemberDowned(member),
        _ => null,
    };

    private void AddMemberEvents(Membership before, List<IClusterDomainEvent> events)
    {
        if (ReferenceEquals(before.Members, Members))
        {
            return;
        }

        // What is gone comes first, so that a new incarnation at an address follows the old one's removal.
        foreach (var member in before.Members)
        {
            if (!Gossip.Has(member.UniqueAddress))
            {
                events.Add(new MemberRemoved(member.Copy(MemberStatus.Removed), member.Status));
            }
        }

        foreach (var member in Members)
        {
            if (before.Gossip.Find(member.UniqueAddress)?.Status != member.Status && Event(member) is { } happened)
            {
                events.Add(happened);
            }
        }
    }

    private (Address? Leader, ImmutableDictionary<string, Address> OfRoles) FindLeaders()
    {
        var ofRoles = ImmutableDictionary.CreateBuilder<string, Address>();
        foreach (var role in Members.SelectMany(member => member.Roles).Distinct())
        {
            if (LeaderOf(Members.Where(member => member.HasRole(role))) is { } leader)
            {
                ofRoles[role] = leader.Address;
            }
        }

        return (LeaderOf(Members)?.Address, ofRoles.ToImmutable());
    }

    /// <summary>
    /// The first by address of those that can be reached and are not Down: of the members that are Up or Leaving if there are any, else of the
    /// others, who come up and who go last.
    /// </summary>
    private Member? LeaderOf(IEnumerable<Member> members)
    {
        Member? best = null;
        foreach (var member in members)
        {
            if (IsReachable(member.UniqueAddress) && Claim(member.Status) > (best is null ? 0 : Claim(best.Status)))
            {
                best = member;
            }
        }

        return best;
    }

    private static int Claim(MemberStatus status) => status switch
    {
        MemberStatus.Up or MemberStatus.Leaving => 4,
        MemberStatus.WeaklyUp => 3,
        MemberStatus.Joining => 2,
        MemberStatus.Exiting => 1,
        _ => 0,
    };
}
