using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>An operator who adds and removes voters of the metadata, any node's turn, while the controller keeps the set as it likes it.</summary>
internal sealed class VoterFaults(World world, Cluster cluster, Random random)
{
    public void Change()
    {
        foreach (var node in world.Nodes)
        {
            if (node.Life is { IsAlive: true } life && life.Quorum.Machine.MayDecide)
                Change(life);
        }
    }

    private void Change(NodeLife controller)
    {
        var voters = controller.Quorum.Machine.Voters;
        var other = world.Nodes[random.Next(world.Nodes.Count)];
        var isVoter = voters.ContainsNode(other.Id);
        if (isVoter && voters.Count == 1)
            return;
        var next = isVoter ? voters.Without(other.Id) : voters.With(new Voter(other.Id, other.QuorumDisk.DirectoryId));
        // A set whose majority has lost its disks could never decide again.
        if (next.Count < Math.Min(3, world.Nodes.Count) - 1 || cluster.CountIntact(next) < next.Majority)
            return;
        if (controller.ChangeVoters(next) is { } refusal)
            world.Trace.Say($"n{controller.Id} does not change the voters: {refusal}");
    }
}
