using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Strikes where the metadata's quorum is most delicate: a leader within milliseconds of its election, when half of what it begins with has got anywhere, and a voter
/// right after its grant, which it must remember though it is back at once. Chance alone comes there too rarely.
/// </summary>
internal sealed class Hunter(World world, ProcessFaults processes, LinkFaults links, Random random, bool interleaves)
{
    private const int HoldUsMax = 40_000;

    // In half of the runs most of it: the more is held up, the more candidates there are in one epoch.
    private readonly int _heldPercent = 50 + (35 * random.Next(2));
    private readonly InterleavedEpochs _epochs = new(world, processes);

    /// <summary>What a candidate or a new leader says is held up now and then, so that two do not hear of each other and voters are asked when they are back.</summary>
    public void Start() => world.Network.Hold = message =>
        message is VoteQuery { IsPreVote: false } or BeginEpochQuery && random.Next(100) < _heldPercent && !_epochs.IsUnderWay ? random.Next(HoldUsMax) : _epochs.Hold(message);

    public void OnElected(NodeLife life)
    {
        if (interleaves && !world.IsHealing && (_epochs.IsUnderWay || random.Next(3) == 0) && _epochs.OnElected(life))
            return;
        if (MayStrike(8))
            world.Events.After(Moment(), () => Chase(life), life);
    }

    /// <summary>Whoever leads now, so that there is another election.</summary>
    public void Chase()
    {
        if (_epochs.IsUnderWay)
            return;
        foreach (var node in world.Nodes)
        {
            if (node.Life is { IsAlive: true } life && life.Quorum.Machine.Role == QuorumRole.Leader)
            {
                Chase(life);
                return;
            }
        }
    }

    public void OnGranted(NodeLife life)
    {
        if (!_epochs.IsUnderWay && MayStrike(3))
            world.Events.After(Moment() / 8, () => KillAfterGrant(life), life);
    }

    private void Chase(NodeLife life)
    {
        if (world.IsHealing)
            return;
        world.Faults.Count(FaultKind.ControllerChased);
        var node = world.Node(life.Id);
        var ms = 1 + random.Next(random.Next(2) == 0 ? 60 : 700);
        switch (random.Next(5))
        {
            case 0:
                processes.Crash(node, ms);
                break;
            case 1:
                processes.Pause(node, ms);
                break;
            case 2:
                links.Isolate(node.Id, ms);
                break;
            default:
                processes.Kill(node, ms);
                break;
        }
    }

    private void KillAfterGrant(NodeLife life)
    {
        if (world.IsHealing)
            return;
        world.Faults.Count(FaultKind.VoterKilledAfterGrant);
        processes.Kill(world.Node(life.Id), 1 + random.Next(12));
    }

    private bool MayStrike(int inSo) => !world.IsHealing && random.Next(inSo) > 0;

    /// <summary>From a tenth of a millisecond to some fifty, each order of magnitude as likely.</summary>
    private long Moment() => 100L << random.Next(10);
}
