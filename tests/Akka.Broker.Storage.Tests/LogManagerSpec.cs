using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

public sealed class LogManagerSpec
{
    [Fact]
    public void A_folder_is_served_by_one_manager_at_a_time()
    {
        using var context = new LogTestContext();
        _ = context.Manager;
        var error = Assert.Throws<DataFolderLockedException>(() => context.OpenManager());
        Assert.Contains(LogTestContext.Folder, error.Message);
        context.Manager.Dispose();
        context.OpenManager().Dispose();
    }

    [Fact]
    public void A_folder_of_another_node_or_cluster_is_refused()
    {
        using var context = new LogTestContext();
        context.Manager.SetClusterId("one");
        context.Manager.Dispose();
        var options = context.Options();
        Assert.Equal(1, Assert.Throws<NodeIdMismatchException>(() => LogManager.Open(options with { NodeId = 2 })).Found);
        Assert.Equal("one", Assert.Throws<ClusterIdMismatchException>(() => LogManager.Open(options with { ClusterId = "two" })).Found);
        using var again = LogManager.Open(options with { ClusterId = "one" });
        Assert.Equal("one", again.ClusterId);
        Assert.Throws<ClusterIdMismatchException>(() => again.SetClusterId("two"));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_named()
    {
        using var context = new LogTestContext();
        context.Disk = new FaultyDisk(context.Memory) { Fault = (operation, _) => operation == DiskOperation.Open ? new UnauthorizedAccessException("read-only") : null };
        Assert.Contains(LogTestContext.Folder, Assert.Throws<DataFolderNotWritableException>(() => context.Manager).Message);
    }

    [Fact]
    public void A_folder_keeps_its_directory_id_and_a_copy_of_it_is_refused()
    {
        using var context = new LogTestContext();
        var id = Assert.Single(context.Manager.DirectoryIds);
        context.Manager.Dispose();
        using (var again = context.OpenManager())
            Assert.Equal(id, Assert.Single(again.DirectoryIds));
        context.Memory.WriteAll("/copy/meta.properties", context.Memory.ReadAll($"{LogTestContext.Folder}/meta.properties"));
        Assert.Throws<DuplicateDataException>(() => context.OpenManager(LogTestContext.Folder, "/copy"));
    }

    [Fact]
    public void The_properties_of_an_older_Kafka_are_taken_over()
    {
        using var context = new LogTestContext();
        context.Memory.WriteAll($"{LogTestContext.Folder}/meta.properties", Encoding.ASCII.GetBytes("#\n#Sat Nov 21 2026\nversion=0\nbroker.id=1\ncluster.id=abc\n"));
        Assert.Equal("abc", context.Manager.ClusterId);
        var text = Encoding.ASCII.GetString(context.Memory.ReadAll($"{LogTestContext.Folder}/meta.properties"));
        Assert.Contains("node.id=1\n", text);
        Assert.Contains("version=1\n", text);
    }

    [Fact]
    public void New_logs_go_to_the_folder_with_the_fewest()
    {
        using var context = new LogTestContext();
        using var manager = context.OpenManager("/a", "/b", "/c");
        for (var i = 0; i < 9; i++)
            manager.GetOrCreate(LogTestContext.Partition with { Partition = i }, LogConfig.Default);
        Assert.All(manager.All.GroupBy(l => l.DataFolder), g => Assert.Equal(3, g.Count()));
    }

    [Fact]
    public void A_partition_in_two_folders_is_refused()
    {
        using var context = new LogTestContext();
        using (var manager = context.OpenManager("/a", "/b"))
            manager.GetOrCreate(LogTestContext.Partition, LogConfig.Default);
        context.Memory.CreateFolder("/b/topic-0");
        var error = Assert.Throws<DuplicateDataException>(() => context.OpenManager("/a", "/b"));
        Assert.Contains("topic-0", error.Message);
    }

    [Fact]
    public void A_log_of_another_incarnation_of_the_topic_must_be_deleted_first()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3);
        var next = LogTestContext.Partition with { TopicId = Guid.NewGuid() };
        Assert.Equal(LogTestContext.Partition.TopicId, Assert.Throws<TopicIdMismatchException>(() => context.Manager.GetOrCreate(next, LogConfig.Default)).Found);
        context.Manager.DeleteAsync(context.Log).Now();
        Assert.Null(context.Manager.Get(next.TopicPartition));
        var fresh = context.Manager.GetOrCreate(next, LogConfig.Default);
        Assert.Equal(0, fresh.LogEndOffset);
        context.Restart(context.Memory.Copy());
        Assert.Equal(next, context.Manager.Get(next.TopicPartition)!.Id);
    }

    [Fact]
    public void A_deleted_log_stays_readable_for_who_reads_it_and_is_removed_after_its_delay()
    {
        using var context = new LogTestContext(new LogConfig { FileDeleteDelayMs = 60_000 });
        var log = context.Log;
        log.Fill(5);
        var all = log.ReadAll();
        var reader = log.Read(0, 1 << 20, 5, minOneBatch: true);
        context.Manager.DeleteAsync(log).Now();

        Assert.Throws<LogClosedException>(() => log.Read(0, 100, 5, true));
        Assert.Equal(AppendStatus.Failed, log.Append(log.TakeOver(), Batches.Of(5)).Status);
        Assert.Equal(all, reader.ToArray());
        reader.Dispose();
        var folder = Assert.Single(context.Memory.FoldersIn(LogTestContext.Folder));
        Assert.Matches("^topic-0\\.[0-9a-f]{32}-delete$", folder);

        context.Time.Advance(TimeSpan.FromSeconds(59));
        context.Manager.Tick();
        Assert.Single(context.Memory.FoldersIn(LogTestContext.Folder));
        context.Time.Advance(TimeSpan.FromSeconds(2));
        context.Manager.Tick();
        Assert.Empty(context.Memory.FoldersIn(LogTestContext.Folder));
    }

    [Fact]
    public void A_start_removes_what_waited_for_its_removal()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 300, RetentionBytes = 0 });
        context.Log.Fill(10);
        context.Log.DeleteOldSegmentsAsync(context.Time.NowMs, 10).Now();
        context.Manager.GetOrCreate(LogTestContext.Partition with { Partition = 1 }, LogConfig.Default);
        context.Manager.DeleteAsync(context.Manager.Get(new TopicPartition("topic", 1))!).Now();
        context.Kill();
        Assert.DoesNotContain("delete", context.Memory.ToString());
        Assert.Single(context.Memory.FoldersIn(LogTestContext.Folder));
    }

    [Fact]
    public void A_deleted_topics_recovery_point_is_not_believed_for_a_new_one_of_its_name()
    {
        using var context = new LogTestContext();
        context.Log.Fill(50);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        context.Manager.DeleteAsync(context.Log).Now();
        context.Log.Fill(3);
        // The new log's file is damaged where the old recovery point would have it trusted.
        var path = $"{context.LogFolder}/{LogFileNames.Of(0, ".log")}";
        var bytes = context.Memory.ReadAll(path);
        bytes[^1] ^= 1;
        context.Memory.WriteAll(path, bytes);
        Assert.Equal(2, context.Kill().LogEndOffset);
    }

    [Fact]
    public void A_stray_log_is_set_aside()
    {
        using var context = new LogTestContext();
        context.Log.Fill(5);
        context.Manager.MarkStrayAsync(context.Log).Now();
        context.Restart(context.Memory.Copy());
        Assert.Empty(context.Manager.All);
        Assert.EndsWith("-stray", Assert.Single(context.Memory.FoldersIn(LogTestContext.Folder)));
    }

    [Fact]
    public void A_stray_log_is_told_of_and_removed_when_its_time_is_over()
    {
        using var context = new LogTestContext();
        context.Log.Fill(5);
        context.Manager.MarkStrayAsync(context.Log).Now();
        var stray = Assert.Single(Listed(context));
        Assert.Equal((context.Time.NowMs, TimeSpan.FromDays(7)), (stray.SinceMs, TimeSpan.FromMilliseconds(stray.RemovedMs - stray.SinceMs)));

        context.Restart(context.Memory.Copy());
        context.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(10));
        context.Manager.Tick();
        Assert.Equal(stray, Assert.Single(Listed(context)));

        context.Time.Advance(TimeSpan.FromMinutes(10));
        context.Manager.Tick();
        Assert.Empty(Listed(context));
    }

    private static IReadOnlyList<StrayFolder> Listed(LogTestContext context)
    {
        var listing = context.Manager.StraysAsync();
        Assert.True(listing.IsCompletedSuccessfully);
        return listing.Result;
    }

    [Fact]
    public void Watermark_start_and_recovery_point_are_checkpointed_by_the_clock()
    {
        using var context = new LogTestContext(new LogConfig { FlushMessages = 1 });
        context.Log.Fill(10);
        context.Log.HighWatermark = 7;
        context.Log.IncrementLogStartOffsetAsync(4).Now();
        context.Time.Advance(TimeSpan.FromSeconds(61));
        context.Manager.Tick();
        string Text(string name) => Encoding.ASCII.GetString(context.Memory.ReadAll($"{LogTestContext.Folder}/{name}"));
        Assert.Equal("0\n1\ntopic 0 10\n", Text("recovery-point-offset-checkpoint"));
        Assert.Equal("0\n1\ntopic 0 4\n", Text("log-start-offset-checkpoint"));
        Assert.Equal("0\n1\ntopic 0 7\n", Text("replication-offset-checkpoint"));
        var log = context.Kill();
        Assert.Equal((4, 7, 10), (log.LogStartOffset, log.HighWatermark, log.LogEndOffset));
    }

    [Fact]
    public void A_log_that_cannot_be_opened_stays_offline_and_the_others_are_served()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3);
        context.Manager.GetOrCreate(LogTestContext.Partition with { Partition = 1 }, LogConfig.Default).Fill(4);
        context.Memory.WriteAll($"{context.LogFolder}/partition.metadata", "nonsense"u8);
        context.Restart(context.Memory.Copy());
        Assert.Equal(4, context.Manager.Get(new TopicPartition("topic", 1))!.LogEndOffset);
        Assert.Null(context.Manager.Get(new TopicPartition("topic", 0)));
        Assert.IsType<CorruptFileException>(Assert.Single(context.Manager.Offline).Value);
        Assert.Throws<LogFailedException>(() => context.Log);
        context.Manager.CloseCleanlyAsync().Now();
        Assert.Equal(-1, context.Memory.FileLength($"{LogTestContext.Folder}/.kafka_cleanshutdown"));
    }

    [Fact]
    public void A_log_that_was_created_is_known_to_be_of_its_topic_after_a_lost_machine()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var context = new LogTestContext();
            _ = context.Log;
            context.Restart(context.Memory.Crash(new Random(seed)));
            Assert.Equal(LogTestContext.Partition, context.Manager.Get(LogTestContext.Partition.TopicPartition)!.Id);
        }
    }

    [Fact]
    public void Names_with_dashes_and_dots_are_found_again()
    {
        using var context = new LogTestContext();
        TopicIdPartition[] ids = [new(Guid.NewGuid(), "a-b.c_d-12", 3), new(Guid.NewGuid(), "a", 0), new(Guid.NewGuid(), new string('x', 249), 1)];
        foreach (var id in ids)
            context.Manager.GetOrCreate(id, LogConfig.Default).Fill(1);
        context.Restart(context.Memory.Copy());
        foreach (var id in ids)
            Assert.Equal(id, context.Manager.Get(id.TopicPartition)!.Id);
        foreach (var log in context.Manager.All.ToList())
            context.Manager.DeleteAsync(log).Now();
        Assert.All(context.Memory.FoldersIn(LogTestContext.Folder), f => Assert.True(f.Length <= 255));
    }
}
