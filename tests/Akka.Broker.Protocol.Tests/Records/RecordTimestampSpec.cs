using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class RecordTimestampSpec
{
    private const long FirstMs = 1_700_000_000_000;

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Zstd)]
    public void Time_is_that_of_the_record_or_of_the_first_behind_it(CompressionType compression)
    {
        var batch = Batch(new RecordBatchOptions { BaseOffset = 10, Compression = compression }, valueSize: 10);
        Assert.Equal(FirstMs, RecordTimestamp.Find(batch, 3));
        Assert.Equal(FirstMs, RecordTimestamp.Find(batch, 10));
        Assert.Equal(FirstMs + 5, RecordTimestamp.Find(batch, 11));
        Assert.Equal(FirstMs + 2, RecordTimestamp.Find(batch, 12));
    }

    [Fact]
    public void Time_is_the_brokers_where_that_counts() =>
        Assert.Equal(77, RecordTimestamp.Find(Batch(new RecordBatchOptions { LogAppendTimeMs = 77 }, valueSize: 10), 1));

    [Fact]
    public void Delete_horizon_of_a_compacted_batch_is_not_taken_for_a_time()
    {
        var batch = Batch(new RecordBatchOptions { DeleteHorizonMs = FirstMs + 1_000_000 }, valueSize: 10);
        Assert.Equal(FirstMs, RecordTimestamp.Find(batch, 0));
        Assert.Equal(FirstMs + 5, RecordTimestamp.Find(batch, 1));
        Assert.Equal(FirstMs + 5, RecordTimestamp.Find(Batch(new RecordBatchOptions { DeleteHorizonMs = FirstMs + 1_000_000 }, valueSize: 200_000), 2));
    }

    [Fact]
    public void Large_batch_is_not_read_for_a_record_in_its_middle() =>
        Assert.Equal(FirstMs, RecordTimestamp.Find(Batch(RecordBatchOptions.Default, valueSize: 200_000), 1));

    [Fact]
    public void Cut_batch_has_no_time() =>
        Assert.Null(RecordTimestamp.Find(Batch(RecordBatchOptions.Default, valueSize: 10).AsMemory(..40), 0));

    /// <summary>Of three records: sent at the first time, 5 ms and 2 ms after it.</summary>
    private static byte[] Batch(RecordBatchOptions options, int valueSize)
    {
        using var builder = new RecordBatchBuilder(options);
        foreach (var afterMs in new[] { 0, 5, 2 })
            builder.Append(FirstMs + afterMs, null, new byte[valueSize]);
        return builder.ToArray();
    }
}
