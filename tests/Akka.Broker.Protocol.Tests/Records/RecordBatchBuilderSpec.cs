using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class RecordBatchBuilderSpec
{
    [Fact]
    public void The_header_says_what_the_options_and_records_say()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions
        {
            BaseOffset = 100,
            PartitionLeaderEpoch = 7,
            Producer = new ProducerIdAndEpoch(5, 3),
            BaseSequence = 20,
            IsTransactional = true,
        });
        builder.Append(1_000, "a"u8, "1"u8);
        builder.Append(3_000, "b"u8, "2"u8);
        builder.Append(2_000, "c"u8, "3"u8);
        Assert.Equal(103, builder.NextOffset);
        Assert.True(RecordBatch.TryRead(builder.Build(), out var batch));
        Assert.True(batch.HasValidCrc);
        Assert.Equal((100L, 102L, 3), (batch.BaseOffset, batch.LastOffset, batch.RecordCount));
        Assert.Equal((1_000L, 3_000L), (batch.BaseTimestamp, batch.MaxTimestamp));
        Assert.Equal((7, new ProducerIdAndEpoch(5, 3), 20, 22), (batch.PartitionLeaderEpoch, batch.Producer, batch.BaseSequence, batch.LastSequence));
        Assert.True(batch.IsTransactional);
        Assert.False(batch.IsControl);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public void A_cleared_builder_builds_the_same_again(CompressionType codec)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = codec });
        builder.Append(5, null, "value"u8);
        var first = builder.ToArray();
        builder.Clear();
        Assert.Equal(0, builder.RecordCount);
        builder.Append(5, null, "value"u8);
        Assert.Equal(first, builder.ToArray());
        Assert.Equal(first, builder.ToArray());
    }

    [Fact]
    public void Null_and_empty_stay_apart_in_keys_values_and_headers()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(0, null, null);
        builder.Append(0, ""u8, Array.Empty<byte>(), [new RecordHeader("", null), new RecordHeader("é", [])]);
        Assert.True(RecordBatch.TryRead(builder.Build(), out var batch));
        var records = new RecordReader(batch, batch.Payload.Span);
        Assert.True(records.MoveNext());
        Assert.True(records.Current.Key.IsNull && records.Current.Value.IsNull);
        Assert.Empty(records.Current.Headers.ToArray());
        Assert.True(records.MoveNext());
        Assert.False(records.Current.Key.IsNull || records.Current.Value.IsNull);
        var headers = records.Current.Headers.ToArray();
        Assert.Equal(("", null), (headers[0].Key, headers[0].Value));
        Assert.Equal("é", headers[1].Key);
        Assert.Empty(headers[1].Value!);
        Assert.False(records.MoveNext());
    }

    [Fact]
    public void Compaction_keeps_a_batchs_range_while_records_fall_out()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = 10, BaseTimestampMs = 500 });
        builder.AppendAt(13, 700, "k"u8, "v"u8);
        builder.AppendAt(17, 600, "l"u8, "w"u8);
        Assert.True(RecordBatch.TryRead(builder.Build(lastOffset: 20), out var batch));
        Assert.Equal((10L, 20L, 2, 500L, 700L), (batch.BaseOffset, batch.LastOffset, batch.RecordCount, batch.BaseTimestamp, batch.MaxTimestamp));
        var offsets = new List<(long, long)>();
        foreach (var record in new RecordReader(batch, batch.Payload.Span))
            offsets.Add((record.Offset, record.TimestampMs));
        Assert.Equal([(13L, 700L), (17L, 600L)], offsets);
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Build(lastOffset: 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.AppendAt(17, 0, null, null));
    }

    [Fact]
    public void Large_offsets_and_times_survive()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = 5_000_000_000 });
        builder.Append(0, null, new byte[70_000]);
        builder.Append(4_000_000_000_000, null, null);
        builder.AppendAt(5_000_000_000 + 1_000_000, 1, null, null);
        Assert.True(RecordBatch.TryRead(builder.Build(), out var batch));
        var seen = new List<(long, long, int)>();
        foreach (var record in new RecordReader(batch, batch.Payload.Span))
            seen.Add((record.Offset, record.TimestampMs, record.Value.Span.Length));
        Assert.Equal([(5_000_000_000, 0, 70_000), (5_000_000_001, 4_000_000_000_000, 0), (5_001_000_000, 1, 0)], seen);
    }

    [Fact]
    public void LogAppendTime_is_the_time_of_every_record()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { LogAppendTimeMs = 99 });
        builder.Append(1, null, null);
        builder.Append(2, null, null);
        Assert.True(RecordBatch.TryRead(builder.Build(), out var batch));
        Assert.Equal((TimestampType.LogAppendTime, 99L), (batch.TimestampType, batch.MaxTimestamp));
        foreach (var record in new RecordReader(batch, batch.Payload.Span))
            Assert.Equal(99, record.TimestampMs);
    }
}
