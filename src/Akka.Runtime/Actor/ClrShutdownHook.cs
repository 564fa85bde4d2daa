namespace Akka.Actor;

/// <summary>Runs the coordinated shutdown of each system that still lives when the process ends, and holds the end up for its total time at most.</summary>
internal static class ClrShutdownHook
{
    private static readonly HashSet<CoordinatedShutdown> Live = [];
    private static bool _hooked;

    public static void Register(CoordinatedShutdown shutdown)
    {
        lock (Live)
        {
            Live.Add(shutdown);
            if (!_hooked)
                AppDomain.CurrentDomain.ProcessExit += (_, _) => RunAll();
            _hooked = true;
        }
        shutdown.System.RegisterOnTermination(() =>
        {
            lock (Live)
                Live.Remove(shutdown);
        });
    }

    private static void RunAll()
    {
        CoordinatedShutdown[] live;
        lock (Live)
            live = [.. Live];
        var all = live.Select(shutdown => shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(shutdown.TotalTimeout)).ToArray();
        try
        {
            Task.WaitAll(all);
        }
        catch (AggregateException)
        {
            // The process ends anyway; each shutdown has logged what went wrong.
        }
    }
}
