using System.Collections.Immutable;

namespace Akka.Broker.Replication.Quorum;

/// <summary>A registered broker, as the controller sees it when it thinks about voters.</summary>
/// <param name="Voter">Its id, disk and address: what it would be as a voter.</param>
/// <param name="GoneMs">How long it has been fenced or silent; 0: it is live.</param>
/// <param name="IsCaughtUp">It has fetched all that was there a moment ago.</param>
public readonly record struct VoterCandidate(Voter Voter, long GoneMs, bool IsCaughtUp)
{
    public bool IsLive => GoneMs == 0;
}

/// <summary>
/// Decides the next change of voters, one at a time, towards the largest odd number not above the live brokers and not above three, or what is configured if
/// that is more.
/// <code>
///   1 voter, 2 brokers             rests: two voters bear no loss
///   1 voter, 3 brokers caught up   + + : 3
///   3 voters, a disk wiped         - the old disk, + the new one
///   3 voters, one gone for long    + a live learner, - the one that is gone; without a learner it rests
///   2 or 4 voters that cannot grow - one, after a while
/// </code>
/// Pure. The leader is never taken away.
/// </summary>
public static class VoterPlanner
{
    /// <summary>A voter that is gone for this long is replaced, if there is somebody to replace it.</summary>
    public const long ReplaceAfterMs = 300_000;

    /// <summary>An even number that cannot grow for this long shrinks.</summary>
    public const long EvenMsMax = 30_000;

    private const int VotersMin = 3;

    /// <summary>The voter set to change to; null: rest.</summary>
    /// <param name="voters">The newest set, which is committed.</param>
    /// <param name="leader">This replica.</param>
    /// <param name="brokers">All that are registered, the ones to prefer first.</param>
    /// <param name="configured">How many <c>akka.broker.controller.voters</c> names; 0: none.</param>
    /// <param name="evenForMs">How long the set has had an even number.</param>
    public static VoterSet? Next(VoterSet voters, ReplicaKey leader, IReadOnlyList<VoterCandidate> brokers, int configured, long evenForMs)
    {
        foreach (var broker in brokers)
        {
            if (!broker.IsLive || voters.Find(broker.Voter.Id) is not { } voter)
                continue;
            // Another disk of the same node: the old one is no more. A new address of the same disk is noted.
            if (voter.Key != broker.Voter.Key && voter.Key != leader)
                return broker.IsCaughtUp ? voters.Without(voter.Id) : null;
            if (voter.Key == broker.Voter.Key && !broker.Voter.Endpoints.IsEmpty && !voter.Equals(broker.Voter))
                return voters.With(broker.Voter);
        }

        var learners = brokers.Where(b => b.IsLive && b.IsCaughtUp && !voters.ContainsNode(b.Voter.Id)).Select(b => b.Voter).ToImmutableArray();
        var most = Math.Max(VotersMin, configured);
        var target = OddUpTo(Math.Min(brokers.Count(b => b.IsLive), most));
        if (voters.Count < target)
            return voters.Count + learners.Length >= target ? voters.With(learners[0]) : ShrinkEven();
        var gone = GoneLongest(brokers, voters, leader);
        if (voters.Count > OddUpTo(most))
            return voters.Without(gone ?? Youngest());
        if (gone is { } lost && !learners.IsEmpty && voters.Count % 2 == 1)
            return voters.With(learners[0]);
        if (gone is { } replaced && voters.Count % 2 == 0 && voters.Count > 2)
            return voters.Without(replaced);
        return ShrinkEven();

        VoterSet? ShrinkEven() => voters.Count % 2 == 0 && evenForMs >= EvenMsMax ? voters.Without(GoneLongest(brokers, voters, leader) ?? Youngest()) : null;

        int Youngest() => voters.Keys.Where(k => k != leader).OrderBy(k => Place(brokers, k.Id)).Last().Id;
    }

    private static int OddUpTo(int count) => count <= 0 ? 1 : count % 2 == 1 ? count : count - 1;

    private static int? GoneLongest(IReadOnlyList<VoterCandidate> brokers, VoterSet voters, ReplicaKey leader)
    {
        int? longest = null;
        var ms = ReplaceAfterMs;
        foreach (var broker in brokers)
        {
            if (voters.Contains(broker.Voter.Key) && broker.Voter.Key != leader && broker.GoneMs >= ms)
                (longest, ms) = (broker.Voter.Id, broker.GoneMs);
        }
        return longest;
    }

    private static int Place(IReadOnlyList<VoterCandidate> brokers, int id)
    {
        for (var i = 0; i < brokers.Count; i++)
        {
            if (brokers[i].Voter.Id == id)
                return i;
        }
        // Not registered at all: the first to go.
        return int.MaxValue;
    }
}
