using System.Text;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Protocol.Tests;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class ChunkReaderSpec
{
    private static readonly TopicPartition T0 = new("t", 0);

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Records_come_in_order_from_the_offset_that_was_asked_for(CompressionType compression)
    {
        var chunk = Chunk(12, [Batch(10, ["a", "b", "c"], compression: compression), Batch(13, ["d"], compression: compression)]);

        Assert.Equal("12=c 13=d", Read(chunk));
    }

    [Fact]
    public void A_chunk_that_was_put_back_goes_on_where_its_delivery_stands()
    {
        var chunk = Chunk(10, [Batch(10, ["a", "b", "c"])]);
        chunk.Delivery.MoveTo(11);

        Assert.Equal("11=b 12=c", Read(chunk));
    }

    [Fact]
    public void Aborted_records_and_markers_are_passed_over_when_only_committed_ones_are_wanted()
    {
        var chunk = Chunk(
            0,
            [
                Batch(0, ["aborted"], producer: 1),
                Batch(1, ["plain"]),
                Batch(2, ["committed"], producer: 2),
                Marker(3, producer: 1, isCommit: false),
                Batch(4, ["committed after an abort"], producer: 1),
                Marker(5, producer: 2, isCommit: true),
                Marker(6, producer: 1, isCommit: true),
            ],
            [new() { ProducerId = 1, FirstOffset = 0 }]);

        Assert.Equal("1=plain 2=committed 4=committed after an abort", Read(chunk));
    }

    [Fact]
    public void An_abort_before_the_position_is_remembered()
    {
        var chunk = Chunk(
            0,
            [Batch(0, ["aborted"], producer: 1), Marker(1, producer: 1, isCommit: false), Batch(2, ["good"], producer: 1), Marker(3, producer: 1, isCommit: true)],
            [new() { ProducerId = 1, FirstOffset = 0 }]);
        chunk.Delivery.MoveTo(2);

        Assert.Equal("2=good", Read(chunk));
    }

    [Fact]
    public void Without_read_committed_aborted_records_are_seen_and_markers_are_not()
    {
        var chunk = Chunk(0, [Batch(0, ["aborted"], producer: 1), Marker(1, producer: 1, isCommit: false)]);

        Assert.Equal("0=aborted", Read(chunk));
    }

    [Fact]
    public void A_damaged_batch_is_told_with_its_partition_and_offset()
    {
        var bytes = Batch(7, ["a"]);
        bytes[^1] ^= 1;

        var error = Assert.Throws<CorruptBatchException>(() => Read(Chunk(7, [bytes])));
        Assert.Equal(T0, error.Partition);
        Assert.Contains("offset 7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_allocates_nothing_for_a_record()
    {
        var records = Enumerable.Range(0, 1_000).Select(i => $"value {i}").ToArray();
        var chunk = Chunk(0, [Batch(0, records)]);
        using var reader = new ChunkReader(checksCrc: true, 1 << 20);
        Assert.InRange(Allocation.Least(() => Assert.Equal(1_000, Count(reader, chunk))), 0, 999);
    }

    private static int Count(ChunkReader reader, FetchedChunk chunk)
    {
        var count = 0;
        reader.Open(chunk);
        while (reader.MoveNext())
            count++;
        return count;
    }

    private static string Read(FetchedChunk chunk)
    {
        using var reader = new ChunkReader(checksCrc: true, 1 << 20);
        reader.Open(chunk);
        var read = new List<string>();
        while (reader.MoveNext())
            read.Add($"{reader.Current.Offset}={Encoding.UTF8.GetString(reader.Current.Value.Span)}");
        return string.Join(' ', read);
    }

    private static FetchedChunk Chunk(long from, byte[][] batches, List<FetchResponse.AbortedTransaction>? aborted = null)
    {
        var bytes = batches.SelectMany(b => b).ToArray();
        return new FetchedChunk(new PartitionDelivery(T0, from, -1), bytes, new FetchLease(new MemoryStream())) { FromOffset = from, NextOffset = 100, Aborted = aborted };
    }

    private static byte[] Batch(long baseOffset, string[] values, long? producer = null, CompressionType compression = CompressionType.None)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions
        {
            Compression = compression,
            Producer = producer is { } id ? new ProducerIdAndEpoch(id, 0) : ProducerIdAndEpoch.None,
            IsTransactional = producer is not null,
            BaseSequence = producer is null ? -1 : 0,
        });
        foreach (var value in values)
            builder.Append(1_000, NullableBytes.Null, Encoding.UTF8.GetBytes(value));
        var bytes = builder.ToArray();
        RecordBatch.Assign(bytes, baseOffset, leaderEpoch: 3);
        return bytes;
    }

    private static byte[] Marker(long offset, long producer, bool isCommit)
    {
        var bytes = new Akka.Broker.Protocol.Records.EndTransactionMarker(isCommit, 0).ToBatch(new ProducerIdAndEpoch(producer, 0), 1_000);
        RecordBatch.Assign(bytes, offset, leaderEpoch: 3);
        return bytes;
    }
}
