using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

/// <summary>A disk that fills up: what is refused, what goes on, and how it ends.</summary>
public sealed class DiskReserveSpec
{
    private const int Reserve = 1000;

    [Fact]
    public void At_the_reserve_records_are_refused_and_all_else_goes_on_until_there_is_space()
    {
        using var context = Context(new LogConfig { SegmentBytes = 500, RetentionBytes = 3000 });
        var log = context.Log;
        log.Fill(20);
        SetFree(context, Reserve - 1);
        context.Manager.Tick();
        Assert.True(log.IsShortOfSpace);
        var refused = log.Append(log.TakeOver(), Batches.Of(20));
        Assert.Equal(AppendStatus.DiskFull, refused.Status);
        Assert.Null(log.Failure);

        // What keeps the broker going may use the reserve.
        log.UpdateConfig(log.Config with { MayUseReserve = true });
        Assert.True(log.Append(log.TakeOver(), Batches.Of(20)).IsAppended);
        log.UpdateConfig(log.Config with { MayUseReserve = false, RetentionBytes = 500 });
        log.HighWatermark = 21;
        Assert.Equal(20, Batches.Split(log.ReadAll())[^1].BaseOffset);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        Assert.Equal(21, log.RecoveryPoint);
        Assert.Equal(5, log.IncrementLogStartOffsetAsync(5).Now());
        Assert.True(log.DeleteOldSegmentsAsync(context.Time.NowMs, 21).Now() > 0);

        // Not quite enough, then enough.
        SetFree(context, Reserve + 50);
        context.Manager.Tick();
        Assert.Equal(AppendStatus.DiskFull, log.Append(log.TakeOver(), Batches.Of(21)).Status);
        SetFree(context, Reserve + 150);
        context.Manager.Tick();
        Assert.True(log.Append(log.TakeOver(), Batches.Of(21)).IsAppended);
        Assert.Single(context.Events, e => e.Level == LogEventLevel.Error && e.Message.Contains("held back"));
        Assert.Single(context.Events, e => e.Message.Contains("records are taken"));
    }

    [Fact]
    public void A_short_disk_is_freed_of_deleted_records_without_waiting_for_the_next_retention_check()
    {
        using var context = Context(new LogConfig { SegmentBytes = 500, FileDeleteDelayMs = 60_000 });
        var log = context.Log;
        log.Fill(20);
        log.HighWatermark = 20;
        Assert.Equal(20, log.IncrementLogStartOffsetAsync(20).Now());
        var files = context.Memory.FilesIn(context.LogFolder).Count;
        context.Manager.Tick();
        Assert.Equal(files, context.Memory.FilesIn(context.LogFolder).Count);

        SetFree(context, Reserve - 1);
        context.Manager.Tick();
        Assert.True(log.IsShortOfSpace);
        context.Manager.Tick();
        Assert.Single(context.Memory.FilesIn(context.LogFolder), f => f.EndsWith(".log"));
        context.Manager.Tick();
        Assert.False(log.IsShortOfSpace);
        Assert.True(log.Append(log.TakeOver(), Batches.Of(20)).IsAppended);
    }

    [Fact]
    public void What_is_appended_between_two_looks_at_the_disk_is_counted()
    {
        using var context = Context(new LogConfig());
        SetFree(context, Reserve + 2000);
        context.Manager.Tick();
        var log = context.Log;
        var appended = 0;
        while (log.Append(log.TakeOver(), Batches.Of(log.LogEndOffset, valueBytes: 100)).IsAppended)
            appended++;
        // The one that goes over the bound is taken.
        Assert.InRange(appended, 2000 / Batches.Of(99, valueBytes: 100).Length, 2000 / Batches.Of(0, valueBytes: 100).Length + 1);
        Assert.True(context.Memory.SpaceOf("/").FreeBytes > Reserve - 300);
        context.Manager.Tick();
        Assert.Single(context.Events, e => e.Level == LogEventLevel.Error && e.Message.Contains("held back"));
    }

