using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

/// <summary>Several data folders, of which the disk of one dies.</summary>
public sealed class DataFolderFailureSpec
{
    private readonly FaultyDisk _disk;
    private readonly LogTestContext _context = new();

    public DataFolderFailureSpec() => _context.Disk = _disk = new FaultyDisk(_context.Memory);

    [Fact]
    public void Folder_whose_disk_dies_takes_all_its_logs_offline_and_no_others()
    {
        using var manager = Open();
        var logs = Fill(manager, 6);
        var told = 0;
        manager.Failed += () => told++;
        Break("/b");

        var first = logs.First(l => l.DataFolder == "/b");
        Assert.Equal(AppendStatus.Failed, Append(first).Status);

        Assert.True(told > 0);
        foreach (var log in logs)
        {
            Assert.Equal(log.DataFolder == "/b", manager.FailureOf(log.Id.TopicPartition) is not null);
            Assert.Equal(log.DataFolder == "/b" ? AppendStatus.Failed : AppendStatus.Appended, Append(log).Status);
        }
        Assert.All(logs.Where(l => l.DataFolder == "/b" && l != first), l => Assert.IsType<DataFolderFailedException>(l.Failure));
        Assert.Equal([("/a", false), ("/b", true)], manager.Folders.Select(f => (f.Path, f.IsOffline)));
        Assert.Single(_context.Events, e => e.Source == "/b" && e.Message.Contains("offline"));
    }

    [Fact]
    public async Task Folder_in_which_a_deleted_topic_cannot_be_renamed_is_found_dead_by_that()
    {
        using var manager = Open();
        var logs = Fill(manager, 4);
        Break("/b");

        await Assert.ThrowsAsync<IOException>(() => manager.DeleteAsync(logs.First(l => l.DataFolder == "/b")));

        Assert.Equal([("/a", false), ("/b", true)], manager.Folders.Select(f => (f.Path, f.IsOffline)));
    }

    [Fact]
    public void Log_that_fails_alone_leaves_its_folder_in_service()
    {
        using var manager = Open();
        var logs = Fill(manager, 4);
        var broken = logs.First(l => l.DataFolder == "/b");
        Break(broken.Folder);

        Append(broken);

        Assert.NotNull(broken.Failure);
        Assert.All(logs.Where(l => l != broken), l => Assert.Equal(AppendStatus.Appended, Append(l).Status));
        Assert.DoesNotContain(manager.Folders, f => f.IsOffline);
        Assert.Equal(-1, _context.Memory.FileLength("/b/.probe"));
    }

    [Fact]
    public void Folder_that_cannot_be_read_is_offline_though_it_can_be_written_to()
    {
        using var manager = Open();
        var logs = Fill(manager, 6);
        BreakReads("/b/" + LogTestContext.Partition.Topic);

        var first = logs.First(l => l.DataFolder == "/b");
        Assert.Throws<IOException>(() => first.Read(0, 1000, 1, minOneBatch: true));

        Assert.All(logs, l => Assert.Equal(l.DataFolder == "/b", l.Failure is not null));
        Assert.Equal([("/a", false), ("/b", true)], manager.Folders.Select(f => (f.Path, f.IsOffline)));
        Assert.Single(_context.Events, e => e.Source == "/b" && e.Message.Contains("offline"));
    }

    [Fact]
    public void Log_that_cannot_read_what_its_followers_may_lack_is_offline_alone()
    {
        using var manager = Open();
        var logs = Fill(manager, 6);
        var broken = logs.First(l => l.DataFolder == "/b");
        using var records = broken.Read(0, 1000, 1, minOneBatch: true);
        BreakReads(broken.Folder);

        Assert.Throws<IOException>(records.ToArray);

        Assert.NotNull(broken.Failure);
        Assert.All(logs.Where(l => l != broken), l => Assert.Equal(AppendStatus.Appended, Append(l).Status));
        Assert.DoesNotContain(manager.Folders, f => f.IsOffline);
    }

    [Fact]
    public void Sendfile_that_failed_for_the_disks_sake_takes_the_log_offline_and_another_does_not()
    {
        using var manager = Open();
        var log = Fill(manager, 1)[0];
        using var records = log.Read(0, 1000, 1, minOneBatch: true);

        records.CheckReadable();
        Assert.Null(log.Failure);

        BreakReads(log.Folder);
        Assert.Throws<IOException>(records.CheckReadable);
        Assert.NotNull(log.Failure);
    }

