using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>A log and the same log on another broker, of several closed segments; the first is harmed by the test.</summary>
internal sealed class ScrubTestContext : IDisposable
{
    public static readonly LogConfig Plain = LogConfig.Default with { SegmentBytes = 600, IndexIntervalBytes = 100 };

    public ScrubTestContext(LogConfig? config = null, bool isEnabled = false)
    {
        Own = new LogTestContext(config ?? Plain) { Scrubber = new LogScrubberOptions { IsEnabled = isEnabled, IoBytesPerSecondMax = long.MaxValue } };
        Other = new LogTestContext(config ?? Plain);
    }

    public LogTestContext Own { get; }

    public LogTestContext Other { get; }

    public PartitionLog Log => Own.Log;

    public MemoryDisk Disk => Own.Memory;

    public string FirstSegment => PathOf(".log");

    public string PathOf(string extension, long baseOffset = 0) => $"{Own.LogFolder}/{baseOffset:D20}{extension}";

    /// <summary>Batches of several kinds: plain, of a producer, transactions that were committed and aborted.</summary>
    public ScrubTestContext Filled(int batches = 40)
    {
        foreach (var log in new[] { Own.Log, Other.Log })
        {
            var token = log.TakeOver();
            for (var i = 0; i < batches; i++)
            {
                var batch = (i % 6) switch
                {
                    0 => Batches.Of(log.LogEndOffset, 3, epoch: i / 20),
                    1 or 2 => Batches.Idempotent(log.LogEndOffset, 7, i / 6 * 4 + (i % 6 - 1) * 2, 2, transactional: true, epoch: i / 20),
                    3 => Batches.Marker(log.LogEndOffset, 7, commit: i % 12 == 3, epoch: i / 20),
                    _ => Batches.Of(log.LogEndOffset, 1, epoch: i / 20, valueBytes: 50),
                };
                Assert.Equal(AppendStatus.Appended, log.Append(token, batch).Status);
            }

            log.HighWatermark = log.LogEndOffset;
        }

        Own.Manager.CheckpointAsync(syncAll: true).Now();
        Own.Manager.Copies = new MemoryCopies(Other.Log);
        return this;
    }

    public byte[] Read(string path)
    {
        using var file = Disk.Open(path, DiskFileMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    public void Write(string path, long position, params byte[] bytes)
    {
        using var file = Disk.Open(path, DiskFileMode.Open);
        file.Write(position, bytes);
    }

    public void Flip(string path, long position, byte mask)
    {
        var bytes = Read(path);
        Write(path, position, (byte)(bytes[position] ^ mask));
    }

    public void Shorten(string path, long by)
    {
        using var file = Disk.Open(path, DiskFileMode.Open);
        file.SetLength(file.Length - by);
    }

    /// <summary>What a consumer, a transactional one, and one that asks for times get is what the other replica gives.</summary>
    public void CheckReads()
    {
        Assert.Equal(Other.Log.ReadAll(), Log.ReadAll());
        var end = Log.LogEndOffset;
        Assert.Equal(Other.Log.AbortedTransactions(0, end), Log.AbortedTransactions(0, end));
        for (var offset = 0L; offset < end; offset++)
        {
            using var own = Log.Read(offset, 1, end, minOneBatch: true);
            using var other = Other.Log.Read(offset, 1, end, minOneBatch: true);
            Assert.Equal(other.ToArray(), own.ToArray());
            Assert.Equal(Other.Log.OffsetForTimestamp(Batches.Time + offset), Log.OffsetForTimestamp(Batches.Time + offset));
        }
    }

    public List<LogEvent> Errors => Own.Events.FindAll(e => e.Level == LogEventLevel.Error);

    public void Dispose()
    {
        Own.Dispose();
        Other.Dispose();
    }
}
