using Akka.Broker.Simulation.Faults;
using Xunit.Abstractions;

namespace Akka.Broker.Simulation;

/// <summary>
/// The simulator finds what is planted: each known-bad behaviour breaks an invariant within so many seeds. <c>AKKA_BROKER_SIM_SEEDS</c> tries so many, all of them, and says
/// how many find it: what few find may slip through when the faults are drawn otherwise.
/// </summary>
public sealed class MutationSpec(ITestOutputHelper output)
{
    private const int SeedsMax = 400;

    public static TheoryData<string> Planted => [.. Enum.GetNames<Mutation>().Where(name => name != nameof(Mutation.None))];

    [Theory]
    [MemberData(nameof(Planted))]
    public void Planted_fault_is_found(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        if (SimulationSpec.Number("AKKA_BROKER_SIM_SEEDS") is { } count)
        {
            Count(mutation, count);
            return;
        }
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            if (SimulationRun.Of(seed, mutation).Failure is not { } failure)
                continue;
            output.WriteLine($"{name}: seed {seed}: {failure.Message}");
            return;
        }
        Assert.Fail($"{name} was not found within {SeedsMax} seeds.");
    }

    private void Count(Mutation mutation, long seeds)
    {
        var found = 0;
        Parallel.For(1, seeds + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            if (SimulationRun.Of(seed, mutation).Failure is not null)
                Interlocked.Increment(ref found);
        });
        output.WriteLine($"{mutation}: found by {found} of {seeds} seeds");
        Assert.True(found > 0);
    }
}
