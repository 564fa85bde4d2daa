using Akka.Broker.Metrics;

namespace Akka.Broker.Benchmarks;

/// <summary>What counting adds to a request: the looks at the clock, a histogram a phase, the sums.</summary>
internal static class FigureBenchmarks
{
    private const int Calls = 1_000_000;
    private const int TimestampsARequest = 3;
    private const int PhasesARequest = 4;
    private const int SumsARequest = 5;

    public static void Run()
    {
        var time = TimeProvider.System;
        var family = new HistogramFamily("akka.broker.request.duration", "As requests are measured.", time);
        var phases = Enumerable.Range(0, PhasesARequest).Select(p => family.Add(new KeyValuePair<string, object?>("phase", p))).ToArray();
        var sums = new InFlight();
        var seconds = Measure.Best(Calls, () =>
        {
            var ticks = 0L;
            for (var i = 0; i < TimestampsARequest; i++)
                ticks = time.GetTimestamp();
            foreach (var phase in phases)
                phase.Record(ticks & 0xfffff);
            for (var i = 0; i < SumsARequest; i++)
                sums.Begin();
        });
        Console.WriteLine($"figures: {seconds * 1e9:F0} ns a request");
    }
}
