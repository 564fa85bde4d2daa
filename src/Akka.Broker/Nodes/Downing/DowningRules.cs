using System.Collections.Immutable;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Nodes.Downing;

/// <summary>What one member has just found when it called the suspects.</summary>
/// <param name="Observer">The member's node id.</param>
/// <param name="Reaches">The suspects that answered it.</param>
public sealed record Sighting(int Observer, ImmutableHashSet<int> Reaches);

/// <summary>Two members that do not reach each other, though both reach others. The smaller id first.</summary>
public readonly record struct BrokenLink(int A, int B)
{
    public static BrokenLink Between(int one, int other) => one < other ? new(one, other) : new(other, one);
}

/// <summary>
/// Whom the controller takes out of the Akka cluster. It has just heard a majority of the voters as their leader, so at most one side of a split asks this.
/// <list type="bullet">
/// <item>A suspect that neither the controller nor a majority of the members that answered it can reach goes at once.</item>
/// <item>One that the controller reaches and most others do not goes soon: whom the cluster lacks is plain, and only a hiccup is to be waited out.</item>
/// <item>Of two members of which only the link between them is broken one goes after a bounded wait: the one with more broken links, then the one that is no voter,
/// then the higher node id.</item>
/// <item>Never so many go that those left are less than a majority of the voters.</item>
/// </list>
/// Pure.
/// </summary>
public static class DowningRules
{
    /// <summary>Suspects that are gone for the majority.</summary>
    /// <param name="self">The controller.</param>
    /// <param name="suspects">Members that somebody called unreachable.</param>
    /// <param name="sightings">Of the controller and of every other member that answered it in time.</param>
    /// <param name="voters">Of the metadata log.</param>
    public static IReadOnlyList<int> Gone(int self, IReadOnlyCollection<int> suspects, IReadOnlyCollection<Sighting> sightings, VoterSet voters)
    {
        Invariant.Check(sightings.Any(s => s.Observer == self));
        var gone = suspects.Where(s => s != self && IsGone(self, s, sightings)).Order().ToList();
        return WithinMajority(gone, suspects.Where(s => sightings.All(o => !o.Reaches.Contains(s))), voters);
    }

    /// <summary>Links that are broken between members which are not gone.</summary>
    public static IReadOnlySet<BrokenLink> BrokenLinks(IReadOnlyCollection<int> suspects, IReadOnlyCollection<Sighting> sightings, IReadOnlyCollection<int> gone)
    {
        var links = new HashSet<BrokenLink>();
        foreach (var suspect in suspects.Except(gone))
        {
            foreach (var sighting in sightings)
            {
                if (sighting.Observer != suspect && !gone.Contains(sighting.Observer) && !sighting.Reaches.Contains(suspect))
                    links.Add(BrokenLink.Between(sighting.Observer, suspect));
            }
        }
        return links;
    }

    /// <summary>Those that most of the members which answered do not reach, though the controller does.</summary>
    public static IReadOnlySet<int> ShutOut(IReadOnlyCollection<int> suspects, IReadOnlyCollection<Sighting> sightings, IReadOnlyCollection<int> gone) =>
        suspects.Except(gone).Where(s => IsUnseenByMost(s, sightings)).ToHashSet();

    /// <summary>Who goes so that none of these links, which have been broken for too long, matters any more.</summary>
    public static IReadOnlyList<int> Cut(IReadOnlySet<BrokenLink> overdue, VoterSet voters)
    {
        var left = overdue.ToHashSet();
        var cut = new List<int>();
        while (left.Count > 0)
        {
            var victim = left.SelectMany(l => new[] { l.A, l.B })
                .GroupBy(id => id)
                .OrderByDescending(g => g.Count())
                .ThenBy(g => voters.ContainsNode(g.Key))
                .ThenByDescending(g => g.Key)
                .First().Key;
            cut.Add(victim);
            left.RemoveWhere(l => l.A == victim || l.B == victim);
        }
        return WithinMajority(cut, [], voters);
    }

    private static bool IsGone(int self, int suspect, IReadOnlyCollection<Sighting> sightings) =>
        IsUnseenByMost(suspect, sightings) && sightings.Any(s => s.Observer == self && !s.Reaches.Contains(suspect));

    private static bool IsUnseenByMost(int suspect, IReadOnlyCollection<Sighting> sightings)
    {
        var observers = sightings.Where(s => s.Observer != suspect).ToList();
        return observers.Count(s => !s.Reaches.Contains(suspect)) * 2 > observers.Count;
    }

    private static List<int> WithinMajority(List<int> wanted, IEnumerable<int> unreached, VoterSet voters)
    {
        var left = voters.All.Select(v => v.Id).Except(unreached.Except(wanted)).ToHashSet();
        var going = new List<int>();
        foreach (var id in wanted)
        {
            if (left.Contains(id) && left.Count - 1 < voters.Majority)
                continue;
            left.Remove(id);
            going.Add(id);
        }
        return going;
    }
}
