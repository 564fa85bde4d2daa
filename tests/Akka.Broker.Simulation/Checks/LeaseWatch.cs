using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Checks;

/// <summary>
/// Who leads a partition by the committed metadata, since when, and who takes records all the same.
/// <para>
/// Invariant: a node that another has replaced takes no record, whatever acks it asks for, when its lease must have ended: a session after the last word of a controller,
/// which itself cannot have lasted longer without a majority than its own bound. Who was paused may have old messages to go through.
/// </para>
/// </summary>
internal sealed class LeaseWatch(World world, string name)
{
    private const int SlackMs = 2 * World.TickMs;

    private readonly List<(int Epoch, int Leader, long SinceMs)> _epochs = [];

    /// <summary>How long after its successor's epoch was committed a leader may still take records.</summary>
    public static int BoundMs(World world) => World.SessionTimeoutMs + world.QuorumTimes.CheckQuorumMs + SlackMs + world.PausedAtMostMs;

    public void OnCommitted(int epoch, int leader)
    {
        if (_epochs.Count == 0 || _epochs[^1].Epoch < epoch)
            _epochs.Add((epoch, leader, world.Events.NowMs));
    }

    public void OnTaken(int node, int epoch)
    {
        foreach (var (newer, leader, since) in _epochs)
        {
            if (newer <= epoch || leader == node)
                continue;
            world.Counters.LateAppends++;
            if (world.Events.NowMs - since > BoundMs(world))
                throw new InvariantBrokenException($"{name}: node {node} takes a record in epoch {epoch}, {world.Events.NowMs - since} ms after epoch {newer} of {(leader < 0 ? "nobody" : $"node {leader}")} was committed; its lease has ended");
            return;
        }
    }
}
