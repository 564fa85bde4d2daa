using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>Disks that are lost, and disks that come back as they were some time ago.</summary>
internal sealed class DiskFaults(World world, Cluster cluster, ProcessFaults processes, Random random)
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

    private SimNode Any() => world.Nodes[random.Next(world.Nodes.Count)];
}
