using Akka.Broker.Protocol;

namespace Akka.Broker.Storage.Tests;

public sealed class GroupCommitSpec
{
    private static readonly LogConfig Synced = new() { FlushMessages = 1 };

    [Fact]
    public void Appends_that_queued_share_one_sync()
    {
        using var context = new LogTestContext(Synced, drive: LogWriterDrive.Manual);
        var log = context.Log;
        var token = log.TakeOver();
        var appends = Enumerable.Range(0, 50).Select(i => log.AppendAsync(token, Batches.Of(i))).ToList();
        Assert.All(appends, a => Assert.False(a.IsCompleted));

        var syncs = context.Memory.SyncCount;
        Assert.Equal(50, context.Manager.Drain());
        Assert.All(appends, a => Assert.True(a.Now().IsAppended));
        Assert.Equal(1, context.Memory.SyncCount - syncs);
        Assert.Equal(50, log.RecoveryPoint);

        syncs = context.Memory.SyncCount;
        var more = Enumerable.Range(50, 20).Select(i => log.AppendAsync(token, Batches.Of(i))).ToList();
        context.Manager.Drain();
        Assert.All(more, a => Assert.True(a.Now().IsAppended));
        Assert.Equal(1, context.Memory.SyncCount - syncs);
    }

    [Fact]
    public void Each_log_that_somebody_waits_for_is_synced_once_and_no_other()
    {
        using var context = new LogTestContext(drive: LogWriterDrive.Manual);
        var logs = Enumerable.Range(0, 4).Select(i => context.Manager.GetOrCreate(
            new TopicIdPartition(LogTestContext.Partition.TopicId, "topic", i), i < 2 ? Synced : LogConfig.Default)).ToList();
        var tokens = logs.ConvertAll(l => l.TakeOver());
        for (var i = 0; i < 2; i++)
        {
            logs.ForEach(l => l.AppendAsync(tokens[logs.IndexOf(l)], Batches.Of(i)));
            if (i == 0)
                context.Manager.Drain();
        }
        var flush = logs[3].FlushAsync();
        var syncs = context.Memory.SyncCount;
        context.Manager.Drain();
        Assert.True(flush.IsCompletedSuccessfully);
        Assert.Equal([2, 2, 0, 2], logs.Select(l => l.RecoveryPoint));
        // Two logs, and the flushed one.
        Assert.Equal(3, context.Memory.SyncCount - syncs);
    }

    [Fact]
    public void Flush_messages_counts_records()
    {
        using var context = new LogTestContext(new LogConfig { FlushMessages = 10 });
        var log = context.Log;
        log.Fill(3, recordsEach: 3);
        Assert.Equal(0, log.RecoveryPoint);
        log.Fill(1);
        Assert.Equal(10, log.RecoveryPoint);
    }

    [Fact]
    public void What_a_killed_process_has_left_unsynced_is_synced_before_a_new_writer_begins()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3);
        var log = context.Kill();
        Assert.True(log.RecoveryPoint < 3);
        // A broker knows a topic's settings only when its log has been opened already.
        log.UpdateConfig(new LogConfig { FlushMessages = 1 });

        var state = log.CaptureAsync(log.TakeOver()).Now();

        Assert.Equal((3, 3), (state.LogEndOffset, state.RecoveryPoint));
        Assert.Equal(3, context.Crash(new Random(1)).LogEndOffset);
    }

    [Fact]
    public void Flush_ms_syncs_what_has_waited_as_long()
    {
        using var context = new LogTestContext(new LogConfig { FlushMs = 5000 });
        context.Log.Fill(3);
        context.Time.Advance(TimeSpan.FromSeconds(4));
        context.Manager.Tick();
        Assert.Equal(0, context.Log.RecoveryPoint);
        context.Time.Advance(TimeSpan.FromSeconds(2));
        context.Manager.Tick();
        Assert.Equal(3, context.Log.RecoveryPoint);
    }

    [Fact]
    public void Outcomes_are_told_in_the_order_of_the_appends()
    {
        using var context = new LogTestContext(drive: LogWriterDrive.Manual);
        var log = context.Log;
        var token = log.TakeOver();
        var told = new Told();
        for (var i = 0; i < 20; i++)
            log.Append(token, Batches.Of(i), AppendKind.Leader, told, i);
        context.Manager.Drain();
        Assert.Equal(Enumerable.Range(0, 20), told.States);
    }

    private sealed class Told : IAppendCompletion
    {
        public List<int> States { get; } = [];

        public void OnAppendCompleted(object? state, in AppendResult result)
        {
            Assert.Equal((int)state!, result.BaseOffset);
            States.Add((int)state);
        }
    }
}
