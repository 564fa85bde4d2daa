using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>Disks that are lost, and disks that come back as they were some time ago.</summary>
internal sealed class DiskFaults(World world, Cluster cluster, ProcessFaults processes, LinkFaults links, Random random)
{
    /// <summary>An empty disk; never so many that a majority of the metadata's voters is gone, which nobody promises to bear.</summary>
    public void Wipe()
    {
        var node = Any();
        if (!cluster.MayLoseVoter(node))
            return;
        world.Faults.Count(FaultKind.DiskWiped);
        cluster.Wipe(node);
        processes.StartLater(node, 100 + random.Next(1500));
    }

    /// <summary>
    /// One voter is cut off until the others have committed without it. When it is back, another has lost its disk and the leader is cut off: of those that know
    /// what was committed nobody is to be reached, and the two that are left must not decide.
    /// </summary>
    public void WipeVoterInNeed()
    {
        if (Leader() is not { } leader)
            return;
        var others = world.Nodes.FindAll(n => n.IsUp && n != leader && leader.Life!.Quorum.Machine.Voters.ContainsNode(n.Id));
        if (others.Count < 2)
            return;
        var absent = others[random.Next(others.Count)];
        others.Remove(absent);
        var ms = World.SessionTimeoutMs + 500 + random.Next(1000);
        links.Isolate(absent.Id, ms);
        // At the instant at which it is back, and right behind that.
        world.Events.After(ms * 1000L, () => WipeInNeed(others[random.Next(others.Count)], absent));
    }

    private void WipeInNeed(SimNode victim, SimNode absent)
    {
        if (world.IsHealing || Leader() is not { } leader || leader == victim || leader == absent || !absent.IsUp || !cluster.MayLoseVoter(victim))
            return;
        world.Faults.Count(FaultKind.VoterWipedInNeed);
        links.Isolate(leader.Id, 2000 + random.Next(2000));
        cluster.Wipe(victim);
        processes.StartLater(victim, 20 + random.Next(300));
    }

    private SimNode? Leader() => world.Nodes.Find(n => n.Life is { IsAlive: true } life && life.Quorum.Machine.MayDecide);

    public void TakeCopy() => cluster.TakeCopy(Any());

    public void PutOldCopy()
    {
        var node = Any();
        if (node.OldCopy is null)
            return;
        world.Faults.Count(FaultKind.OldCopyRestored);
        cluster.PutOldCopy(node);
        processes.StartLater(node, 100 + random.Next(1500));
    }

    /// <summary>A data folder of a node that goes on. Somebody sees to it after a while, or nobody until the node ends for another reason.</summary>
    public void BreakFolder()
    {
        var whole = world.Nodes.FindAll(n => n.IsUp && n.DeadFolder is null);
        if (whole.Count == 0)
            return;
        var node = whole[random.Next(whole.Count)];
        world.Faults.Count(FaultKind.FolderDied);
        cluster.BreakFolder(node, world.Folders[random.Next(world.Folders.Count)]);
        if (random.Next(2) > 0)
            return;
        var life = node.Life!;
        world.Events.After((500 + random.Next(6000)) * 1000L, () => processes.Kill(node, 100 + random.Next(1500)), life);
    }

    private SimNode Any() => world.Nodes[random.Next(world.Nodes.Count)];
}
