namespace Akka.Broker.Storage.Tests;

public sealed class SegmentRollSpec
{
    [Fact]
    public void A_segment_holds_no_more_than_its_bytes_unless_one_batch_is_larger()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 1000 });
        context.Log.Fill(20, valueBytes: 100);
        context.Log.Fill(1, valueBytes: 5000);
        context.Log.Fill(1);
        var sizes = Sizes(context);
        Assert.Equal(1, sizes.Count(s => s > 1000));
        Assert.Contains(sizes, s => s > 5000);
    }

    [Fact]
    public void A_segment_is_rolled_by_the_time_of_its_records()
    {
        using var context = new LogTestContext(new LogConfig { SegmentMs = 1000 });
        var log = context.Log;
        var token = log.TakeOver();
        log.Append(token, Batches.Of(0, timestamp: 5000));
        log.Append(token, Batches.Of(1, timestamp: 6000));
        Assert.Equal(1, log.SegmentCount);
        log.Append(token, Batches.Of(2, timestamp: 6001));
        Assert.Equal(2, log.SegmentCount);
        // The first batch's time is known again after a start.
        context.Kill().Append(context.Log.TakeOver(), Batches.Of(3, timestamp: 7002));
        Assert.Equal(3, context.Log.SegmentCount);
    }

    [Fact]
    public void Jitter_rolls_a_segment_before_its_time_and_by_the_seed()
    {
        var counts = Enumerable.Range(1, 20).Select(seed =>
        {
            using var context = new LogTestContext(new LogConfig { SegmentMs = 1000, SegmentJitterMs = 900 }, seed: seed);
            var token = context.Log.TakeOver();
            for (var i = 0; i < 10; i++)
                context.Log.Append(token, Batches.Of(i, timestamp: 5000 + i * 100));
            return context.Log.SegmentCount;
        }).ToList();
        Assert.True(counts.Distinct().Count() > 1);
        Assert.All(counts, c => Assert.InRange(c, 1, 10));
    }

    [Fact]
    public void A_full_index_rolls()
    {
        using var context = new LogTestContext(new LogConfig { SegmentIndexBytes = 60, IndexIntervalBytes = 0 });
        context.Log.Fill(40);
        Assert.True(context.Log.SegmentCount >= 8);
        Assert.All(
            context.Memory.FilesIn(context.LogFolder).Where(n => n.EndsWith("index")),
            n => Assert.True(context.Memory.FileLength($"{context.LogFolder}/{n}") <= 60));
    }

    [Fact]
    public void Offsets_too_far_from_the_base_roll()
    {
        using var context = new LogTestContext(new LogConfig { SegmentMs = long.MaxValue });
        var log = context.Log;
        log.Append(log.TakeOver(), Batches.Of(0), AppendKind.Follower);
        log.Append(log.TakeOver(), Batches.Of(int.MaxValue, 1), AppendKind.Follower);
        Assert.Equal(1, log.SegmentCount);
        log.Append(log.TakeOver(), Batches.Of(int.MaxValue + 1L, 5), AppendKind.Follower);
        Assert.Equal(2, log.SegmentCount);
        // An empty segment is of no use for what lies too far behind its base.
        log.RollAsync().Now();
        log.Append(log.TakeOver(), Batches.Of(5L * int.MaxValue), AppendKind.Follower);
        Assert.Equal(5L * int.MaxValue + 1, context.Log.LogEndOffset);
        Assert.Equal(4, Batches.Split(log.ReadAll()).Count);
    }

    [Fact]
    public void One_append_of_many_batches_goes_over_segments()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 1000 });
        var log = context.Log;
        var bytes = Batches.Join([.. Enumerable.Range(0, 50).Select(i => Batches.Of(i, valueBytes: i * 3))]);
        var result = log.Append(log.TakeOver(), bytes, AppendKind.Follower);
        Assert.Equal((0, 50), (result.BaseOffset, result.LogEndOffset));
        Assert.True(log.SegmentCount > 5);
        Assert.Equal(bytes, log.ReadAll());
        Assert.Equal(bytes, context.Kill().ReadAll());
    }

    [Fact]
    public void A_snapshot_of_the_producers_stands_at_each_new_segments_base()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 500 });
        context.Log.Fill(30);
        var bases = context.Memory.FilesIn(context.LogFolder).Where(n => n.EndsWith(".log")).Select(n => n[..20]).Skip(1);
        Assert.All(bases, b => Assert.True(context.Memory.FileLength($"{context.LogFolder}/{b}.snapshot") >= 0));
    }

    private static List<long> Sizes(LogTestContext context) =>
        [.. context.Memory.FilesIn(context.LogFolder).Where(n => n.EndsWith(".log")).Select(n => context.Memory.FileLength($"{context.LogFolder}/{n}"))];
}
