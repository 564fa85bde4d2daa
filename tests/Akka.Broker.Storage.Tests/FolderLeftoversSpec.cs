namespace Akka.Broker.Storage.Tests;

public sealed class FolderLeftoversSpec
{
    [Fact]
    public void Files_that_waited_for_their_removal_and_indexes_without_a_log_go()
    {
        using var context = Stopped();
        foreach (var name in (string[])["00000000000000000000.log.deleted", "00000000000000000099.index", "00000000000000000099.timeindex", "leader-epoch-checkpoint.tmp"])
            context.Memory.WriteAll($"{context.LogFolder}/{name}", [1, 2, 3]);
        var before = context.Memory.FilesIn(context.LogFolder).Count;
        Assert.Equal(30, context.Log.LogEndOffset);
        Assert.Equal(before - 4, context.Memory.FilesIn(context.LogFolder).Count);
    }

    [Fact]
    public void A_finished_compaction_takes_the_place_of_the_segments_that_it_covers()
    {
        using var context = Stopped();
        var bases = context.Memory.FilesIn(context.LogFolder).Where(n => n.EndsWith(".log")).Select(n => long.Parse(n[..20])).ToList();
        // Of the first two segments, what is left is their first and their last record.
        byte[] compacted = Batches.Join(Batches.Of(0), Batches.Of(bases[2] - 1));
        context.Memory.WriteAll($"{context.LogFolder}/00000000000000000000.log.swap", compacted);
        context.Memory.WriteAll($"{context.LogFolder}/00000000000000000000.index.swap", []);
        context.Memory.WriteAll($"{LogTestContext.Folder}/.kafka_cleanshutdown", []);

        var log = context.Log;
        Assert.Equal(30, log.LogEndOffset);
        Assert.Equal(bases.Count - 1, log.SegmentCount);
        Assert.Equal([0, bases[2] - 1, bases[2]], log.ReadHeaders(0).Take(3).Select(h => h.BaseOffset));
        Assert.Equal(bases[2] - 1, log.ReadHeaders(3).First().BaseOffset);
        Assert.DoesNotContain(".swap", context.Memory.ToString());
    }

    [Fact]
    public void A_compaction_that_was_not_finished_is_dropped()
    {
        using var context = Stopped();
        var before = context.Memory.FilesIn(context.LogFolder);
        context.Memory.WriteAll($"{context.LogFolder}/00000000000000000000.log.swap", Batches.Of(0));
        context.Memory.WriteAll($"{context.LogFolder}/00000000000000000000.index.cleaned", []);
        Assert.Equal(30, Batches.Split(context.Log.ReadAll()).Count);
        Assert.Equal(before, context.Memory.FilesIn(context.LogFolder));
    }

    [Fact]
    public void A_checkpoint_leaves_one_snapshot_between_segments()
    {
        using var context = new LogTestContext();
        for (var i = 0; i < 5; i++)
        {
            context.Log.Fill(6, valueBytes: 1_000_000);
            context.Manager.CheckpointAsync(syncAll: true).Now();
        }
        Assert.Equal("00000000000000000030.snapshot", Assert.Single(context.Memory.FilesIn(context.LogFolder), n => n.EndsWith(".snapshot")));
        context.StopAndStart();
        context.Log.Fill(6, valueBytes: 1_000_000);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        Assert.Equal("00000000000000000036.snapshot", Assert.Single(context.Memory.FilesIn(context.LogFolder), n => n.EndsWith(".snapshot")));
    }

    private static LogTestContext Stopped()
    {
        var context = new LogTestContext(new LogConfig { SegmentBytes = 500 });
        context.Log.Fill(30);
        context.Manager.CloseCleanlyAsync().Now();
        context.Restart(context.Memory.Copy());
        return context;
    }
}
