namespace Akka.Broker.Storage.Tests;

public sealed class RetentionSpec
{
    private static readonly LogConfig Small = new() { SegmentBytes = 500, RetentionMs = -1 };

    [Fact]
    public void Old_segments_go_by_their_newest_record()
    {
        using var context = Filled(Small, out var log);
        var segments = log.SegmentCount;
        var middle = Batches.Time + 15;
        log.UpdateConfig(Small with { RetentionMs = 1000 });
        Assert.True(log.DeleteOldSegmentsAsync(middle + 1000, log.LogEndOffset).Now() > 0);
        Assert.InRange(log.LogStartOffset, 1, 15);
        Assert.True(log.SegmentCount < segments);
        Assert.Equal(log.LogStartOffset, log.ReadHeaders(log.LogStartOffset).First().BaseOffset);
        Assert.Throws<OffsetOutOfRangeException>(() => log.Read(log.LogStartOffset - 1, 100, 30, true));
    }

    [Fact]
    public void The_active_segment_goes_too_when_all_of_it_is_old_but_the_offsets_go_on()
    {
        using var context = Filled(Small with { RetentionMs = 1000 }, out var log);
        Assert.True(log.DeleteOldSegmentsAsync(Batches.Time + 100_000, log.LogEndOffset).Now() > 0);
        Assert.Equal((30, 30, 1), (log.LogStartOffset, log.LogEndOffset, log.SegmentCount));
        Assert.Equal(0, log.DeleteOldSegmentsAsync(Batches.Time + 200_000, log.LogEndOffset).Now());
        log.Fill(1);
        Assert.Equal(31, context.Kill().LogEndOffset);
        Assert.Equal(30, context.Log.LogStartOffset);
    }

    [Fact]
    public void The_size_is_kept_at_least()
    {
        using var context = Filled(Small with { RetentionBytes = 1200 }, out var log);
        Assert.True(log.DeleteOldSegmentsAsync(0, log.LogEndOffset).Now() > 0);
        Assert.InRange(log.SizeInBytes, 1200, 1700);
    }

    [Fact]
    public void Nothing_above_the_high_watermark_is_deleted()
    {
        using var context = Filled(Small with { RetentionBytes = 0, RetentionMs = 0 }, out var log);
        Assert.Equal(0, log.DeleteOldSegmentsAsync(long.MaxValue / 2, highWatermark: 1).Now());
        log.DeleteOldSegmentsAsync(long.MaxValue / 2, highWatermark: 20).Now();
        Assert.InRange(log.LogStartOffset, 1, 20);
    }

    [Fact]
    public void A_compacted_topic_loses_nothing_by_time_or_size_but_what_lies_before_the_log_start()
    {
        using var context = Filled(Small with { RetentionBytes = 0, RetentionMs = 0, CleanupPolicy = CleanupPolicy.Compact }, out var log);
        Assert.Equal(0, log.DeleteOldSegmentsAsync(long.MaxValue / 2, 30).Now());
        log.IncrementLogStartOffsetAsync(20).Now();
        Assert.True(log.DeleteOldSegmentsAsync(0, 30).Now() > 0);
        Assert.Equal(20, log.LogStartOffset);
    }

    [Fact]
    public void The_move_of_the_log_start_is_told()
    {
        using var context = Filled(Small, out var log);
        var told = new List<long>();
        log.LogStartOffsetMoved += l => told.Add(l.LogStartOffset);
        log.IncrementLogStartOffsetAsync(7).Now();
        log.IncrementLogStartOffsetAsync(5).Now();
        log.UpdateConfig(Small with { RetentionBytes = 0 });
        log.DeleteOldSegmentsAsync(0, 30).Now();
        Assert.Equal([7, 30], told);
        Assert.Throws<OffsetOutOfRangeException>(() => log.IncrementLogStartOffsetAsync(31).Now());
    }

    [Fact]
    public void Deleted_files_are_renamed_at_once_and_removed_after_their_delay()
    {
        using var context = Filled(Small with { RetentionBytes = 0, FileDeleteDelayMs = 5000 }, out var log);
        log.DeleteOldSegmentsAsync(0, 30).Now();
        Assert.Contains(".log.deleted", context.Memory.ToString());
        context.Time.Advance(TimeSpan.FromSeconds(4));
        context.Manager.Tick();
        Assert.Contains(".log.deleted", context.Memory.ToString());
        context.Time.Advance(TimeSpan.FromSeconds(2));
        context.Manager.Tick();
        Assert.DoesNotContain(".deleted", context.Memory.ToString());
    }

    [Fact]
    public void A_reader_keeps_its_range_through_retention_and_removal()
    {
        using var context = Filled(Small with { RetentionBytes = 0, FileDeleteDelayMs = 0 }, out var log);
        var all = log.ReadAll();
        var records = log.Read(0, 1 << 20, 30, minOneBatch: true);
        log.DeleteOldSegmentsAsync(0, 30).Now();
        context.Manager.Tick();
        Assert.DoesNotContain(".deleted", context.Memory.ToString());
        Assert.Equal(all[..records.SizeInBytes], records.ToArray());
        records.Dispose();
        records.Dispose();
        Assert.Throws<ObjectDisposedException>(() => records.ToArray());
    }

    [Fact]
    public void The_clock_asks_for_retention()
    {
        using var context = Filled(Small with { RetentionBytes = 1000 }, out var log);
        log.HighWatermark = 30;
        context.Manager.Tick();
        Assert.Equal(0, log.LogStartOffset);
        context.Time.Advance(TimeSpan.FromMinutes(5));
        context.Manager.Tick();
        Assert.True(log.LogStartOffset > 0);
    }

    private static LogTestContext Filled(LogConfig config, out PartitionLog log)
    {
        var context = new LogTestContext(config);
        log = context.Log;
        log.Fill(30);
        return context;
    }
}
