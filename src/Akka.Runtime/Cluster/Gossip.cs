using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>
/// What the nodes tell each other of the cluster.
/// <code>
///   members       who is in it, with status and age
///   seen          which nodes have exactly this version
///   reachability  who cannot reach whom
///   version       which changes by which nodes are in it
///   tombstones    incarnations that were removed, and when (Unix ms): a late gossip does not bring them back
/// </code>
/// Everything in it only grows: statuses go forward, rows of reachability get higher versions, a removal leaves a tombstone. So any two
/// merge, in any order, to the same, and what a version's number stands for is the same on every node.
/// <para>
/// Invariants: no member is Removed or has a tombstone; seen, the clock and reachability name no one with a tombstone.
/// </para>
/// </summary>
internal sealed record Gossip(
    ImmutableSortedSet<Member> Members,
    ImmutableHashSet<UniqueAddress> Seen,
    Reachability Reachability,
    VectorClock Version,
    ImmutableSortedDictionary<UniqueAddress, long> Tombstones)
{
    public static readonly Gossip Empty = new(
        ImmutableSortedSet<Member>.Empty,
        ImmutableHashSet<UniqueAddress>.Empty,
        Reachability.Empty,
        VectorClock.Zero,
        ImmutableSortedDictionary<UniqueAddress, long>.Empty);

    public Member? Find(UniqueAddress node) => Members.TryGetValue(Member.Probe(node), out var member) ? member : null;

    /// <summary>The member at an address; of two incarnations the one that is not Down.</summary>
    public Member? Find(Address address)
    {
        Member? found = null;
        foreach (var member in Members)
        {
            if (member.Address.Equals(address) && (found is null || found.Status == MemberStatus.Down))
            {
                found = member;
            }
        }

        return found;
    }

    public bool Has(UniqueAddress node) => Find(node) is not null;

    /// <summary>With a member added or in place of the one of the same incarnation. Not a new version yet.</summary>
    public Gossip With(Member member) => this with { Members = Members.Remove(member).Add(member) };

    /// <summary>A new version by <paramref name="by"/>, which nobody else has seen.</summary>
    public Gossip NextVersion(UniqueAddress by) => this with { Version = Version.Tick(by), Seen = [by] };

    public Gossip SeenBy(UniqueAddress node) => Seen.Contains(node) ? this : this with { Seen = Seen.Add(node) };

    /// <summary>Marked as Down: what it sees counts no more. Not a new version yet.</summary>
    public Gossip Down(Member member) => With(member.Copy(MemberStatus.Down)) with { Seen = Seen.Remove(member.UniqueAddress) };

    /// <summary>Another incarnation has these members' address, so they are gone: Down and out of reach. Not a new version yet.</summary>
    public Gossip Supersede(IEnumerable<Member> older, UniqueAddress observer)
    {
        var next = this;
        foreach (var member in older)
        {
            next = member.Status == MemberStatus.Down ? next : next.Down(member);
            next = next with { Reachability = next.Reachability.Terminated(observer, member.UniqueAddress) };
        }

        return next;
    }

    /// <summary>Without some members for good. Not a new version yet.</summary>
    public Gossip Remove(IEnumerable<UniqueAddress> nodes, long nowMs) => Bury(nodes.Select(node => KeyValuePair.Create(node, nowMs)));

    /// <summary>Takes over which incarnations are gone.</summary>
    public Gossip Bury(IEnumerable<KeyValuePair<UniqueAddress, long>> tombstones)
    {
        var fresh = tombstones.Where(stone => !Tombstones.ContainsKey(stone.Key)).ToList();
        if (fresh.Count == 0)
        {
            return this;
        }

        var gone = fresh.ConvertAll(stone => stone.Key);
        return new Gossip(
            Members.Except(gone.Select(Member.Probe)),
            Seen.Except(gone),
            Reachability.Without(gone),
            Version.Without(gone),
            Tombstones.AddRange(fresh));
    }

    /// <summary>
    /// Drops tombstones that are older than a moment, and the oldest beyond a number. It is no new version: when each node does so makes no
    /// difference to what the members are.
    /// </summary>
    public Gossip ForgetTombstones(long beforeMs, int countMax)
    {
        if (Tombstones.Count <= countMax && Tombstones.All(stone => stone.Value >= beforeMs))
        {
            return this;
        }

        var kept = Tombstones.Where(stone => stone.Value >= beforeMs).OrderByDescending(stone => stone.Value).ThenBy(stone => stone.Key).Take(countMax);
        return this with { Tombstones = kept.ToImmutableSortedDictionary() };
    }

    /// <summary>Both views in one, seen by nobody yet.</summary>
    public static Gossip Merge(Gossip left, Gossip right)
    {
        var (a, b) = (left.Bury(right.Tombstones), right.Bury(left.Tombstones));
        var members = a.Members.ToBuilder();
        foreach (var theirs in b.Members)
        {
            if (members.TryGetValue(theirs, out var mine))
            {
                var further = Member.Further(mine, theirs);
                if (!ReferenceEquals(further, mine))
                {
                    members.Remove(mine);
                    members.Add(further);
                }
            }
            else
            {
                members.Add(theirs);
            }
        }

        return new Gossip(members.ToImmutable(), [], a.Reachability.Merge(b.Reachability), a.Version.Merge(b.Version), a.Tombstones);
    }

    /// <summary>Whether members and reachability are the same, whoever has seen them.</summary>
    public bool HasContentOf(Gossip other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (Members.Count != other.Members.Count || !Reachability.IsSameAs(other.Reachability))
        {
            return false;
        }

        foreach (var (mine, theirs) in Members.Zip(other.Members))
        {
            if (!mine.Equals(theirs) || mine.Status != theirs.Status || mine.UpNumber != theirs.UpNumber)
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() =>
        $"Gossip(members=[{string.Join(", ", Members)}], seen={Seen.Count}, {Reachability}, {Version}, tombstones={Tombstones.Count})";
}
