namespace Akka.Cluster;

/// <summary>
/// Whom to gossip to next. Those who are known to lack this version are preferred with a probability; sometimes it is anyone, so that a
/// wrong belief about who has seen what does not last. In a large cluster the preference fades: otherwise everyone would turn to the same few.
/// </summary>
internal static class GossipTargets
{
    public static UniqueAddress? Pick(Membership now, ClusterSettings settings, Random random)
    {
        var reachable = Reachable(now);
        if (reachable.Count == 0)
        {
            return null;
        }

        if (random.NextDouble() < PreferenceFor(now.Members.Count, settings))
        {
            var unaware = reachable.FindAll(node => !now.Gossip.Seen.Contains(node));
            if (unaware.Count > 0)
            {
                return unaware[random.Next(unaware.Count)];
            }
        }

        return reachable[random.Next(reachable.Count)];
    }

    /// <summary>Up to a number of those who lack this version, at random.</summary>
    public static IReadOnlyList<UniqueAddress> Unaware(Membership now, int count, Random random)
    {
        var unaware = Reachable(now).FindAll(node => !now.Gossip.Seen.Contains(node));
        return Some(unaware, count, random);
    }

    public static IReadOnlyList<UniqueAddress> Any(Membership now, int count, Random random) => Some(Reachable(now), count, random);

    internal static double PreferenceFor(int members, ClusterSettings settings)
    {
        var (full, low) = (settings.GossipDifferentViewProbability, settings.ReduceGossipDifferentViewProbability);
        if (members <= low)
        {
            return full;
        }

        // From `low` members on it falls evenly, to a quarter at three times as many.
        var least = full / 4;
        return members >= low * 3 ? least : full - ((full - least) * (members - low) / (low * 2.0));
    }

    private static List<UniqueAddress> Reachable(Membership now)
    {
        var reachable = new List<UniqueAddress>(now.Members.Count);
        foreach (var member in now.Members)
        {
            if (member.UniqueAddress != now.Self && now.Gossip.Reachability.IsReachable(now.Self, member.UniqueAddress))
            {
                reachable.Add(member.UniqueAddress);
            }
        }

        return reachable;
    }

    private static IReadOnlyList<UniqueAddress> Some(List<UniqueAddress> of, int count, Random random)
    {
        for (var i = 0; i < count && i < of.Count; i++)
        {
            var other = random.Next(i, of.Count);
            (of[i], of[other]) = (of[other], of[i]);
        }

        return of.Count <= count ? of : of.GetRange(0, count);
    }
}
