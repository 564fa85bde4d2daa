using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Offline;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>A repair is cut at each of its steps: by a kill, by a lost machine, by an error of the disk, by what others do to the log meanwhile.</summary>
public sealed class RepairCrashSpec
{
    [Fact]
    public void A_repair_that_is_cut_at_any_step_leaves_the_old_segment_or_the_new_one()
    {
        var steps = 0;
        for (var cut = 0; ; cut++)
        {
            using var context = Harmed(out var faulty);
            var memory = context.Disk;
            var left = cut;
            List<MemoryDisk> disks = [];
            faulty.Fault = (_, _) =>
            {
                if (left-- == 0)
                    disks.AddRange([memory.Copy(), .. Enumerable.Range(0, 3).Select(seed => memory.Crash(new Random(seed)))]);
                return null;
            };
            context.Own.Manager.Scrub();
            if (disks.Count == 0)
                break;
            steps++;
            foreach (var disk in disks)
                CheckAfter(context, disk);
        }

        Assert.True(steps > 20, $"{steps} steps");
    }

    [Fact]
    public void An_error_at_any_step_leaves_a_log_that_can_be_repaired_and_no_file_behind()
    {
        for (var cut = 0; ; cut++)
        {
            using var context = Harmed(out var faulty);
            var left = cut;
            var hit = DiskOperation.Read;
            faulty.Fault = (operation, _) =>
            {
                if (left-- != 0)
                    return null;
                hit = operation;
                return new IOException("planted");
            };
            context.Own.Manager.Scrub();
            faulty.Fault = null;
            if (left >= 0)
                return;
            if (context.Log.Failure is null)
            {
                Assert.True(hit == DiskOperation.Delete || !context.Disk.ToString().Contains(".cleaned"), $"{hit} at {cut}\n{context.Disk}");
                context.Own.Manager.Scrub();
                context.CheckReads();
            }

            CheckAfter(context, context.Disk.Copy());
        }
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("cut")]
    [InlineData("retention")]
    [InlineData("stop")]
    public void What_happens_to_the_log_during_a_repair_goes_before_it(string what)
    {
        using var context = Harmed(out var faulty);
        var log = context.Log;
        var isDone = false;
        faulty.Fault = (operation, path) =>
        {
            if (!isDone && operation == DiskOperation.Write && path.EndsWith(".cleaned", StringComparison.Ordinal))
            {
                isDone = true;
                switch (what)
                {
                    case "delete":
                        context.Own.Manager.DeleteAsync(log).Now();
                        break;
                    case "cut":
                        log.TruncateToAsync(log.TakeOver(), 3).Now();
                        break;
                    case "retention":
                        log.IncrementLogStartOffsetAsync(log.Mutator.Contents.Segments[1].BaseOffset).Now();
                        Assert.Equal(1, log.DeleteOldSegmentsAsync(0, log.LogEndOffset).Now());
                        break;
                    default:
                        context.Own.Manager.CloseCleanlyAsync().Now();
                        break;
                }
            }

            return null;
        };

        context.Own.Manager.Scrub();

        Assert.True(isDone);
        Assert.Single(context.Errors);
        Assert.DoesNotContain(".swap", context.Disk.ToString());
        Assert.Equal(0, context.Own.Manager.Scrubbing.Repaired);
    }

    private static ScrubTestContext Harmed(out FaultyDisk faulty)
    {
        var context = new ScrubTestContext();
        faulty = new FaultyDisk(context.Disk);
        context.Own.Disk = faulty;
        context.Filled();
        context.Write(context.FirstSegment, 100, new byte[150]);
        return context;
    }

    /// <summary>A start on that disk goes on, repairs what is left to repair, and the folder is sound then.</summary>
    private static void CheckAfter(ScrubTestContext context, MemoryDisk disk)
    {
        using var after = new LogTestContext(ScrubTestContext.Plain, disk);
        Assert.Equal(context.Other.Log.LogEndOffset, after.Log.LogEndOffset);
        after.Log.HighWatermark = after.Log.LogEndOffset;
        after.Manager.Copies = new MemoryCopies(context.Other.Log);
        after.Manager.Scrub();
        Assert.Equal(context.Other.Log.ReadAll(), after.Log.ReadAll());
        Assert.DoesNotContain(".cleaned", disk.ToString());
        Assert.DoesNotContain(".swap", disk.ToString());
        after.Manager.CloseCleanlyAsync().Now();
        Assert.Empty(FolderVerifier.Verify(disk, LogTestContext.Folder).Findings);
    }
}
