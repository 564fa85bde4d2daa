using Akka.Broker.Simulation.Faults;
using Xunit.Abstractions;

namespace Akka.Broker.Simulation;

/// <summary>The simulator finds what is planted: each known-bad behaviour breaks an invariant within so many seeds.</summary>
public sealed class MutationSpec(ITestOutputHelper output)
{
    private const int SeedsMax = 400;

    public static TheoryData<string> Planted => [.. Enum.GetNames<Mutation>().Where(name => name != nameof(Mutation.None))];

    [Theory]
    [MemberData(nameof(Planted))]
    public void Planted_fault_is_found(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            if (SimulationRun.Of(seed, mutation).Failure is not { } failure)
                continue;
            output.WriteLine($"{name}: seed {seed}: {failure.Message}");
            return;
        }
        Assert.Fail($"{name} was not found within {SeedsMax} seeds.");
    }
}
