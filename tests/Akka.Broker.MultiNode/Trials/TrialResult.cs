using Akka.Broker.MultiNode.Checking;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>What a trial brought to light.</summary>
/// <param name="Name">The topic's name too.</param>
/// <param name="Verdict">Of the checker.</param>
/// <param name="Gaps">The writer's longest silence at each fault that was to be measured, of its worst partition.</param>
/// <param name="Faults">How many.</param>
public sealed record TrialResult(string Name, Verdict Verdict, IReadOnlyList<TimeSpan> Gaps, int Faults)
{
    public TimeSpan GapMax => Gaps.DefaultIfEmpty().Max();

    public TimeSpan GapMedian => Gaps.Order().ElementAtOrDefault(Gaps.Count / 2);

    public override string ToString()
    {
        var gaps = Gaps.Count == 0 ? "" : $"; silence p50 {GapMedian.TotalSeconds:0.00} s, max {GapMax.TotalSeconds:0.00} s over {Gaps.Count}";
        return $"{Name}: {Faults} faults{gaps}; {Verdict}";
    }

    /// <summary>The checker has found nothing, and the trial was not an empty one.</summary>
    public TrialResult MustBeClean()
    {
        Assert.True(Verdict.IsClean, ToString());
        Assert.True(Verdict.Acked > 0, ToString());
        Assert.True(Verdict.GivenUp == 0, ToString());
        return this;
    }
}
