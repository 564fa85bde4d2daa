using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Tests;

public sealed class TimestampSpec
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory, MemberData(nameof(Seeds))]
    public void The_first_record_at_or_after_a_time_is_found_however_times_are_ordered(int seed)
    {
        var random = new Random(seed);
        using var context = new LogTestContext(new LogConfig { SegmentBytes = random.Next(400, 2000), IndexIntervalBytes = random.Next(300) });
        var log = context.Log;
        var records = new List<(long Time, long Offset)>();
        var token = log.TakeOver();
        for (var i = 0; i < 40; i++)
        {
            var times = Enumerable.Range(0, random.Next(1, 6)).Select(_ => (long)random.Next(1, 200) + i * 2).ToArray();
            var logAppendTime = random.Next(4) == 0 ? times.Max() : (long?)null;
            var batch = Batches.At(log.LogEndOffset, times, random.Next(2) == 0 ? CompressionType.Gzip : CompressionType.None, logAppendTime);
            for (var r = 0; r < times.Length; r++)
                records.Add((logAppendTime ?? times[r], log.LogEndOffset + r));
            Assert.True(log.Append(token, batch).IsAppended);
        }
        if (random.Next(2) == 0)
        {
            var start = random.NextInt64(log.LogEndOffset);
            log.IncrementLogStartOffsetAsync(start).Now();
            records.RemoveAll(r => r.Offset < start);
        }
        Check(log, records);
        var logStart = log.LogStartOffset;
        context.StopAndStart();
        Assert.Equal(logStart, context.Log.LogStartOffset);
        Check(context.Log, records);
    }

    [Fact]
    public void A_log_without_records_knows_no_time()
    {
        using var context = new LogTestContext();
        Assert.Null(context.Log.OffsetForTimestamp(0));
        Assert.Null(context.Log.MaxTimestampOffset());
    }

    [Fact]
    public void A_batch_that_cannot_be_decompressed_is_found_as_a_whole()
    {
        using var context = new LogTestContext();
        var token = context.Log.TakeOver();
        var batch = Batches.At(0, [100, 200, 300], CompressionType.Gzip);
        batch.AsSpan(RecordBatch.HeaderSize).Fill(0xff);
        Assert.True(context.Log.Append(token, batch).IsAppended);
        Assert.True(context.Log.Append(token, Batches.At(3, [400])).IsAppended);

        Assert.Equal(new TimestampedOffset(300, 0, 0), context.Log.OffsetForTimestamp(200));
        Assert.Equal(new TimestampedOffset(400, 3, 0), context.Log.OffsetForTimestamp(301));
    }

    private static void Check(PartitionLog log, List<(long Time, long Offset)> records)
    {
        for (var time = 0L; time < 300; time += 3)
        {
            var expected = records.Where(r => r.Time >= time).Select(r => (TimestampedOffset?)new TimestampedOffset(r.Time, r.Offset, 0)).FirstOrDefault();
            Assert.Equal(expected, log.OffsetForTimestamp(time));
        }
    }
}
