using Akka.Broker.Simulation.Network;

namespace Akka.Broker.Simulation.Faults;

/// <summary>Cuts of links, for a while each, and the weather between all nodes.</summary>
internal sealed class LinkFaults(World world, Random random)
{
    private const int LongCutMs = World.SessionTimeoutMs * 2;

    /// <summary>One node hears nobody and nobody hears it.</summary>
    public void Isolate() => Isolate(Any(), Duration());

    public void Isolate(int node, int ms)
    {
        world.Trace.Say($"n{node} is cut off for {ms} ms");
        world.Faults.Count(FaultKind.NodeCutOff);
        CutFor(world.Nodes.Where(n => n.Id != node).SelectMany(n => new[] { (n.Id, node), (node, n.Id) }), ms);
    }

    /// <summary>Somebody who leads partitions hears no broker until another has its place, and longer than its lease can last; clients reach it all the while.</summary>
    public void StrandLeader()
    {
        var leaders = world.Nodes.FindAll(n => n.Life is { IsAlive: true } life && life.Partitions.Leaders.Any());
        // Whoever was paused for long may take records for as much longer.
        if (leaders.Count == 0 || world.PausedAtMostMs > World.SessionTimeoutMs)
            return;
        world.Faults.Count(FaultKind.LeaderStranded);
        Isolate(leaders[random.Next(leaders.Count)].Id, Checks.LeaseWatch.BoundMs(world) + World.SessionTimeoutMs + 500 + random.Next(1500));
    }

    public void Split()
    {
        var side = world.Nodes.Where(_ => random.Next(2) == 0).Select(n => n.Id).ToHashSet();
        if (side.Count == 0 || side.Count == world.Nodes.Count)
            return;
        world.Trace.Say($"the network splits: [{string.Join(",", side.Order())}] and the rest");
        world.Faults.Count(FaultKind.NetworkSplit);
        CutFor(
            from a in world.Nodes
            from b in world.Nodes
            where side.Contains(a.Id) != side.Contains(b.Id)
            select (a.Id, b.Id),
            Duration());
    }

    /// <summary>Nothing gets from one node to another, or to any other, while the other way works.</summary>
    public void CutOneWay()
    {
        var (from, to) = (Any(), Any());
        if (from == to)
            return;
        world.Faults.Count(FaultKind.OneWayCut);
        if (random.Next(3) > 0)
        {
            world.Trace.Say($"nothing gets from n{from} to n{to}");
            CutFor([(from, to)], Duration());
            return;
        }
        var isDeaf = random.Next(2) == 0;
        world.Trace.Say($"n{from} {(isDeaf ? "hears nobody" : "is not heard")}");
        CutFor(world.Nodes.Where(n => n.Id != from).Select(n => isDeaf ? (n.Id, from) : (from, n.Id)), Duration());
    }

    /// <summary>A link, or a node's links all together, breaks and works in turns.</summary>
    public void Flap()
    {
        var (a, b) = (Any(), Any());
        if (a == b)
            return;
        var (period, isWholeNode) = (200 + random.Next(900), random.Next(2) == 0);
        world.Trace.Say($"{(isWholeNode ? $"all links of n{a} flap" : $"the link between n{a} and n{b} flaps")}, every {period} ms");
        world.Faults.Count(FaultKind.FlappingLink);
        (int, int)[] links = isWholeNode
            ? [.. world.Nodes.Where(n => n.Id != a).SelectMany(n => new[] { (n.Id, a), (a, n.Id) })]
            : [(a, b), (b, a)];
        Toggle(8);

        void Toggle(int left)
        {
            if (world.IsHealing || left == 0)
                return;
            CutFor(links, (period / 4) + random.Next(period / 2));
            world.Events.After(period * 1000L, () => Toggle(left - 1));
        }
    }

    public void ChangeWeather() => world.Network.Weather = new NetworkWeather
    {
        LossRate = random.Next(3) * 0.02,
        DuplicateRate = random.Next(3) * 0.05,
        SlowRate = random.Next(3) * 0.1,
        SlowMaxMs = 20 + random.Next(600),
    };

    private int Any() => world.Nodes[random.Next(world.Nodes.Count)].Id;

    private int Duration() => random.Next(5) == 0 ? LongCutMs + random.Next(5000) : 300 + random.Next(3000);

    private void CutFor(IEnumerable<(int From, int To)> links, int ms)
    {
        var cut = links.Where(l => !world.Network.IsCut(l.From, l.To)).ToList();
        if (cut.Count > 0 && ms >= LongCutMs)
            world.Faults.Count(FaultKind.LongCut);
        cut.ForEach(l => world.Network.Cut(l.From, l.To));
        world.Events.After(ms * 1000L, () => cut.ForEach(l => world.Network.Mend(l.From, l.To)));
    }
}
