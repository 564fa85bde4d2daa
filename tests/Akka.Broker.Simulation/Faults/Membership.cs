using System.Collections.Immutable;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// What each node's membership tells it: who is reachable, oldest first. It is late, it can be one-sided, and in the fault phase it lies: it misses who is
/// there, names who is not, mixes the order up, or downs a broker that is well. All of that may cost time and nothing else.
/// </summary>
internal sealed class Membership(World world, Random random, bool lies)
{
    private const int PeriodMs = 400;

    private readonly Dictionary<int, ImmutableArray<int>> _told = [];

    public void Start() => world.Events.After(PeriodMs * 1000, Look);

    private void Look()
    {
        foreach (var node in world.Nodes)
        {
            if (node.Life is not { IsAlive: true } life)
            {
                _told.Remove(node.Id);
                continue;
            }
            var seen = Seen(node.Id);
            if (lies && !world.IsHealing && random.Next(6) == 0)
                seen = Bent(seen);
            if (_told.TryGetValue(node.Id, out var told) && told.SequenceEqual(seen))
                continue;
            _told[node.Id] = seen;
            world.Events.After(random.Next(600_000), () => life.Quorum.SetCandidates(seen), life);
            TellController(life, seen);
        }
        world.Events.After(PeriodMs * 1000, Look);
    }

    private void TellController(Nodes.NodeLife life, ImmutableArray<int> seen)
    {
        foreach (var other in world.Nodes)
        {
            if (!seen.Contains(other.Id))
                world.Events.After(800_000, () => Down(life, other.Id), life);
        }
    }

    private void Down(Nodes.NodeLife life, int other)
    {
        if (_told.TryGetValue(life.Id, out var told) && !told.Contains(other))
            life.Controller?.OnDowned(other);
    }

    private ImmutableArray<int> Seen(int viewer) =>
    [
        .. world.Nodes
            .Where(n => n.Id == viewer || (n.IsUp && n.Life!.PausedUntilUs <= world.Events.NowUs && !world.Network.IsCut(viewer, n.Id) && !world.Network.IsCut(n.Id, viewer)))
            .OrderBy(n => n.UpSinceUs).ThenBy(n => n.Id)
            .Select(n => n.Id),
    ];

    private ImmutableArray<int> Bent(ImmutableArray<int> seen)
    {
        world.Faults.Count(FaultKind.MembershipLie);
        switch (random.Next(4))
        {
            case 0:
                return seen.Length > 1 ? seen.RemoveAt(random.Next(seen.Length)) : seen;
            case 1:
                return [.. world.Nodes.Select(n => n.Id)];
            case 2:
                var mixed = seen.ToArray();
                random.Shuffle(mixed);
                return [.. mixed];
            default:
                return [];
        }
    }
}
