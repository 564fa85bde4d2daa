using System.Diagnostics;

namespace Akka.Broker.Benchmarks;

/// <summary>The best of several runs: what the code costs when nothing else disturbs it.</summary>
internal static class Measure
{
    private const int Runs = 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Seconds of one call.</summary>
    public static double Best(int calls, Action action)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
            action();
        var best = double.MaxValue;
        for (var run = 0; run < Runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
                action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best / calls;
    }

    /// <summary>Seconds of one call of something that is awaited, a few runs of it.</summary>
    public static async Task<double> BestAsync(int runs, Func<Task> action)
    {
        var best = double.MaxValue;
        for (var run = 0; run < runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            await action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
