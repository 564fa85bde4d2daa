using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Benchmarks;

/// <summary>What each produced batch goes through on arrival, and what coordinators do with batches.</summary>
internal static class RecordBenchmarks
{
    private const long Now = 1_700_000_000_000;
    private const short ProduceVersion = 9;
    private const int BytesPerRun = 20_000_000;

    public static void Run()
    {
        Console.WriteLine("| batch | CRC32C GB/s | validate ns/byte | validate ns/record | read ns/record | build ns/record |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (var recordSize in new[] { 100, 1024 })
        {
            foreach (var batchSize in new[] { 16 * 1024, 128 * 1024, 1_000_000 })
                Run(recordSize, batchSize);
        }
    }

    private static void Run(int recordSize, int batchSize)
    {
        using var builder = new RecordBatchBuilder();
        var value = new byte[recordSize];
        new Random(1).NextBytes(value);
        while (builder.UncompressedSizeInBytes + recordSize + 10 <= batchSize)
            builder.Append(Now + (builder.RecordCount / 10), null, value);
        var count = builder.RecordCount;
        var bytes = builder.ToArray();
        var batch = new RecordBatch(bytes);
        var calls = Math.Max(1, BytesPerRun / bytes.Length);
        var crc = Measure.Best(calls, () => RecordBatch.ComputeCrc(bytes));
        var validate = Measure.Best(calls, () => Invariant.Check(RecordBatchValidator.Validate(bytes, RecordBatchRules.Default, ProduceVersion, Now).IsAccepted));
        var read = Measure.Best(calls, () => Read(batch));
        var build = Measure.Best(calls / 4 + 1, () => Build(builder, value, count));
        Console.WriteLine($"| {count} x {recordSize} B = {bytes.Length / 1024} KiB | {bytes.Length / crc / 1e9:F1} | {validate * 1e9 / bytes.Length:F3} "
            + $"| {validate * 1e9 / count:F1} | {read * 1e9 / count:F1} | {build * 1e9 / count:F1} |");
    }

    private static void Read(RecordBatch batch)
    {
        var last = 0L;
        foreach (var record in new RecordReader(batch, batch.Payload.Span))
            last = record.Offset;
        Invariant.Check(last == batch.LastOffset);
    }

    private static void Build(RecordBatchBuilder builder, byte[] value, int count)
    {
        builder.Clear();
        for (var i = 0; i < count; i++)
            builder.Append(Now + (i / 10), null, value);
        builder.Build();
    }
}