    [Theory]
    [InlineData(DiskOperation.Read)]
    [InlineData(DiskOperation.SetLength)]
    [InlineData(DiskOperation.Sync)]
    public void Cut_that_the_disk_breaks_off_takes_the_log_offline(DiskOperation broken)
    {
        using var manager = Open();
        var log = Fill(manager, 2)[0];
        var token = log.TakeOver();
        Assert.Equal(AppendStatus.Appended, log.Append(token, Batches.Of(log.LogEndOffset)).Status);
        _disk.Fault = (operation, path) => operation == broken && path.StartsWith(log.Folder, StringComparison.Ordinal) ? new IOException("bad disk") : null;

        Assert.True(log.TruncateToAsync(token, 1).IsFaulted);

        Assert.NotNull(log.Failure);
        Assert.Single(manager.All, l => l.Failure is not null);
    }

    [Fact]
    public void Full_disk_is_no_broken_one()
    {
        using var manager = Open();
        var logs = Fill(manager, 4);
        _disk.Fault = (operation, path) => operation == DiskOperation.Write && path.StartsWith("/b/", StringComparison.Ordinal) ? new DiskFullException("full") : null;

        Assert.Equal(AppendStatus.DiskFull, Append(logs.First(l => l.DataFolder == "/b")).Status);
        manager.CheckpointAsync(syncAll: true).Now();

        Assert.DoesNotContain(manager.Folders, f => f.IsOffline);
    }

    [Fact]
    public void Idle_folder_that_dies_is_found_by_the_next_checkpoint()
    {
        using var manager = Open();
        Fill(manager, 4);
        Break("/b");

        _context.Time.Advance(TimeSpan.FromSeconds(6));
        manager.Tick();

        Assert.Equal(["/b"], manager.Folders.Where(f => f.IsOffline).Select(f => f.Path));
        Assert.True(manager.HasFailures);
    }

    [Fact]
    public void New_logs_go_to_the_folders_that_are_left()
    {
        using var manager = Open();
        Fill(manager, 4);
        Break("/b");
        Append(manager.All.First(l => l.DataFolder == "/b"));

        for (var i = 10; i < 16; i++)
            Assert.Equal("/a", manager.GetOrCreate(LogTestContext.Partition with { Partition = i }, LogConfig.Default).DataFolder);
    }

    [Fact]
    public void Stop_with_a_dead_folder_is_no_clean_one()
    {
        var manager = Open();
        Fill(manager, 4);
        Break("/b");
        Append(manager.All.First(l => l.DataFolder == "/b"));
        manager.CloseCleanlyAsync(7).Now();
        _disk.Fault = null;

        using var again = Open();

        Assert.False(again.WasCleanStop);
        Assert.Equal(-1, again.CleanStopEpoch);
        Assert.False(again.HasFailures);
        Assert.Equal(4, again.All.Count);
        Assert.All(again.All, l => Assert.Equal(1, l.LogEndOffset));
    }

    [Fact]
    public void Start_with_a_dead_folder_serves_the_others_and_makes_nothing_anew_that_may_lie_there()
    {
        using (var before = Open())
            Fill(before, 4);
        Break("/b");

        using var manager = Open();

        Assert.True(manager.HasLostFolder);
        Assert.All(manager.All, l => Assert.Equal("/a", l.DataFolder));
        var lost = Enumerable.Range(0, 4).Select(i => LogTestContext.Partition with { Partition = i }).First(p => manager.Get(p.TopicPartition) is null);
        Assert.Throws<LogFailedException>(() => manager.GetOrCreate(lost, LogConfig.Default, isNew: false));
        Assert.IsType<DataFolderNotWritableException>(manager.FailureOf(lost.TopicPartition));
        Assert.Equal("/a", manager.GetOrCreate(LogTestContext.Partition with { Partition = 9 }, LogConfig.Default).DataFolder);
        Assert.Equal(-1, manager.CleanStopEpoch);
    }

    [Fact]
    public void Start_without_the_first_folder_is_refused()
    {
        Open().Dispose();
        Break("/a");

        Assert.Contains("/a", Assert.Throws<DataFolderNotWritableException>(Open).Message);
    }

    private LogManager Open() => _context.OpenManager("/a", "/b");

    private static List<PartitionLog> Fill(LogManager manager, int count)
    {
        var logs = Enumerable.Range(0, count).Select(i => manager.GetOrCreate(LogTestContext.Partition with { Partition = i }, LogConfig.Default)).ToList();
        logs.ForEach(l => Assert.Equal(AppendStatus.Appended, Append(l).Status));
        return logs;
    }

    private static AppendResult Append(PartitionLog log) => log.Append(log.TakeOver(), Batches.Of(log.LogEndOffset));

    private void BreakReads(string path) =>
        _disk.Fault = (operation, at) => operation is DiskOperation.Read && at.StartsWith(path, StringComparison.Ordinal) ? new IOException("bad sector") : null;

    private void Break(string folder) =>
        _disk.Fault = (operation, path) => operation is not DiskOperation.Read && path.StartsWith(folder + "/", StringComparison.Ordinal) ? new IOException("bad disk") : null;
}