    [Fact]
    public void The_reserve_is_never_more_than_a_tenth_of_the_disk()
    {
        var guard = new SpaceGuard(new MemoryDisk { CapacityBytes = 5000 }, "/", 1_000_000);
        Assert.Null(guard.Measure());
        Assert.True(guard.Fits(4500));
        Assert.False(guard.Fits(4501));
    }

    [Fact]
    public void Compaction_leaves_the_reserve_alone_and_is_done_when_there_is_space()
    {
        using var context = Context(new LogConfig { CleanupPolicy = CleanupPolicy.Compact, RetentionMs = -1 });
        for (var i = 0; i < 50; i++)
            context.Log.Put(($"k{i % 3}", $"{i}"));
        context.Roll();
        SetFree(context, Reserve + 200);
        context.Manager.Tick();
        Assert.Empty(context.Manager.CompactDue());
        Assert.Contains(context.Events, e => e.Level == LogEventLevel.Warning && e.Message.Contains("held back"));
        SetFree(context, long.MaxValue / 2);
        context.Manager.Tick();
        Assert.Single(context.Manager.CompactDue());
    }

    [Fact]
    public void A_broker_that_was_killed_on_a_disk_without_a_byte_left_starts_and_serves_what_it_has()
    {
        foreach (var free in (int[])[0, 10, 100, 300])
        {
            using var context = Context(new LogConfig { SegmentBytes = 500, IndexIntervalBytes = 50 });
            context.Log.Fill(40);
            var all = context.Log.ReadAll();
            var disk = context.Memory.Copy();
            foreach (var name in disk.FilesIn(context.LogFolder).Where(f => f.EndsWith("index") || f.EndsWith(".snapshot")))
                disk.DeleteFile($"{context.LogFolder}/{name}");
            context.Restart(disk);
            SetLeft(context, free);
            Assert.Equal(all, context.Log.ReadAll());
            Assert.Null(context.Log.Failure);
            Assert.Empty(context.Manager.Offline);
            Assert.Equal(AppendStatus.DiskFull, context.Log.Append(context.Log.TakeOver(), Batches.Of(40, valueBytes: 400)).Status);
            context.Manager.CloseCleanlyAsync().Now();
            context.Restart(context.Memory.Copy());

            context.Memory.CapacityBytes = long.MaxValue;
            context.Log.Fill(2);
            Assert.Equal(42, context.Log.LogEndOffset);
            Assert.StartsWith(Convert.ToHexString(all), Convert.ToHexString(context.Log.ReadAll()));
        }
    }

    [Fact]
    public void Space_that_is_held_for_need_is_given_back_on_a_full_disk_and_taken_again_later()
    {
        using var context = Context(new LogConfig { MayUseReserve = true });
        var log = context.Log;
        context.Manager.Tick();
        Assert.Equal(Reserve / 8, context.Memory.FileLength($"{LogTestContext.Folder}/.ballast"));

        // Killed, and another program has taken all that was left.
        context.Restart(context.Memory.Copy());
        SetLeft(context, 0);
        log = context.Log;
        Assert.True(log.Append(log.TakeOver(), Batches.Of(0)).IsAppended);
        Assert.Single(context.Events, e => e.Level == LogEventLevel.Warning && e.Message.Contains("given back"));

        SetFree(context, 2 * Reserve);
        context.Manager.Tick();
        Assert.Equal(Reserve / 8, context.Memory.FileLength($"{LogTestContext.Folder}/.ballast"));
    }

    private static LogTestContext Context(LogConfig config)
    {
        var context = new LogTestContext(config) { ReserveBytes = Reserve };
        // Large enough for the reserve to be less than a tenth of it.
        context.Memory.WriteAll("/other", new byte[20 * Reserve]);
        return context;
    }

    /// <summary>So much is free, counting what is held for need.</summary>
    private static void SetFree(LogTestContext context, long bytes) =>
        SetLeft(context, bytes - Math.Max(0, context.Memory.FileLength($"{LogTestContext.Folder}/.ballast")));

    private static void SetLeft(LogTestContext context, long bytes) => context.Memory.CapacityBytes = Used(context.Memory) + bytes;

    private static long Used(MemoryDisk disk) =>
        disk.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..]));
}
