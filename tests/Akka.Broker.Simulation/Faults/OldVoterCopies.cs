using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Metadata disks of voters that come back as they were some time ago, under the directory ids that they had. What can be promised then, and what is seen to here:
/// a majority of the voters has lost nothing; nothing that the voter said before is still under way; and the first that it hears of when it is back is a leader
/// that knows what is committed, of the newest epoch that anybody has voted in. From then on anything may happen.
/// </summary>
internal sealed class OldVoterCopies(World world, Cluster cluster, ProcessFaults processes, LinkFaults links, Random random)
{
    private const int LookUs = 200;
    private const int StillUs = 20_000;

    public void Put()
    {
        if (Leader() is not { } leader || Victim(leader, world.Nodes) is not { } victim)
            return;
        PutBack(victim);
        BringBack(victim, () => { }, otherwise: () => { });
    }

    /// <summary>
    /// Some are cut off until the others have committed without them. When they are back, one of the others runs on a copy of before, and the leader is cut off as soon as
    /// that has heard it: those that are left must not decide without what was committed.
    /// </summary>
    public void PutInNeed()
    {
        if (Leader() is not { } leader)
            return;
        var voters = leader.Life!.Quorum.Machine.Voters;
        var others = world.Nodes.FindAll(n => n.IsUp && n != leader && voters.ContainsNode(n.Id));
        if (others.Count < 2 || others.Count + 1 < voters.Count)
            return;
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(others));
        var absent = others[..(voters.Count - voters.Majority)];
        var victim = others[^1];
        cluster.TakeCopy(victim);
        foreach (var node in absent)
            world.Network.Confine(node.Id, node.Id);
        world.Trace.Say($"n{string.Join(", n", absent.Select(n => n.Id))} are cut off, while the others commit");
        world.Events.After((World.SessionTimeoutMs + 500 + random.Next(1000)) * 1000L, () =>
        {
            if (world.IsHealing || Leader() is not { } now || Victim(now, [victim]) is null)
            {
                Release(absent);
                return;
            }
            PutBack(victim);
            BringBack(victim, () => Strike(victim, absent), otherwise: () => Release(absent));
        });
    }

    private void Strike(SimNode victim, List<SimNode> absent)
    {
        Release(absent);
        if (world.IsHealing || Leader() is not { } leader)
            return;
        world.Faults.Count(FaultKind.OldVoterCopyInNeed);
        links.Isolate(leader.Id, 2000 + random.Next(2000));
        if (victim.IsUp && random.Next(2) == 0)
            processes.Crash(victim, 20 + random.Next(200));
    }

    private void Release(List<SimNode> nodes) => nodes.ForEach(n => world.Network.Release(n.Id));

    private void PutBack(SimNode victim)
    {
        world.Faults.Count(FaultKind.OldVoterCopyRestored);
        cluster.PutOldQuorumCopy(victim);
    }

    /// <summary>Starts it beside the leader, and lets it to the others when it has heard that; <paramref name="otherwise"/> runs if the leader is gone before.</summary>
    private void BringBack(SimNode node, Action onHeard, Action otherwise)
    {
        var (disk, isGivenUp) = (node.QuorumDisk, false);
        world.Network.Confine(node.Id, node.Id);
        // What it has said arrives, or never does.
        world.Events.After((world.Network.SlowestMs * 1000L) + StillUs + random.Next(50_000), Look);

        void Look()
        {
            if (node.QuorumDisk != disk || !node.IsUnheard)
            {
                node.IsHeldBack = false;
                world.Network.Release(node.Id);
                world.Trace.Say($"n{node.Id} has heard what is committed");
                (isGivenUp ? otherwise : onHeard)();
                return;
            }
            var leader = Leader();
            if (!isGivenUp && (leader is null || world.IsHealing))
            {
                isGivenUp = true;
                otherwise();
            }
            world.Network.Confine(node.Id, leader?.Id ?? node.Id);
            if (leader is not null && node.IsHeldBack)
            {
                node.IsHeldBack = false;
                cluster.Start(node);
            }
            world.Events.After(LookUs, Look);
        }
    }

    /// <summary>Somebody, not the leader, who may lose what the copy lacks.</summary>
    private SimNode? Victim(SimNode leader, List<SimNode> among)
    {
        var victims = among.FindAll(n =>
            n != leader && n.LostBefore is null && n.OldQuorumCopy is { } copy && copy.DirectoryId == n.QuorumDisk.DirectoryId
            && copy.Log.EndOffset < n.QuorumDisk.Log.EndOffset && leader.Life!.Quorum.Machine.Voters.ContainsNode(n.Id) && cluster.MayLoseVoter(n));
        return victims.Count == 0 ? null : victims[random.Next(victims.Count)];
    }

    /// <summary>It knows what is committed, and nobody has heard of a later epoch.</summary>
    private SimNode? Leader()
    {
        var newest = world.Nodes.Max(n => Math.Max(n.QuorumDisk.Election?.Epoch ?? 0, n.IsUp ? n.Life!.Quorum.Machine.Epoch : 0));
        return world.Nodes.Find(n => n.Life is { IsAlive: true } life && life.Quorum.Machine.MayDecide && life.Quorum.Machine.Epoch == newest);
    }
}
