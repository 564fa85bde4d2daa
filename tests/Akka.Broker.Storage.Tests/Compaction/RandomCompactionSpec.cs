namespace Akka.Broker.Storage.Tests.Compaction;

/// <summary>Random operations on a compacted log beside a model of it; a failing seed replays with the theory's row.</summary>
public sealed class RandomCompactionSpec
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 150)];

    [Theory, MemberData(nameof(Seeds))]
    public void A_compacted_log_says_what_all_that_was_appended_says(int seed)
    {
        var random = new Random(seed);
        using var context = Context(random);
        var model = new CompactionModel(random);
        for (var step = 0; step < 150; step++)
        {
            var operation = random.Next(16);
            Step(operation, random, context, model);
            Check(model, context, $"step {step}, operation {operation}");
        }
        Assert.DoesNotContain(context.Events, e => e.Level >= LogEventLevel.Error);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_lost_machine_loses_nothing_of_a_compacted_log_that_was_synced(int seed)
    {
        var random = new Random(seed);
        using var context = Context(random);
        var model = new CompactionModel(random);
        for (var round = 0; round < 8; round++)
        {
            for (var step = random.Next(1, 40); step > 0; step--)
                Step(random.Next(13), random, context, model);
            // With a machine that is lost in the middle of a run.
            if (random.Next(2) == 0)
                CrashIn(context, random);
            else
                context.Crash(random);
            var end = context.Log.LogEndOffset;
            Assert.InRange(end, 0, model.All.LogEnd);
            model.CutTo(end);
            context.Log.HighWatermark = end;
            Check(model, context, $"round {round}");
        }
        Assert.DoesNotContain(context.Events, e => e.Level >= LogEventLevel.Error);
    }

    private static void Check(CompactionModel model, LogTestContext context, string when)
    {
        try
        {
            model.Check(context.Log);
        }
        catch (Exception e)
        {
            var events = string.Join('\n', context.Events.Select(x => x.Message));
            throw new InvalidOperationException($"{when}, {context.Log.LogStartOffset}..{context.Log.LogEndOffset}: {e.Message}\n{events}\n{context.Memory}", e);
        }
    }

    private static LogTestContext Context(Random random) => new(new LogConfig
    {
        CleanupPolicy = CleanupPolicy.Compact,
        SegmentBytes = random.Next(300, 3000),
        IndexIntervalBytes = random.Next(0, 600),
        FlushMessages = random.Next(2) == 0 ? 1 : long.MaxValue,
        MinCleanableDirtyRatio = random.Next(2) * 0.3,
        DeleteRetentionMs = random.Next(2) * 500,
        RetentionMs = -1,
    })
    {
        Cleaner = new() { DedupeBufferBytes = random.Next(3) == 0 ? 20 * 24 : 1 << 20, IoBufferBytes = random.Next(8192, 20_000) },
    };

    private static void Step(int operation, Random random, LogTestContext context, CompactionModel model)
    {
        switch (operation)
        {
            case < 8:
                model.AppendSome(context);
                break;
            case 8:
                context.Log.RollAsync().Now();
                break;
            case 9:
                context.Manager.CheckpointAsync(syncAll: true).Now();
                break;
            case 10 or 11:
                context.Manager.CompactDue();
                break;
            case 12:
                context.Time.Advance(TimeSpan.FromMilliseconds(random.Next(400)));
                break;
            case 13:
                context.Kill();
                context.Log.HighWatermark = context.Log.LogEndOffset;
                break;
            case 14:
                context.StopAndStart();
                context.Log.HighWatermark = context.Log.LogEndOffset;
                break;
            default:
                // Indexes are missing, as if a tool had been there; one of transactions that is missing alone cannot be told from none.
                _ = context.Log;
                context.Manager.CloseCleanlyAsync().Now();
                foreach (var name in context.Memory.FilesIn(context.LogFolder).Where(f => (f.EndsWith(".index") || f.EndsWith(".timeindex")) && random.Next(2) == 0))
                    context.Memory.DeleteFile($"{context.LogFolder}/{name}");
                context.Restart(context.Memory.Copy());
                context.Log.HighWatermark = context.Log.LogEndOffset;
                break;
        }
    }

    private static void CrashIn(LogTestContext context, Random random)
    {
        var memory = context.Memory;
        context.Restart(context.Memory.Copy());
        memory = context.Memory;
        var faulty = new Disks.FaultyDisk(memory);
        context.Disk = faulty;
        context.Log.HighWatermark = context.Log.LogEndOffset;
        context.Manager.CheckpointAsync(syncAll: true).Now();
        var left = random.Next(60);
        Disks.MemoryDisk? lost = null;
        faulty.Fault = (_, _) =>
        {
            if (lost is null && left-- == 0)
                lost = memory.Crash(random);
            return null;
        };
        context.Manager.CompactDue();
        context.Restart(lost ?? memory.Crash(random));
        context.Events.Clear();
    }
}
