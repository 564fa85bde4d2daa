using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Faults;

/// <summary>Ends of processes and machines, and pauses; what ends starts again after a while.</summary>
internal sealed class ProcessFaults(World world, Cluster cluster, Random random, bool flipsBits)
{
    private const int LongPauseMs = World.SessionTimeoutMs;

    public void Kill()
    {
        if (AnyUp() is { } node)
            Kill(node, Soon());
    }

    public void Kill(SimNode node, int startAfterMs)
    {
        world.Faults.Count(FaultKind.Kill);
        cluster.Kill(node);
        StartLater(node, startAfterMs);
    }

    public void Crash()
    {
        var count = 1 + random.Next(Math.Max(1, (world.Nodes.Count - 1) / 2));
        world.Faults.Count(count == 1 ? FaultKind.CrashOfOne : FaultKind.CrashOfMinority);
        for (var i = 0; i < count && AnyUp() is { } node; i++)
            Crash(node, Soon());
    }

    public void Crash(SimNode node, int startAfterMs)
    {
        cluster.Crash(node, flipsBits);
        StartLater(node, startAfterMs);
    }

    public void CrashAll()
    {
        world.Faults.Count(FaultKind.CrashOfAll);
        foreach (var node in world.Nodes.Where(n => n.IsUp).ToList())
            Crash(node, 100 + random.Next(2000));
    }

    public void StopCleanly()
    {
        if (AnyUp() is not { } node)
            return;
        world.Trace.Say($"n{node.Id} is stopped");
        node.Life!.StopCleanly(() =>
        {
            world.Faults.Count(FaultKind.CleanStop);
            cluster.OnStopped(node);
            StartLater(node, 100 + random.Next(1500));
        });
    }

    public void Pause()
    {
        if (AnyUp() is { } node)
            Pause(node, random.Next(2) == 0 ? 200 + random.Next(800) : LongPauseMs + random.Next(4000));
    }

    public void Pause(SimNode node, int ms)
    {
        world.Faults.Count(ms < LongPauseMs ? FaultKind.ShortPause : FaultKind.LongPause);
        world.Trace.Say($"n{node.Id} is paused for {ms} ms");
        node.Life!.Pause(ms);
        world.PausedAtMostMs = Math.Max(world.PausedAtMostMs, node.Life.PausedForMs);
    }

    public void JumpClock()
    {
        var node = world.Nodes[random.Next(world.Nodes.Count)];
        world.Faults.Count(FaultKind.ClockJump);
        // Seconds as a bad time server, or days.
        var bound = random.Next(3) == 0 ? 100_000_000 : 100_000;
        node.Clock.SkewMs = random.Next(-bound, bound);
        world.Trace.Say($"the wall clock of n{node.Id} jumps to {node.Clock.SkewMs} ms from the others'");
    }

    public void StartLater(SimNode node, int ms) => world.Events.After(ms * 1000L, () => cluster.Start(node));

    private SimNode? AnyUp()
    {
        var up = world.Nodes.FindAll(n => n.IsUp);
        return up.Count == 0 ? null : up[random.Next(up.Count)];
    }

    private int Soon() => 100 + random.Next(random.Next(3) == 0 ? 4000 : 600);
}
