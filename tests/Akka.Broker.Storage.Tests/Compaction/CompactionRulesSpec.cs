using Akka.Broker.Storage.Compaction;

namespace Akka.Broker.Storage.Tests.Compaction;

public sealed class CompactionRulesSpec
{
    private const long Now = 1_000_000;
    private static readonly LogConfig Config = new() { CleanupPolicy = CleanupPolicy.Compact, SegmentBytes = 250, SegmentIndexBytes = 1000 };

    // Bases 0, 10, 20, 30, and the active segment from 40 on; 100 bytes each.
    private static readonly SegmentFacts[] Five = [.. Enumerable.Range(0, 5).Select(i => new SegmentFacts(i * 10, 100, 8, 12, Now - 500 + i * 100, Now - 600 + i * 100))];

    [Theory]
    // first dirty, bound → first uncleanable, clean, dirty
    [InlineData(0, 100, 40, 0, 400)]
    [InlineData(20, 100, 40, 200, 200)]
    [InlineData(40, 100, 40, 400, 0)]
    [InlineData(15, 100, 40, 100, 300)]
    [InlineData(0, 39, 30, 0, 300)]
    [InlineData(0, 40, 40, 0, 400)]
    [InlineData(0, 5, 0, 0, 0)]
    [InlineData(20, 5, 0, 0, 0)]
    public void Whole_segments_below_the_bound_are_planned(long firstDirty, long bound, long uncleanable, long clean, long dirty)
    {
        var plan = CompactionRules.Plan(Five, new CompactionBounds(0, firstDirty, bound), Now, Config);
        Assert.Equal((uncleanable, clean, dirty), (plan.FirstUncleanableOffset, plan.CleanBytes, plan.DirtyBytes));
    }

    [Fact]
    public void What_was_deleted_from_the_start_is_not_dirty()
    {
        Assert.Equal(7, CompactionRules.Plan(Five, new CompactionBounds(7, 3, 100), Now, Config).FirstDirtyOffset);
        Assert.Equal(9, CompactionRules.Plan(Five, new CompactionBounds(7, 9, 100), Now, Config).FirstDirtyOffset);
    }

    [Fact]
    public void The_segment_before_an_empty_active_one_is_left_alone()
    {
        SegmentFacts[] segments = [.. Five[..4], Five[4] with { Size = 0 }];
        Assert.Equal(30, CompactionRules.Plan(segments, new CompactionBounds(0, 0, 100), Now, Config).FirstUncleanableOffset);
        Assert.Equal(0, CompactionRules.Plan(segments[..1], new CompactionBounds(0, 0, 100), Now, Config).FirstUncleanableOffset);
    }

    [Theory]
    [InlineData(0, 40)]
    [InlineData(250, 30)]
    [InlineData(350, 20)]
    [InlineData(5000, 0)]
    public void Young_segments_wait(long minLagMs, long uncleanable)
    {
        var config = Config with { MinCompactionLagMs = minLagMs };
        Assert.Equal(uncleanable, CompactionRules.Plan(Five, new CompactionBounds(0, 0, 100), Now, config).FirstUncleanableOffset);
    }

    [Theory]
    [InlineData(601, 0, false)]
    [InlineData(600, 0, false)]
    [InlineData(590, 10, true)]
    public void Old_dirty_records_are_due_whatever_their_share(long maxLagMs, long overdueMs, bool isDue)
    {
        var config = Config with { MaxCompactionLagMs = maxLagMs, MinCleanableDirtyRatio = 1 };
        var plan = CompactionRules.Plan(Five, new CompactionBounds(0, 0, 100), Now, config);
        Assert.Equal(overdueMs, plan.OverdueMs);
        Assert.Equal(isDue, plan.IsDue(config));
    }

    [Fact]
    public void The_dirty_share_decides_and_nothing_dirty_is_never_due()
    {
        var plan = CompactionRules.Plan(Five, new CompactionBounds(0, 20, 100), Now, Config);
        Assert.Equal(0.5, plan.DirtyRatio);
        Assert.False(plan.IsDue(Config));
        Assert.True(plan.IsDue(Config with { MinCleanableDirtyRatio = 0.49 }));
        Assert.False(CompactionRules.Plan(Five, new CompactionBounds(0, 40, 100), Now, Config).IsDue(Config with { MinCleanableDirtyRatio = 0 }));
    }

    [Fact]
    public void Neighbours_that_fit_one_segment_are_a_group()
    {
        Assert.Equal(2, CompactionRules.GroupLength(Five, 0, 40, Config));
        Assert.Equal(4, CompactionRules.GroupLength(Five, 0, 40, Config with { SegmentBytes = 10_000 }));
        Assert.Equal(3, CompactionRules.GroupLength(Five, 0, 25, Config with { SegmentBytes = 10_000 }));
        Assert.Equal(1, CompactionRules.GroupLength(Five, 0, 40, Config with { SegmentBytes = 50 }));
        Assert.Equal(2, CompactionRules.GroupLength(Five, 0, 40, Config with { SegmentBytes = 10_000, SegmentIndexBytes = 24 }));
        SegmentFacts[] far = [Five[0], Five[1] with { BaseOffset = int.MaxValue - 5L }, Five[2] with { BaseOffset = int.MaxValue + 1L }, Five[3] with { BaseOffset = int.MaxValue + 50L }];
        Assert.Equal(2, CompactionRules.GroupLength(far, 0, long.MaxValue, Config with { SegmentBytes = 10_000 }));
    }
}
