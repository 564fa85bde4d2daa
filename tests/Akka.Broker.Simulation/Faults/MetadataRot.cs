using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Records of a voter's metadata log that rot while its machine is down: synced ones, that it may have acknowledged. Its start finds a shorter log, and knows from its own
/// disk alone how long it was. A majority of the voters has always lost nothing, for what nobody has cannot come back; whom the voter hears of first is left to chance.
/// </summary>
internal sealed class MetadataRot(World world, Cluster cluster, ProcessFaults processes, LinkFaults links, Random random)
{
    public void Put()
    {
        if (Leader() is not { } leader)
            return;
        var voters = world.Nodes.FindAll(n => n.IsUp && leader.Life!.Quorum.Machine.Voters.ContainsNode(n.Id));
        Rot(voters[random.Next(voters.Count)]);
    }

    /// <summary>
    /// Some are cut off until the others have committed without them. Then one of the others rots, and the leader is cut off in the same moment: nobody tells those that are
    /// left what was committed, and they must not decide without it.
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
        foreach (var node in absent)
            world.Network.Confine(node.Id, node.Id);
        world.Trace.Say($"n{string.Join(", n", absent.Select(n => n.Id))} are cut off, while the others commit");
        world.Events.After((World.SessionTimeoutMs + 500 + random.Next(1000)) * 1000L, () =>
        {
            absent.ForEach(n => world.Network.Release(n.Id));
            if (world.IsHealing || Leader() is not { } now || others[^1] == now || !Rot(others[^1]))
                return;
            world.Faults.Count(FaultKind.MetadataRottedInNeed);
            links.Isolate(now.Id, 2000 + random.Next(2000));
        });
    }

    private bool Rot(SimNode node)
    {
        if (!node.IsUp || node.LostBefore is not null || !cluster.MayLoseVoter(node))
            return false;
        var hasRotted = cluster.CrashAndRot(node);
        processes.StartLater(node, 20 + random.Next(400));
        return hasRotted;
    }

    private SimNode? Leader() => world.Nodes.Find(n => n.Life is { IsAlive: true } life && life.Quorum.Machine.MayDecide);
}
