using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Tests;

/// <summary>With <see cref="LogWriterDrive.Inline"/> every task is complete when it is returned.</summary>
internal static class LogTestExtensions
{
    public static T Now<T>(this Task<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("The work has not been done.");

    public static void Now(this Task task)
    {
        if (!task.IsCompleted)
            throw new InvalidOperationException("The work has not been done.");
        task.GetAwaiter().GetResult();
    }

    public static AppendResult Append(this PartitionLog log, WriterToken token, byte[] batches, AppendKind kind = AppendKind.Leader) =>
        log.AppendAsync(token, batches, kind).Now();

    /// <summary>Appends batches of as many records each.</summary>
    public static void Fill(this PartitionLog log, int batches, int recordsEach = 1, int valueBytes = 10, int epoch = 0)
    {
        var token = log.TakeOver();
        for (var i = 0; i < batches; i++)
        {
            var result = log.Append(token, Batches.Of(log.LogEndOffset, recordsEach, epoch, valueBytes: valueBytes));
            Assert.Equal(AppendStatus.Appended, result.Status);
        }
    }

    /// <summary>All batches' bytes, read as consumers do.</summary>
    public static byte[] ReadAll(this PartitionLog log, int maxBytes = 1 << 20)
    {
        var all = new List<byte>();
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            using var records = log.Read(offset, maxBytes, log.LogEndOffset, minOneBatch: true);
            var batches = Batches.Split(records.ToArray());
            Assert.NotEmpty(batches);
            foreach (var batch in batches)
                all.AddRange(batch.Bytes.Span);
            offset = batches[^1].NextOffset;
        }
        return [.. all];
    }

    public static long[] Offsets(this IEnumerable<RecordBatch> batches) => [.. batches.Select(b => b.BaseOffset)];
}
