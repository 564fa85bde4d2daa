using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

public sealed class DiskFaultSpec
{
    [Fact]
    public void A_failed_write_fails_the_log_for_good()
    {
        using var context = Faulty(out var disk);
        var log = context.Log;
        log.Fill(3);
        disk.TornWriteBytes = 20;
        disk.Fault = (operation, path) => operation == DiskOperation.Write && path.EndsWith(".log") ? new IOException("bad sector") : null;
        var failed = log.Append(log.TakeOver(), Batches.Of(3));
        Assert.Equal(AppendStatus.Failed, failed.Status);
        Assert.IsType<IOException>(log.Failure);

        disk.Fault = null;
        Assert.Equal(AppendStatus.Failed, log.Append(log.TakeOver(), Batches.Of(3)).Status);
        Assert.Throws<LogFailedException>(() => log.FlushAsync().Now());
        Assert.Contains(context.Events, e => e.Level == LogEventLevel.Error && e.Message.Contains("bad sector"));
        // What was there is still read, and the next start goes on from it.
        Assert.Equal(3, Batches.Split(log.ReadAll()).Count);
        Assert.Equal(3, context.Kill().LogEndOffset);
    }

    [Fact]
    public void A_failed_sync_fails_the_log_and_answers_none_of_the_group()
    {
        using var context = Faulty(out var disk, new LogConfig { FlushMessages = 1 }, LogWriterDrive.Manual);
        var log = context.Log;
        var token = log.TakeOver();
        var appends = Enumerable.Range(0, 5).Select(i => log.AppendAsync(token, Batches.Of(i))).ToList();
        var flush = log.FlushAsync();
        disk.Fault = (operation, _) => operation == DiskOperation.Sync ? new IOException("lost") : null;
        context.Manager.Drain();
        Assert.All(appends, a => Assert.Equal(AppendStatus.Failed, a.Now().Status));
        Assert.IsType<LogFailedException>(flush.Exception!.InnerException);
        disk.Fault = null;
        var later = log.AppendAsync(log.TakeOver(), Batches.Of(5));
        context.Manager.Drain();
        Assert.Equal(AppendStatus.Failed, later.Now().Status);
        Assert.Equal(0, log.RecoveryPoint);
    }

    [Fact]
    public void A_full_disk_refuses_appends_until_there_is_space_and_loses_nothing()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 1000, IndexIntervalBytes = 100 });
        var log = context.Log;
        log.Fill(10);
        var all = log.ReadAll();
        for (var free = 0; free < 400; free += 7)
        {
            context.Memory.CapacityBytes = Used(context.Memory) + free;
            var token = log.TakeOver();
            var result = log.Append(token, Batches.Of(log.LogEndOffset, valueBytes: 350));
            Assert.Equal(AppendStatus.DiskFull, result.Status);
            Assert.IsType<DiskFullException>(result.Error);
            Assert.Equal(AppendStatus.DiskFull, log.Append(token, Batches.Of(log.LogEndOffset)).Status);
            Assert.Equal(all, log.ReadAll());
        }
        Assert.Null(log.Failure);
        Assert.Single(context.Events, e => e.Message.Contains("disk is full"));

        context.Memory.CapacityBytes = long.MaxValue;
        log.Fill(10);
        Assert.Single(context.Events, e => e.Message.Contains("space on the disk again"));
        Assert.Equal(20, log.LogEndOffset);
        Assert.Equal(20, context.Kill().LogEndOffset);
    }

    [Fact]
    public void Retention_works_on_a_full_disk()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 500, RetentionBytes = 600 });
        var log = context.Log;
        log.Fill(30);
        log.HighWatermark = 30;
        context.Memory.CapacityBytes = 0;
        Assert.True(log.DeleteOldSegmentsAsync(context.Time.NowMs, 30).Now() > 0);
        Assert.Equal(30, log.IncrementLogStartOffsetAsync(30).Now());
    }

    [Theory]
    [InlineData(DiskOperation.Open)]
    [InlineData(DiskOperation.Write)]
    [InlineData(DiskOperation.Sync)]
    [InlineData(DiskOperation.Move)]
    [InlineData(DiskOperation.SyncFolder)]
    public void A_checkpoint_that_fails_raises_no_recovery_point(DiskOperation broken)
    {
        using var context = Faulty(out var disk);
        var log = context.Log;
        log.Fill(5);
        disk.Fault = (operation, path) => operation == broken && !path.EndsWith(".log") ? new IOException("broken") : null;
        context.Manager.CheckpointAsync(syncAll: true).Now();
        disk.Fault = null;
        var path = $"{LogTestContext.Folder}/recovery-point-offset-checkpoint";
        Assert.DoesNotContain("topic 0 5", context.Memory.FileLength(path) < 0 ? "" : System.Text.Encoding.UTF8.GetString(context.Memory.ReadAll(path)));
    }

    private static LogTestContext Faulty(out FaultyDisk disk, LogConfig? config = null, LogWriterDrive drive = LogWriterDrive.Inline)
    {
        var context = new LogTestContext(config, drive: drive);
        context.Disk = disk = new FaultyDisk(context.Memory);
        return context;
    }

    private static long Used(MemoryDisk disk) =>
        disk.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..]));
}
