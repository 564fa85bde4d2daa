using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests.Compaction;

/// <summary>A run is cut at each of its steps: by a kill, by a lost machine, by an error of the disk, by a full disk.</summary>
public sealed class CompactionCrashSpec
{
    private static readonly LogConfig Config = new() { CleanupPolicy = CleanupPolicy.Compact, SegmentBytes = 600, IndexIntervalBytes = 100, RetentionMs = -1 };

    [Fact]
    public void A_run_that_is_cut_at_any_step_leaves_a_log_that_says_the_same()
    {
        var steps = 0;
        for (var cut = 0; ; cut++)
        {
            using var context = Filled(out var model, out var faulty);
            var memory = context.Memory;
            var (killed, lost) = (default(MemoryDisk), new List<MemoryDisk>());
            var left = cut;
            faulty.Fault = (_, _) =>
            {
                if (left-- == 0)
                {
                    killed = memory.Copy();
                    lost.AddRange(Enumerable.Range(0, 3).Select(seed => memory.Crash(new Random(seed))));
                }
                return null;
            };
            context.Manager.CompactDue();
            if (killed is null)
                break;
            steps++;
            foreach (var disk in lost.Prepend(killed))
                CheckAfter(context, disk, model);
        }
        Assert.True(steps > 40, $"{steps} steps");
    }

    [Fact]
    public void An_error_at_any_step_leaves_a_log_that_says_the_same_and_no_file_behind()
    {
        for (var cut = 0; ; cut++)
        {
            using var context = Filled(out var model, out var faulty);
            var left = cut;
            var hit = DiskOperation.Read;
            faulty.Fault = (operation, _) =>
            {
                if (left-- != 0)
                    return null;
                hit = operation;
                return new IOException("planted");
            };
            context.Manager.CompactDue();
            faulty.Fault = null;
            if (left >= 0)
                return;
            if (context.Log.Failure is null)
            {
                model.Check(context.Log);
                Assert.True(hit == DiskOperation.Delete || !context.Memory.ToString().Contains(".cleaned"), $"{hit} at {cut}\n{context.Memory}");
                Assert.DoesNotContain(".swap", context.Memory.ToString());
            }
            try
            {
                CheckAfter(context, context.Memory.Copy(), model);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{hit} at {cut}: {e.Message}\n{string.Join('\n', context.Events.Select(x => x.Message))}\n{context.Memory}", e);
            }
        }
    }

    [Fact]
    public void A_full_disk_stops_a_run_and_the_next_one_finishes_it()
    {
        using var context = Filled(out var model, out _);
        var used = context.Memory.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..]));
        context.Memory.CapacityBytes = used + 100;
        Assert.Empty(context.Manager.CompactDue());
        Assert.Contains(context.Events, e => e.Level == LogEventLevel.Warning && e.Message.Contains("no space"));
        Assert.DoesNotContain(".cleaned", context.Memory.ToString());
        model.Check(context.Log);
        context.Memory.CapacityBytes = long.MaxValue;
        Assert.NotEmpty(context.Manager.CompactDue());
        model.Check(context.Log);
    }

    [Fact]
    public void A_log_that_is_deleted_or_cut_while_it_is_compacted_is_left_alone()
    {
        foreach (var deletes in (bool[])[true, false])
        {
            using var context = Filled(out _, out var faulty);
            var log = context.Log;
            var isDone = false;
            faulty.Fault = (operation, path) =>
            {
                if (!isDone && operation == DiskOperation.Write && path.EndsWith(".cleaned", StringComparison.Ordinal))
                {
                    isDone = true;
                    if (deletes)
                        context.Manager.DeleteAsync(log).Now();
                    else
                        log.TruncateToAsync(log.TakeOver(), 3).Now();
                }
                return null;
            };
            Assert.Empty(context.Manager.CompactDue());
            Assert.True(isDone);
            Assert.DoesNotContain(context.Events, e => e.Level >= LogEventLevel.Error);
            Assert.DoesNotContain(".swap", context.Memory.ToString());
            if (!deletes)
                Assert.True(log.LogEndOffset <= 3 && log.Mutator.FirstDirtyOffset == 0);
        }
    }

    [Fact]
    public void A_node_that_stops_gives_a_run_up()
    {
        using var context = Filled(out var model, out var faulty);
        var isDone = false;
        faulty.Fault = (operation, path) =>
        {
            if (!isDone && operation == DiskOperation.Write && path.EndsWith(".cleaned", StringComparison.Ordinal))
            {
                isDone = true;
                context.Manager.CloseCleanlyAsync().Now();
            }
            return null;
        };
        context.Manager.CompactDue();
        CheckAfter(context, context.Memory.Copy(), model);
    }

    private static LogTestContext Filled(out CompactionModel model, out FaultyDisk faulty)
    {
        var random = new Random(17);
        var context = new LogTestContext(Config);
        faulty = new FaultyDisk(context.Memory);
        context.Disk = faulty;
        model = new CompactionModel(random);
        for (var i = 0; i < 60; i++)
            model.AppendSome(context);
        context.Log.RollAsync().Now();
        model.AppendSome(context);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        return context;
    }

    private static void CheckAfter(LogTestContext context, MemoryDisk disk, CompactionModel model)
    {
        using var after = new LogTestContext(Config, disk);
        var log = after.Log;
        log.HighWatermark = log.LogEndOffset;
        model.Check(log);
        Assert.DoesNotContain(".cleaned", disk.ToString());
        Assert.DoesNotContain(".swap", disk.ToString());
        after.Manager.CheckpointAsync(syncAll: true).Now();
        after.Manager.CompactDue();
        model.Check(log);
        Assert.DoesNotContain(after.Events, e => e.Level >= LogEventLevel.Error);
    }
}
