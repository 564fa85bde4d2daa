using System.Buffers.Binary;
using System.Text;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class RecordBatchValidatorSpec
{
    private const long Now = 1_700_000_000_000;
    private const short Version = 9;

    /// <summary>One field of a good batch changed, and the code that Kafka answers with.</summary>
    public static readonly TheoryData<string, int, long, int, ErrorCode> Fields = new()
    {
        { "magic 1", RecordBatch.MagicOffset, 1, 1, ErrorCode.InvalidRecord },
        { "magic 3", RecordBatch.MagicOffset, 3, 1, ErrorCode.InvalidRecord },
        { "length one more", RecordBatch.LengthOffset, -1, 4, ErrorCode.CorruptMessage },
        { "length short of the header", RecordBatch.LengthOffset, 48, 4, ErrorCode.CorruptMessage },
        { "base offset", RecordBatch.BaseOffsetOffset, 5, 8, ErrorCode.InvalidRecord },
        { "codec 5", RecordBatch.AttributesOffset, 5, 2, ErrorCode.UnsupportedCompressionType },
        { "codec 7", RecordBatch.AttributesOffset, 7, 2, ErrorCode.UnsupportedCompressionType },
        { "LogAppendTime", RecordBatch.AttributesOffset, 0x08, 2, ErrorCode.InvalidTimestamp },
        { "transactional without producer", RecordBatch.AttributesOffset, 0x10, 2, ErrorCode.InvalidRecord },
        { "control", RecordBatch.AttributesOffset, 0x20, 2, ErrorCode.InvalidRecord },
        { "delete horizon", RecordBatch.AttributesOffset, 0x40, 2, ErrorCode.InvalidRecord },
        { "last offset delta", RecordBatch.LastOffsetDeltaOffset, 3, 4, ErrorCode.InvalidRecord },
        { "count", RecordBatch.RecordCountOffset, 4, 4, ErrorCode.InvalidRecord },
        { "count 0", RecordBatch.RecordCountOffset, 0, 4, ErrorCode.InvalidRecord },
        { "count negative", RecordBatch.RecordCountOffset, int.MinValue, 4, ErrorCode.InvalidRecord },
        { "producer without epoch", RecordBatch.ProducerIdOffset, 7, 8, ErrorCode.InvalidRecord },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_header_that_is_wrong_is_refused_with_its_code(string what, int offset, long value, int size, ErrorCode expected)
    {
        var batch = ThreeRecords();
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        bytes.AsSpan(8 - size).CopyTo(batch.AsSpan(offset));
        Reseal(batch);
        var verdict = Validate(batch);
        Assert.True(expected == verdict.Error, $"{what}: {verdict}");
        Assert.NotNull(verdict.Message);
    }

    [Fact]
    public void A_good_batch_is_accepted_and_left_alone()
    {
        var batch = ThreeRecords();
        var before = batch.ToArray();
        Assert.Equal(RecordBatchVerdict.Accepted, Validate(batch));
        Assert.Equal(before, batch);
    }

    [Fact]
    public void Every_flipped_bit_under_the_checksum_is_found()
    {
        var batch = ThreeRecords();
        for (var bit = RecordBatch.CrcOffset * 8; bit < batch.Length * 8; bit++)
        {
            batch[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(ErrorCode.CorruptMessage, Validate(batch).Error);
            batch[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        var batch = ThreeRecords();
        for (var length = 0; length < batch.Length; length++)
            Assert.False(Validate(batch[..length]).IsAccepted);
    }

    [Fact]
    public void Nothing_and_more_than_one_batch_are_refused()
    {
        Assert.Equal(ErrorCode.InvalidRecord, Validate([]).Error);
        Assert.Equal(ErrorCode.InvalidRecord, Validate([.. ThreeRecords(), .. ThreeRecords()]).Error);
        Assert.Equal(ErrorCode.InvalidRecord, Validate([.. ThreeRecords(), 0]).Error);
    }

    [Fact]
    public void Old_message_formats_in_old_requests_are_told_apart()
    {
        var batch = ThreeRecords();
        batch[RecordBatch.MagicOffset] = 1;
        var verdict = RecordBatchValidator.Validate(batch, RecordBatchRules.Default, produceVersion: 2, Now);
        Assert.Equal(ErrorCode.UnsupportedForMessageFormat, verdict.Error);
    }

    [Fact]
    public void A_batch_may_be_as_large_as_the_topic_says_and_no_larger()
    {
        var batch = ThreeRecords();
        Assert.True(Validate(batch, new RecordBatchRules { BatchBytesMax = batch.Length }).IsAccepted);
        Assert.Equal(ErrorCode.MessageTooLarge, Validate(batch, new RecordBatchRules { BatchBytesMax = batch.Length - 1 }).Error);
    }

    [Fact]
    public void Zstd_needs_version_7_of_the_request()
    {
        var batch = Build(new RecordBatchOptions { Compression = CompressionType.Zstd });
        Assert.Equal(ErrorCode.UnsupportedCompressionType, RecordBatchValidator.Validate(batch, RecordBatchRules.Default, 6, Now).Error);
        Assert.Equal(ErrorCode.None, RecordBatchValidator.Validate(batch, RecordBatchRules.Default, 7, Now).Error);
    }

    [Theory]
    [InlineData(1, 0, 0, ErrorCode.None)]
    [InlineData(1, 0, int.MaxValue, ErrorCode.None)]
    [InlineData(1, -1, 0, ErrorCode.InvalidRecord)]
    [InlineData(1, 0, -1, ErrorCode.InvalidRecord)]
    [InlineData(-1, -1, -1, ErrorCode.None)]
    public void Producer_id_epoch_and_sequence_must_agree(long id, short epoch, int sequence, ErrorCode expected)
    {
        var batch = Build(new RecordBatchOptions { Producer = new ProducerIdAndEpoch(id, epoch), BaseSequence = sequence });
        Assert.Equal(expected, Validate(batch).Error);
    }

    [Theory]
    [InlineData(-1001, 0, ErrorCode.InvalidTimestamp)]
    [InlineData(-1000, 0, ErrorCode.None)]
    [InlineData(0, 500, ErrorCode.None)]
    [InlineData(0, 501, ErrorCode.InvalidTimestamp)]
    public void Timestamps_must_lie_within_the_topics_limits(long oldest, long newest, ErrorCode expected)
    {
        var rules = new RecordBatchRules { TimestampBeforeMaxMs = 1000, TimestampAfterMaxMs = 500 };
        foreach (var codec in new[] { CompressionType.None, CompressionType.Lz4 })
        {
            using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = codec });
            builder.Append(Now + oldest, null, "a"u8);
            builder.Append(Now + newest, null, "b"u8);
            Assert.Equal(expected, Validate(builder.ToArray(), rules).Error);
            Assert.True(Validate(builder.ToArray(), rules with { TimestampType = TimestampType.LogAppendTime }).IsAccepted);
        }
    }

    [Fact]
    public void Records_without_a_timestamp_are_no_concern_of_the_limits()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(-1, null, "a"u8);
        Assert.True(Validate(builder.ToArray(), new RecordBatchRules { TimestampBeforeMaxMs = 0, TimestampAfterMaxMs = 0 }).IsAccepted);
    }

    [Fact]
    public void A_wrong_max_timestamp_is_set_right()
    {
        var batch = ThreeRecords();
        var before = batch.ToArray();
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(RecordBatch.MaxTimestampOffset), Now + 1_000_000);
        Reseal(batch);
        Assert.True(Validate(batch).IsAccepted);
        Assert.Equal(before, batch);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void A_compacted_topic_refuses_records_without_a_key(CompressionType codec)
    {
        var rules = new RecordBatchRules { KeysRequired = true };
        var options = new RecordBatchOptions { Compression = codec };
        Assert.True(Validate(Build(options), rules).IsAccepted);
        using var builder = new RecordBatchBuilder(options);
        builder.Append(Now, "k"u8, "a"u8);
        builder.Append(Now, null, "b"u8);
        var verdict = Validate(builder.ToArray(), rules);
        Assert.Equal(ErrorCode.InvalidRecord, verdict.Error);
        Assert.Contains("key", verdict.Message, StringComparison.Ordinal);
        Assert.True(Validate(builder.ToArray()).IsAccepted);
    }

    [Fact]
    public void An_empty_key_is_a_key()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(Now, ""u8, "a"u8);
        Assert.True(Validate(builder.ToArray(), new RecordBatchRules { KeysRequired = true }).IsAccepted);
    }

    [Fact]
    public void A_decompression_bomb_is_refused_within_its_bound()
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = CompressionType.Gzip });
        builder.Append(Now, "k"u8, new byte[4 * 1024 * 1024]);
        var rules = new RecordBatchRules { KeysRequired = true, DecompressedBytesMax = 1024 * 1024 };
        Assert.Equal(ErrorCode.MessageTooLarge, Validate(builder.ToArray(), rules).Error);
    }

    [Fact]
    public void Damaged_records_under_a_valid_checksum_never_pass_for_others_or_throw()
    {
        var random = new Random(20261121);
        var good = ThreeRecords();
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var batch = good.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                batch[random.Next(RecordBatch.HeaderSize, batch.Length)] = (byte)random.Next(256);
            Reseal(batch);
            if (Validate(batch).IsAccepted)
                AssertReadable(batch);
            else
                refused++;
        }

        Assert.True(refused > 2_000, $"only {refused} were refused");
    }

    [Fact]
    public void Validation_allocates_nothing()
    {
        var batch = ThreeRecords();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 1000; i++)
                RecordBatchValidator.Validate(batch, RecordBatchRules.Default, Version, Now);
        }));
    }

    private static void AssertReadable(byte[] bytes)
    {
        Assert.True(RecordBatch.TryRead(bytes, out var batch));
        var count = 0;
        foreach (var record in new RecordReader(batch, batch.Payload.Span))
        {
            Assert.Equal(count++, record.Offset);
            foreach (var header in record.Headers)
                _ = header.Key.Length + header.Value.Span.Length;
        }

        Assert.Equal(batch.RecordCount, count);
    }

    private static RecordBatchVerdict Validate(byte[] batch, RecordBatchRules? rules = null) =>
        RecordBatchValidator.Validate(batch, rules ?? RecordBatchRules.Default, Version, Now);

    private static byte[] ThreeRecords() => Build(RecordBatchOptions.Default);

    private static byte[] Build(RecordBatchOptions options)
    {
        using var builder = new RecordBatchBuilder(options);
        builder.Append(Now, "key"u8, "value"u8);
        builder.Append(Now + 70, "k"u8, null, [new RecordHeader("name", [1, 2, 3]), new RecordHeader("nothing", null)]);
        builder.Append(Now - 5, ""u8, Encoding.UTF8.GetBytes(new string('x', 200)));
        return builder.ToArray();
    }

    private static void Reseal(byte[] batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(RecordBatch.CrcOffset), RecordBatch.ComputeCrc(batch));
}
