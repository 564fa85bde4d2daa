using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Coordination.Tests;

public sealed class GroupReplaySpec
{
    private static readonly Moment Now = new(1_700_000_000_000, 1);
    private readonly GroupReplay _replay = new(new GroupConfig());

    private static RecordBatch Batch(CompressionType codec, long baseOffset, params (byte[]? Key, byte[]? Value)[] records)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = baseOffset, Compression = codec });
        foreach (var (key, value) in records)
            builder.Append(1, key, value);
        Assert.True(RecordBatch.TryRead(builder.ToArray(), out var batch));
        return batch;
    }

    private static (byte[]?, byte[]?) Bytes(GroupRecord record) => GroupRecordCodec.Encode(record);

    private static OffsetRecord Offset(string group, long? offset) => new(
        group, new TopicPartition("t", 0), offset is null ? null : new CommittedOffset(offset.Value, -1, "", 1, null));

    private static long Fetch(Group group)
    {
        group.Handle(new RequestId(0), new FetchOffsetsCommand([new TopicPartition("t", 0)], false), Now);
        var fetched = Assert.IsType<FetchOffsetsResult>(Assert.Single(group.Effects.Answers).Result);
        group.Effects.Clear();
        return Assert.Single(fetched.Offsets).Offset;
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public void The_last_record_of_a_key_counts(CompressionType codec)
    {
        _replay.Apply(Batch(codec, 0, Bytes(Offset("a", 1)), Bytes(Offset("b", 2))));
        _replay.Apply(Batch(codec, 2, Bytes(Offset("a", 3)), Bytes(Offset("b", null))));
        var group = Assert.Single(_replay.Finish());
        Assert.Equal(("a", 3), (group.Id, (int)Fetch(group)));
        Assert.Equal((4, 4), (_replay.NextOffset, _replay.RecordCount));
    }

    [Fact]
    public void A_deleted_group_is_not_there()
    {
        var metadata = new GroupMetadata("consumer", 1, null, null, 1, []);
        _replay.Apply(Batch(CompressionType.None, 0, Bytes(new GroupMetadataRecord("a", metadata)), Bytes(new GroupMetadataRecord("a", null))));
        Assert.Empty(_replay.Finish());
    }

    [Fact]
    public void A_record_that_cannot_be_read_costs_itself_alone()
    {
        _replay.Apply(Batch(CompressionType.None, 0, ([0, 1, 0, 9], [1]), (null, [1]), ([0, 7, 0], []), Bytes(Offset("a", 1))));
        Assert.Single(_replay.Finish());
        Assert.Equal(2, _replay.MalformedCount);
        Assert.Contains("offset 0", _replay.FirstProblem);
    }

    [Fact]
    public void Writes_gather_in_a_batch_that_holds_no_more_than_its_limit()
    {
        var group = new Group("g", new GroupConfig());
        group.Handle(new RequestId(1), GroupTestContext.CommitCommand(metadata: new string('m', 100)), Now);
        var write = new EncodedWrite(Assert.Single(group.Effects.Writes));
        using var builder = new RecordBatchBuilder();
        while (write.FitsBehind(builder.UncompressedSizeInBytes, 1_000))
            write.AppendTo(builder, 1);
        Assert.InRange(builder.Build().Length, 700, 1_000);
        Assert.False(write.FitsBehind(RecordBatch.HeaderSize, 150));
    }
}
