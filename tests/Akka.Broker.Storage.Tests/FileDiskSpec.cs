using System.Net;
using System.Net.Sockets;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

/// <summary>The operating system's files, and the writer's real threads.</summary>
public sealed class FileDiskSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("log-").FullName;
    private readonly List<LogEvent> _events = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_log_is_written_stopped_and_found_again()
    {
        byte[] all;
        using (var manager = LogManager.Open(Options()))
        {
            var log = manager.GetOrCreate(LogTestContext.Partition, new LogConfig { SegmentBytes = 5000, IndexIntervalBytes = 500 });
            var token = log.TakeOver();
            for (var i = 0; i < 200; i++)
                Assert.True((await log.AppendAsync(token, Batches.Of(i, valueBytes: i))).IsAppended);
            all = log.ReadAll();
            await manager.CheckpointAsync(syncAll: true);
            Assert.Equal(200, log.RecoveryPoint);
            await manager.CloseCleanlyAsync();
        }
        using (var again = LogManager.Open(Options()))
        {
            Assert.True(again.WasCleanStop);
            Assert.Equal(all, again.Get(LogTestContext.Partition.TopicPartition)!.ReadAll());
        }
        using (var killed = LogManager.Open(Options()))
        {
            Assert.False(killed.WasCleanStop);
            Assert.Equal(all, killed.Get(LogTestContext.Partition.TopicPartition)!.ReadAll());
        }
        Assert.Empty(_events);
    }

    [Fact]
    public void A_folder_is_locked_while_it_is_served()
    {
        using (LogManager.Open(Options()))
            Assert.Throws<DataFolderLockedException>(() => LogManager.Open(Options()));
        LogManager.Open(Options()).Dispose();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        var path = Path.Combine(_folder, "file", "data");
        Assert.Contains(path, Assert.Throws<DataFolderNotWritableException>(() => LogManager.Open(Options() with { DataFolders = [path] })).Message);
    }

    [Fact]
    public void Reserved_space_is_no_part_of_the_file()
    {
        var path = Path.Combine(_folder, "file");
        using (var file = FileDisk.Instance.Open(path, DiskFileMode.Create))
        {
            file.Write(0, "ab"u8);
            file.Reserve(2, 100_000);
            Assert.Equal(2, file.Length);
            file.Write(2, "cd"u8);
            file.SetLength(3);
            file.Reserve(3, 100_000);
        }
        Assert.Equal("abc"u8, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task A_range_is_sent_from_the_file_to_a_socket()
    {
        using var manager = LogManager.Open(Options());
        var log = manager.GetOrCreate(LogTestContext.Partition, LogConfig.Default);
        var token = log.TakeOver();
        for (var i = 0; i < 50; i++)
            await log.AppendAsync(token, Batches.Of(i, valueBytes: 1000));
        var all = log.ReadAll();

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var server = await listener.AcceptAsync();

        using var records = log.Read(10, 20_000, 50, minOneBatch: true);
        Assert.NotNull(records.Stream);
        var sending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var args = new SocketAsyncEventArgs();
        args.SendPacketsElements = [new SendPacketsElement(records.Stream, records.Position, records.SizeInBytes)];
        args.Completed += (_, _) => sending.SetResult();
        if (!server.SendPacketsAsync(args))
            sending.SetResult();
        var received = new byte[records.SizeInBytes];
        var count = 0;
        while (count < received.Length)
            count += await client.ReceiveAsync(received.AsMemory(count));
        await sending.Task;
        Assert.Equal(SocketError.Success, args.SocketError);
        Assert.Equal(all[(int)records.Position..][..received.Length], received);
    }

    [Fact]
    public async Task Readers_see_whole_batches_while_appends_rolls_and_retention_go_on()
    {
        var config = new LogConfig { SegmentBytes = 20_000, IndexIntervalBytes = 300, RetentionBytes = 60_000, FileDeleteDelayMs = 0 };
        using var manager = LogManager.Open(Options());
        var log = manager.GetOrCreate(LogTestContext.Partition, config);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(1, 3).Select(seed => Task.Run(() => ReadUntil(log, new Random(seed), stop.Token))).ToList();

        var random = new Random(5);
        var token = log.TakeOver();
        var appends = new Queue<Task<AppendResult>>();
        for (long offset = 0; offset < 15_000;)
        {
            var batch = Batches.Of(offset, random.Next(1, 20), valueBytes: random.Next(50));
            appends.Enqueue(log.AppendAsync(token, batch));
            offset = Batches.Split(batch)[0].NextOffset;
            if (appends.Count > 30)
                Assert.True((await appends.Dequeue()).IsAppended);
            if (random.Next(50) == 0)
            {
                await log.DeleteOldSegmentsAsync(0, log.LogEndOffset);
                manager.Tick();
            }
        }
        Assert.All(await Task.WhenAll(appends), r => Assert.True(r.IsAppended));
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), read => Assert.True(read > 0));
        Assert.True(log.LogStartOffset > 0);
        Assert.DoesNotContain(_events, e => e.Level >= LogEventLevel.Warning);
    }

    [Fact]
    public async Task Many_who_append_with_sync_are_all_answered()
    {
        using var manager = LogManager.Open(Options());
        var logs = Enumerable.Range(0, 8)
            .Select(i => manager.GetOrCreate(LogTestContext.Partition with { Partition = i }, new LogConfig { FlushMessages = 1 })).ToList();
        await Task.WhenAll(logs.Select(async log =>
        {
            var token = log.TakeOver();
            for (var i = 0; i < 25; i++)
                Assert.True((await log.AppendAsync(token, Batches.Of(i))).IsAppended);
        }));
        Assert.All(logs, l => Assert.Equal((25, 25), (l.LogEndOffset, l.RecoveryPoint)));
    }

    [Fact]
    public async Task A_deleted_log_makes_room_for_its_next_incarnation()
    {
        using var manager = LogManager.Open(Options());
        var log = manager.GetOrCreate(LogTestContext.Partition, LogConfig.Default);
        await log.AppendAsync(log.TakeOver(), Batches.Of(0));
        await manager.DeleteAsync(log);
        var next = LogTestContext.Partition with { TopicId = Guid.NewGuid() };
        Assert.Equal(0, manager.GetOrCreate(next, LogConfig.Default).LogEndOffset);
        Assert.Equal(2, Directory.GetDirectories(_folder).Length);
    }

    private static int ReadUntil(PartitionLog log, Random random, CancellationToken stop)
    {
        var read = 0;
        while (!stop.IsCancellationRequested || read == 0)
        {
            var (start, end) = (log.LogStartOffset, log.LogEndOffset);
            if (start == end)
                continue;
            var from = random.NextInt64(start, end);
            try
            {
                using var records = log.Read(from, random.Next(1, 10_000), end, minOneBatch: true);
                var batches = Batches.Split(records.ToArray());
                Assert.NotEmpty(batches);
                Assert.InRange(from, batches[0].BaseOffset, batches[0].LastOffset);
                Assert.All(batches, b => Assert.True(b.HasValidCrc && b.BaseOffset < end));
                read += batches.Count;
            }
            catch (OffsetOutOfRangeException e)
            {
                // Retention was faster.
                Assert.True(e.LogStartOffset > from);
            }
        }
        return read;
    }

    private LogManagerOptions Options() => new()
    {
        DataFolders = [_folder],
        NodeId = 1,
        Disk = FileDisk.Instance,
        Time = new ManualTime(),
        Random = new Random(1),
        ConfigOf = _ => new LogConfig { SegmentBytes = 5000, IndexIntervalBytes = 500 },
        OnEvent = e =>
        {
            lock (_events)
                _events.Add(e);
        },
    };
}
