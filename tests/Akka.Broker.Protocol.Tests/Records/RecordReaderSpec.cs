using System.Buffers.Binary;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class RecordReaderSpec
{
    [Fact]
    public void Fewer_or_more_records_than_the_header_says_are_noticed()
    {
        foreach (var count in new[] { 1, 3 })
        {
            var bytes = TwoRecords();
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(RecordBatch.RecordCountOffset), count);
            Assert.Throws<InvalidRecordException>(() => Count(bytes));
        }
    }

    [Fact]
    public void Every_change_of_a_byte_is_read_within_bounds_or_refused()
    {
        for (var i = RecordBatch.HeaderSize; i < TwoRecords().Length; i++)
        {
            for (var value = 0; value < 256; value++)
            {
                var bytes = TwoRecords();
                bytes[i] = (byte)value;
                try
                {
                    Count(bytes);
                }
                catch (InvalidRecordException)
                {
                }
            }
        }
    }

    [Fact]
    public void An_unknown_codec_is_refused()
    {
        var bytes = TwoRecords();
        bytes[RecordBatch.AttributesOffset + 1] |= 6;
        Assert.Throws<InvalidRecordException>(() => RecordBatchReader.Decompress(new RecordBatch(bytes), 1_000));
    }

    [Fact]
    public void Decompression_stops_at_the_callers_bound()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = CompressionType.Snappy });
        builder.Append(0, null, new byte[100_000]);
        var batch = new RecordBatch(builder.ToArray());
        Assert.Throws<DecompressedSizeExceededException>(() => RecordBatchReader.Decompress(batch, 99_999));
        using var payload = RecordBatchReader.Decompress(batch, 101_000);
        Assert.Equal(1, Count(batch, payload));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        var bytes = TwoRecords();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 1_000; i++)
                Count(bytes);
        }));
    }

    [Fact]
    public void Control_records_of_other_kinds_are_no_end_of_a_transaction()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { IsControl = true });
        builder.Append(0, ControlRecord.Key(ControlRecordType.LeaderChange), new byte[6]);
        Assert.True(RecordBatch.TryRead(builder.Build(), out var batch));
        Assert.False(EndTransactionMarker.TryRead(batch, out _));
        Assert.True(ControlRecord.TryReadType(ControlRecord.Key(ControlRecordType.LeaderChange), out var type));
        Assert.Equal(ControlRecordType.LeaderChange, type);
        Assert.False(ControlRecord.TryReadType([0, 0, 1], out _));
    }

    private static int Count(byte[] bytes)
    {
        var batch = new RecordBatch(bytes);
        var count = 0;
        foreach (var record in new RecordReader(batch, batch.Payload.Span))
        {
            count++;
            foreach (var header in record.Headers)
                _ = header.Key.Length + header.Value.Span.Length;
        }

        return count;
    }

    private static int Count(RecordBatch batch, RecordPayload payload)
    {
        Assert.Equal(CompressionType.Snappy, batch.Compression);
        var count = 0;
        foreach (var _ in payload.Records)
            count++;
        return count;
    }

    private static byte[] TwoRecords()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(10, "key"u8, "value"u8, [new RecordHeader("h", [1])]);
        builder.Append(2_000, null, null);
        return builder.ToArray();
    }
}
