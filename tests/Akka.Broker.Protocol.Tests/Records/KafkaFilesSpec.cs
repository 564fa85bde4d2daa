using System.Text;
using Akka.Broker.Protocol.Records;
using Record = Akka.Broker.Protocol.Records.Record;

namespace Akka.Broker.Protocol.Tests.Records;

/// <summary>What we read in a real Kafka's files is what its own dump tool says of them, and what we build from it is the same bytes.</summary>
public sealed class KafkaFilesSpec
{
    private const int BytesMax = 1024 * 1024;

    public static readonly TheoryData<string> Folders =
        new("fx-plain-0", "fx-gzip-0", "fx-snappy-0", "fx-lz4-0", "fx-zstd-0", "fx-headers-0", "fx-idempotent-0", "fx-logappend-0", "fx-transactions-0");

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Batch_headers_agree_with_the_dump(string folder)
    {
        foreach (var segment in KafkaFiles.Read(folder))
        {
            var batches = segment.ReadBatches().ToList();
            Assert.Equal(segment.Batches.Count, batches.Count);
            Assert.Equal(segment.Log.Length, batches.Sum(b => b.SizeInBytes));
            foreach (var (batch, expected) in batches.Zip(segment.Batches))
                AssertBatch(expected, batch);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Records_agree_with_the_dump(string folder)
    {
        foreach (var segment in KafkaFiles.Read(folder))
        {
            var i = 0;
            foreach (var batch in segment.ReadBatches())
            {
                using var payload = RecordBatchReader.Decompress(batch, BytesMax);
                var inBatch = 0;
                foreach (var record in payload.Records)
                    AssertRecord(segment.Records[i++], record, batch, inBatch++);
                Assert.Equal(batch.RecordCount, inBatch);
            }

            Assert.Equal(segment.Records.Count, i);
        }
    }

    [SkippableTheory]
    [InlineData("fx-plain-0")]
    [InlineData("fx-headers-0")]
    [InlineData("fx-idempotent-0")]
    [InlineData("fx-logappend-0")]
    [InlineData("fx-transactions-0")]
    public void A_batch_built_from_the_records_is_the_same_bytes(string folder)
    {
        foreach (var batch in KafkaFiles.Read(folder).SelectMany(s => s.ReadBatches()))
        {
            using var builder = new RecordBatchBuilder(OptionsOf(batch, CompressionType.None));
            var records = new RecordReader(WithCreateTime(batch), batch.Payload.Span);
            foreach (var record in records)
                builder.Append(record);
            Assert.Equal(batch.Bytes.ToArray(), builder.ToArray());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Every_codec_carries_the_records_there_and_back(string folder)
    {
        foreach (var batch in KafkaFiles.Read(folder).SelectMany(s => s.ReadBatches()))
        {
            using var payload = RecordBatchReader.Decompress(batch, BytesMax);
            foreach (var codec in Enum.GetValues<CompressionType>())
            {
                using var builder = new RecordBatchBuilder(OptionsOf(batch, codec));
                foreach (var record in new RecordReader(WithCreateTime(batch), payload.Bytes))
                    builder.Append(record);
                Assert.True(RecordBatch.TryRead(builder.Build(), out var rebuilt));
                Assert.True(rebuilt.HasValidCrc);
                Assert.Equal(codec, rebuilt.Compression);
                using var again = RecordBatchReader.Decompress(rebuilt, BytesMax);
                Assert.True(payload.Bytes.SequenceEqual(again.Bytes));
            }
        }
    }

    [SkippableFact]
    public void Transaction_markers_are_read_and_built_as_Kafka_wrote_them()
    {
        var markers = KafkaFiles.Read("fx-transactions-0").SelectMany(s => s.ReadBatches()).Where(b => b.IsControl).ToList();
        Assert.NotEmpty(markers);
        var kinds = new HashSet<bool>();
        foreach (var batch in markers)
        {
            Assert.True(EndTransactionMarker.TryRead(batch, out var marker));
            kinds.Add(marker.IsCommit);
            var built = marker.ToBatch(batch.Producer, batch.BaseTimestamp);
            RecordBatch.Assign(built, batch.BaseOffset, batch.PartitionLeaderEpoch);
            Assert.Equal(batch.Bytes.ToArray(), built);
        }

        Assert.Equal(2, kinds.Count);
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Produced_batches_pass_the_validator(string folder)
    {
        foreach (var batch in KafkaFiles.Read(folder).SelectMany(s => s.ReadBatches()).Where(b => !b.IsControl))
        {
            var bytes = batch.Bytes.ToArray();
            RecordBatch.Assign(bytes, 0, -1);
            var verdict = RecordBatchValidator.Validate(bytes, RecordBatchRules.Default, produceVersion: 7, nowMs: 1_700_010_000_000);
            if (batch.TimestampType == TimestampType.LogAppendTime)
                Assert.Equal(ErrorCode.InvalidTimestamp, verdict.Error);
            else
                Assert.Equal(RecordBatchVerdict.Accepted, verdict);
        }
    }

    private static RecordBatchOptions OptionsOf(RecordBatch batch, CompressionType codec) => new()
    {
        BaseOffset = batch.BaseOffset,
        PartitionLeaderEpoch = batch.PartitionLeaderEpoch,
        Compression = codec,
        Producer = batch.Producer,
        BaseSequence = batch.BaseSequence,
        IsTransactional = batch.IsTransactional,
        IsControl = batch.IsControl,
        LogAppendTimeMs = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : null,
        BaseTimestampMs = batch.BaseTimestamp,
    };

    /// <summary>The same header without LogAppendTime, so that records keep the producer's times.</summary>
    private static RecordBatch WithCreateTime(RecordBatch batch)
    {
        var header = batch.Bytes.ToArray();
        header[RecordBatch.AttributesOffset + 1] &= 0xF7;
        return new RecordBatch(header);
    }

    private static void AssertBatch(IReadOnlyDictionary<string, string> expected, RecordBatch batch)
    {
        Assert.Equal(expected.Number("baseOffset"), batch.BaseOffset);
        Assert.Equal(expected.Number("lastOffset"), batch.LastOffset);
        Assert.Equal(expected.Number("count"), batch.RecordCount);
        Assert.Equal(expected.Number("baseSequence"), batch.BaseSequence);
        Assert.Equal(expected.Number("lastSequence"), batch.LastSequence);
        Assert.Equal(expected.Number("producerId"), batch.ProducerId);
        Assert.Equal(expected.Number("producerEpoch"), batch.ProducerEpoch);
        Assert.Equal(expected.Number("partitionLeaderEpoch"), batch.PartitionLeaderEpoch);
        Assert.Equal(expected["isTransactional"], batch.IsTransactional ? "true" : "false");
        Assert.Equal(expected["isControl"], batch.IsControl ? "true" : "false");
        Assert.Equal(expected.Number(batch.TimestampType.ToString()), batch.MaxTimestamp);
        Assert.Equal(expected.Number("size"), batch.SizeInBytes);
        Assert.Equal(expected.Number("magic"), batch.Magic);
        Assert.Equal(expected["compresscodec"], batch.Compression.ToString().ToUpperInvariant());
        Assert.Equal(expected.Number("crc"), batch.Crc);
        Assert.Equal("true", expected["isvalid"]);
        Assert.True(batch.HasValidCrc);
    }

    private static void AssertRecord(IReadOnlyDictionary<string, string> expected, Record record, RecordBatch batch, int index)
    {
        Assert.Equal(expected.Number("offset"), record.Offset);
        Assert.Equal(expected.Number(batch.TimestampType.ToString()), record.TimestampMs);
        Assert.Equal(expected.Number("keysize"), record.Key.IsNull ? -1 : record.Key.Span.Length);
        Assert.Equal(expected.Number("valuesize"), record.Value.IsNull ? -1 : record.Value.Span.Length);
        Assert.Equal(expected.Number("sequence"), batch.BaseSequence < 0 ? -1 : batch.BaseSequence + index);
        var names = new List<string>();
        foreach (var header in record.Headers)
            names.Add(Encoding.UTF8.GetString(header.Key));
        Assert.Equal(expected["headerKeys"], $"[{string.Join(',', names)}]");
        if (batch.IsControl)
            return;
        Assert.Equal(expected.GetValueOrDefault("key"), record.Key.ToString());
        Assert.Equal(expected.GetValueOrDefault("payload"), record.Value.ToString());
    }
}
