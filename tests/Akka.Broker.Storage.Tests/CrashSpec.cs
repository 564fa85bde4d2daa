using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Tests;

/// <summary>A lost machine: of what was not synced, any part is gone.</summary>
public sealed class CrashSpec
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 150)];

    [Theory, MemberData(nameof(Seeds))]
    public void Nothing_acknowledged_is_lost_when_every_append_is_synced(int seed)
    {
        var random = new Random(seed);
        using var context = new LogTestContext(new LogConfig
        {
            SegmentBytes = random.Next(400, 4000),
            IndexIntervalBytes = random.Next(0, 500),
            FlushMessages = 1,
            RetentionMs = -1,
        });
        var model = new LogModel();
        for (var round = 0; round < 6; round++)
        {
            for (var step = random.Next(1, 25); step > 0; step--)
                Change(random, context, model, round);
            var log = context.Crash(random);
            Assert.Equal(model.LogEnd, log.LogEndOffset);
            // Retention and delete-records may be undone, as far as a checkpoint has not noted them.
            Assert.True(log.LogStartOffset <= model.LogStart);
            Assert.Equal(model.BytesFrom(log.LogStartOffset), log.ReadAll());
            Assert.Equal(log.LogEndOffset, log.RecoveryPoint);
            model.LogStart = log.LogStartOffset;
            foreach (var batch in model.Batches.Where(b => b.LastOffset >= model.LogStart))
                Assert.Equal(batch.PartitionLeaderEpoch, log.LeaderEpochs.EpochOf(batch.LastOffset));
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_crash_leaves_a_prefix_at_least_to_the_recovery_point(int seed)
    {
        var random = new Random(seed);
        using var context = new LogTestContext(new LogConfig { SegmentBytes = random.Next(400, 4000), IndexIntervalBytes = random.Next(0, 500), RetentionMs = -1 });
        var model = new LogModel();
        for (var round = 0; round < 6; round++)
        {
            for (var step = random.Next(1, 25); step > 0; step--)
                Change(random, context, model, round);
            var recoveryPoint = context.Log.RecoveryPoint;
            var log = context.Crash(random);
            Assert.InRange(log.LogEndOffset, Math.Min(recoveryPoint, model.LogEnd), model.LogEnd);
            model.TruncateTo(log.LogEndOffset);
            Assert.Equal(model.LogEnd, log.LogEndOffset);
            Assert.True(log.LogStartOffset <= model.LogStart);
            Assert.Equal(model.BytesFrom(log.LogStartOffset), log.ReadAll());
            model.LogStart = log.LogStartOffset;
        }
    }

    [Fact]
    public void After_a_clean_stop_a_lost_machine_loses_nothing()
    {
        foreach (var seed in Enumerable.Range(1, 50))
        {
            var random = new Random(seed);
            using var context = new LogTestContext(new LogConfig { SegmentBytes = 900, IndexIntervalBytes = 100 });
            context.Log.Fill(random.Next(1, 40), recordsEach: 2);
            var all = context.Log.ReadAll();
            context.Manager.CloseCleanlyAsync().Now();
            var disk = context.Memory.Crash(random);
            context.Restart(disk);
            Assert.True(context.Manager.WasCleanStop);
            Assert.Equal(all, context.Log.ReadAll());
            Assert.Empty(context.Events);
        }
    }

    private static void Change(Random random, LogTestContext context, LogModel model, int epoch)
    {
        var log = context.Log;
        switch (random.Next(14))
        {
            case 0:
                context.Manager.CheckpointAsync(syncAll: random.Next(2) == 0).Now();
                break;
            case 1:
                var at = random.NextInt64(model.LogStart, model.LogEnd + 1);
                log.TruncateToAsync(log.TakeOver(), at).Now();
                // A cut that is not synced may be undone, as if it had never been asked for.
                log.FlushAsync().Now();
                model.TruncateTo(at);
                break;
            case 2:
                log.RollAsync().Now();
                break;
            case 3 when random.Next(3) == 0:
                log.UpdateConfig(context.Config with { RetentionBytes = random.Next(6000) });
                log.DeleteOldSegmentsAsync(context.Time.NowMs, log.LogEndOffset).Now();
                model.LogStart = log.LogStartOffset;
                break;
            case 4:
                log.FlushAsync().Now();
                break;
            default:
                var batch = Batches.Of(model.LogEnd, random.Next(1, 6), epoch, valueBytes: random.Next(300), codec: (CompressionType)random.Next(2));
                Assert.True(log.Append(log.TakeOver(), batch).IsAppended);
                model.Append(batch);
                break;
        }
    }
}
