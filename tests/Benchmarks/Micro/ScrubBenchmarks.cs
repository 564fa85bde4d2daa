using System.Diagnostics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Benchmarks;

/// <summary>
/// Looks for damage in logs under the system's temporary folder, as a round of <c>log.scrub</c> does: how fast and for how much processor time as fast as it can, which is
/// out of the page cache, and what its throttle makes of that.
/// </summary>
internal static class ScrubBenchmarks
{
    private const int RecordBytes = 100;
    private const int SegmentBytes = 8 * 1024 * 1024;
    private const long MiB = 1024 * 1024;

    /// <summary>As <c>log.scrub.io.max.bytes.per.second</c> is unless it is set.</summary>
    private static readonly long Default = new LogScrubberOptions().IoBytesPerSecondMax;

    public static async Task RunAsync()
    {
        Console.WriteLine("| batches | read MiB | held to MiB/s | MB/s | processor ms a GB | of one processor |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (var batchBytes in (int[])[512, 16 * 1024, 256 * 1024])
        {
            var folder = Directory.CreateTempSubdirectory("akka-broker-scrub-").FullName;
            try
            {
                using (var logs = Open(folder, long.MaxValue))
                    await FillAsync(logs, batchBytes, 512 * MiB);
                // The first round is the compiler's.
                Scrub(folder, long.MaxValue);
                Print(batchBytes, long.MaxValue, Scrub(folder, long.MaxValue));
                if (batchBytes == 16 * 1024)
                    Print(batchBytes, 64 * MiB, Scrub(folder, 64 * MiB));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        await RunHeldBackAsync();
    }

    /// <summary>A round as a broker makes it unless told otherwise takes long: a small log does.</summary>
    private static async Task RunHeldBackAsync()
    {
        var folder = Directory.CreateTempSubdirectory("akka-broker-scrub-").FullName;
        try
        {
            using (var logs = Open(folder, long.MaxValue))
                await FillAsync(logs, 16 * 1024, 48 * MiB);
            Print(16 * 1024, Default, Scrub(folder, Default));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Round Scrub(string folder, long bytesPerSecondMax)
    {
        using var logs = Open(folder, bytesPerSecondMax);
        foreach (var log in logs.All)
            log.HighWatermark = log.LogEndOffset;
        using var self = Process.GetCurrentProcess();
        var processor = self.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        logs.Scrub();
        var elapsed = Stopwatch.GetElapsedTime(start);
        self.Refresh();
        var totals = logs.Scrubbing;
        Invariant.Check(totals.Rounds == 1 && totals.Damaged.Count == 0 && totals.BytesRead > 0);
        return new Round(totals.BytesRead, elapsed, self.TotalProcessorTime - processor);
    }

    private static void Print(int batchBytes, long bytesPerSecondMax, Round round)
    {
        var held = bytesPerSecondMax == long.MaxValue ? "-" : $"{bytesPerSecondMax / MiB}";
        Console.WriteLine(
            $"| {batchBytes} B | {round.Bytes / MiB} | {held} | {round.Bytes / round.Elapsed.TotalSeconds / 1e6:F1} "
            + $"| {round.Processor.TotalMilliseconds / (round.Bytes / 1e9):F0} | {100 * round.Processor.TotalSeconds / round.Elapsed.TotalSeconds:F1} % |");
    }

    private static LogManager Open(string folder, long bytesPerSecondMax) => LogManager.Open(new LogManagerOptions
    {
        DataFolders = [folder],
        NodeId = 1,
        Time = TimeProvider.System,
        Random = new Random(1),
        Scrubber = new LogScrubberOptions { IoBytesPerSecondMax = bytesPerSecondMax },
    });

    private static async Task FillAsync(LogManager logs, int batchBytes, long logBytes)
    {
        var log = logs.GetOrCreate(new TopicIdPartition(Guid.NewGuid(), "bench", 0), new LogConfig { SegmentBytes = SegmentBytes, RetentionMs = -1 });
        var random = new Random(2);
        var token = log.TakeOver();
        var value = new byte[RecordBytes];
        for (var written = 0L; written < logBytes;)
        {
            using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = log.LogEndOffset, PartitionLeaderEpoch = 0 }, batchBytes + 1024);
            while (builder.UncompressedSizeInBytes < batchBytes)
            {
                random.NextBytes(value);
                builder.Append(1_700_000_000_000, default, value);
            }

            written += builder.UncompressedSizeInBytes;
            var result = await log.AppendAsync(token, builder.ToArray());
            Invariant.Check(result.IsAppended);
        }

        log.HighWatermark = log.LogEndOffset;
        await logs.CheckpointAsync(syncAll: true);
        await logs.CloseCleanlyAsync();
    }

    private readonly record struct Round(long Bytes, TimeSpan Elapsed, TimeSpan Processor);
}
