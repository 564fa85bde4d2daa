using System.Diagnostics;
using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage;

namespace Akka.Broker.Benchmarks;

/// <summary>Compacts logs on the disk under the system's temporary folder: how fast, and with how much memory.</summary>
internal static class CompactionBenchmarks
{
    private const int LogBytes = 512 * 1024 * 1024;
    private const int BatchBytes = 64 * 1024;

    public static async Task RunAsync()
    {
        Console.WriteLine("| log | keys | codec | MB/s of log | MB/s of disk | left | map MiB | allocated MiB | heap at most MiB |");
        Console.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|---:|");
        foreach (var (valueBytes, keys, codec) in ((int, int, CompressionType)[])[
            (100, 10_000, CompressionType.None), (100, 1_000_000, CompressionType.None), (1000, 100_000, CompressionType.None), (1000, 100_000, CompressionType.Lz4)])
        {
            await RunAsync(valueBytes, keys, codec);
        }
    }

    private static async Task RunAsync(int valueBytes, int keys, CompressionType codec)
    {
        var folder = Directory.CreateTempSubdirectory("akka-broker-compaction-").FullName;
        try
        {
            using var logs = LogManager.Open(new LogManagerOptions { DataFolders = [folder], NodeId = 1, Time = TimeProvider.System, Random = new Random(1) });
            var config = new LogConfig { CleanupPolicy = CleanupPolicy.Compact, SegmentBytes = 64 * 1024 * 1024, RetentionMs = -1 };
            var log = logs.GetOrCreate(new TopicIdPartition(Guid.NewGuid(), "bench", 0), config);
            await FillAsync(log, valueBytes, keys, codec);
            await logs.CheckpointAsync(syncAll: true);
            GC.Collect();
            var allocated = GC.GetTotalAllocatedBytes();
            var peak = 0L;
            using var watch = new Timer(_ => peak = Math.Max(peak, GC.GetTotalMemory(false)), null, 0, 20);
            var start = Stopwatch.GetTimestamp();
            var report = logs.CompactDue().Single();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(
                $"| {report.BytesBefore >> 20} MiB of {valueBytes} B | {report.Keys} | {codec} | {report.BytesBefore / seconds / 1e6:F0} "
                + $"| {(report.BytesRead + report.BytesWritten) / seconds / 1e6:F0} | {100.0 * report.BytesAfter / report.BytesBefore:F1} % "
                + $"| {report.MapBytes / 1048576.0:F1} | {(GC.GetTotalAllocatedBytes() - allocated) / 1048576.0:F1} | {peak / 1048576.0:F1} |");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(PartitionLog log, int valueBytes, int keys, CompressionType codec)
    {
        var random = new Random(2);
        var token = log.TakeOver();
        var value = new byte[valueBytes];
        var written = 0L;
        while (written < LogBytes)
        {
            using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = log.LogEndOffset, PartitionLeaderEpoch = 0, Compression = codec }, BatchBytes + 1024);
            while (builder.UncompressedSizeInBytes < BatchBytes)
            {
                // Half of it compresses.
                random.NextBytes(value.AsSpan(0, valueBytes / 2));
                builder.Append(1_700_000_000_000, Encoding.ASCII.GetBytes($"key-{random.Next(keys)}"), value);
            }
            written += builder.UncompressedSizeInBytes;
            var result = await log.AppendAsync(token, builder.ToArray());
            Invariant.Check(result.IsAppended);
        }
        log.HighWatermark = log.LogEndOffset;
    }
}
