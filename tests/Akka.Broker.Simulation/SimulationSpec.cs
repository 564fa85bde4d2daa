using System.Collections.Concurrent;
using System.Globalization;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Faults;
using Xunit.Abstractions;

namespace Akka.Broker.Simulation;

/// <summary>
/// Whole clusters, a seed each. <c>AKKA_BROKER_SIM_SEEDS</c> says how many (2,000), <c>AKKA_BROKER_SIM_SEED</c> which is the first (1); the latter alone
/// replays that one and prints what happened.
/// </summary>
public sealed class SimulationSpec(ITestOutputHelper output)
{
    private const int FailuresShownMax = 20;

    /// <summary>For all kinds of faults and checks to have happened.</summary>
    private const int EnoughSeeds = 1000;

    [Fact]
    public void Clusters_under_faults_keep_what_they_promise()
    {
        var first = Number("AKKA_BROKER_SIM_SEED");
        var count = Number("AKKA_BROKER_SIM_SEEDS") ?? (first is null ? 2000 : 1);
        var failures = new ConcurrentBag<(long Seed, string What)>();
        var total = new CheckCounters();
        var faults = new FaultCounters();
        long vacuous = 0;
        Parallel.For(
            first ?? 1,
            (first ?? 1) + count,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            seed =>
            {
                var run = SimulationRun.Of(seed, isTraced: count == 1);
                if (run.Failure is { } failure)
                    failures.Add((seed, failure.Message + (failure is Kernel.InvariantBrokenException ? "" : $"\n{failure}")));
                if (count == 1)
                    Print(run);
                lock (total)
                {
                    total.Add(run.Counters);
                    faults.Add(run.Faults);
                    vacuous += run.Counters.AckedFound == 0 ? 1 : 0;
                }
            });
        output.WriteLine($"{count} seeds, {failures.Count} failed");
        output.WriteLine($"checked: {total}");
        output.WriteLine($"faults: {faults}");
        foreach (var (seed, what) in failures.OrderBy(f => f.Seed).Take(FailuresShownMax))
            output.WriteLine($"seed {seed}: {what}\n    AKKA_BROKER_SIM_SEED={seed} dotnet test tests/Akka.Broker.Simulation -c Release --filter Clusters --logger 'console;verbosity=detailed'");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {count} seeds failed; the first: seed {failures.Select(f => f.Seed).DefaultIfEmpty().Min()}");
        if (count < EnoughSeeds)
            return;
        AssertNotVacuous(total, count, vacuous);
        var rare = faults.RarerThan(count / 100).ToList();
        Assert.True(rare.Count == 0, $"What happened less often than in every hundredth seed is not tried: {string.Join(", ", rare)}; {faults}");
    }

    [Fact]
    public void A_seed_gives_the_same_run_again()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var one = SimulationRun.Of(seed, isTraced: true);
            var other = SimulationRun.Of(seed, isTraced: true);
            Assert.Equal(one.Trace, other.Trace);
            Assert.Equal(one.Counters.ToString(), other.Counters.ToString());
        }
    }

    private static void AssertNotVacuous(CheckCounters total, long count, long vacuous)
    {
        Assert.True(vacuous < count / 10, $"{vacuous} of {count} seeds never had an acknowledged record to find");
        Assert.True(total.NonVacuousEvents > count * 50, total.ToString());
        long[] happened =
        [
            total.AckedRead, total.Agreements, total.Leaderships, total.ControllerTerms, total.ControllerRecords, total.ImagesCompared, total.Truncations,
            total.LogsLost, total.LateAppends, total.OfflineChecked, total.VotersMended, total.Generations, total.OffsetsCommitted,
        ];
        Assert.True(happened.All(h => h > 0), $"Some kind of check had nothing to look at: {total}");
    }

    private void Print(SimulationRun run)
    {
        foreach (var line in run.Trace)
            output.WriteLine(line);
    }

    internal static long? Number(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
