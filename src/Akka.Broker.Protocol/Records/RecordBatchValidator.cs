using System.Buffers.Binary;
using Akka.Broker.Protocol.Compression;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// What a broker makes sure of before it stores a batch that a producer sent: that header, checksum and records agree with each other and with the
/// topic's rules, so that nobody who reads the log later has to doubt it.
/// <para>
/// Uncompressed records are walked, lengths, deltas and counts; compressed ones are decompressed for compacted topics only, to refuse null keys.
/// Nothing is allocated but for that decompression. Pure and static: any thread.
/// </para>
/// The codes are those that Kafka answers with; the texts are constant, so that a hostile client costs no formatting.
/// </summary>
public static class RecordBatchValidator
{
    private const long NoTimestamp = -1;
    private const short ExactlyOneBatchVersion = 3;
    private const short ZstdVersion = 7;

    /// <summary>
    /// Checks what one partition of a produce request carries. One thing is mended rather than refused, as Kafka does: a max timestamp in the header
    /// that is not that of the (uncompressed) records is set right, checksum included.
    /// </summary>
    /// <param name="records">The request's bytes for the partition, which must be one batch.</param>
    /// <param name="rules">The topic's.</param>
    /// <param name="produceVersion">The version of the request: zstd needs 7.</param>
    /// <param name="nowMs">The broker's time, for the timestamp limits.</param>
    public static RecordBatchVerdict Validate(Memory<byte> records, RecordBatchRules rules, short produceVersion, long nowMs)
    {
        var verdict = CheckFrame(records.Span, rules, produceVersion);
        if (!verdict.IsAccepted)
            return verdict;
        var batch = new RecordBatch(records);
        verdict = CheckHeader(batch, produceVersion);
        if (!verdict.IsAccepted)
            return verdict;
        if (batch.Compression != CompressionType.None)
            return CheckCompressed(batch, rules, nowMs);
        var walk = new RecordWalk(batch.BaseTimestamp, batch.RecordCount);
        verdict = walk.Run(batch.Payload.Span, rules.KeysRequired);
        if (!verdict.IsAccepted || rules.TimestampType == TimestampType.LogAppendTime)
            return verdict;
        if (walk.MaxTimestamp != batch.MaxTimestamp)
            SetMaxTimestamp(records.Span, walk.MaxTimestamp);
        return CheckTimestamps(walk.MinTimestamp, walk.MaxTimestamp, rules, nowMs);
    }

    /// <summary>That there is exactly one batch of format 2, not too large, and undamaged.</summary>
    private static RecordBatchVerdict CheckFrame(ReadOnlySpan<byte> records, RecordBatchRules rules, short produceVersion)
    {
        if (records.IsEmpty)
            return Refuse(ErrorCode.InvalidRecord, "There is no record batch; a produce request has one for each partition.");
        if (records.Length > RecordBatch.MagicOffset && records[RecordBatch.MagicOffset] != RecordBatch.CurrentMagic)
        {
            return produceVersion >= ExactlyOneBatchVersion
                ? Refuse(ErrorCode.InvalidRecord, "Record batches must be of message format 2 (magic byte 2).")
                : Refuse(ErrorCode.UnsupportedForMessageFormat, "Message formats 0 and 1 are not supported; use a client that writes format 2 (Kafka 0.11 and newer).");
        }

        if (records.Length < RecordBatch.HeaderSize)
            return Refuse(ErrorCode.CorruptMessage, "The record batch is shorter than its header.");
        var size = (long)RecordBatch.LogOverhead + BinaryPrimitives.ReadInt32BigEndian(records[RecordBatch.LengthOffset..]);
        if (size < RecordBatch.HeaderSize || size > records.Length)
            return Refuse(ErrorCode.CorruptMessage, "The record batch's length field does not agree with the bytes that were sent.");
        if (size < records.Length)
            return Refuse(ErrorCode.InvalidRecord, "More than one record batch for a partition; a produce request has exactly one.");
        if (size > rules.BatchBytesMax)
            return Refuse(ErrorCode.MessageTooLarge, "The record batch is larger than the topic's max.message.bytes.");
        return BinaryPrimitives.ReadUInt32BigEndian(records[RecordBatch.CrcOffset..]) == RecordBatch.ComputeCrc(records)
            ? RecordBatchVerdict.Accepted
            : Refuse(ErrorCode.CorruptMessage, "The record batch's checksum (CRC32C) is wrong: it was damaged on its way.");
    }

    private static RecordBatchVerdict CheckHeader(RecordBatch batch, short produceVersion)
    {
        if (!Codecs.IsKnown(batch.Compression))
            return Refuse(ErrorCode.UnsupportedCompressionType, "The batch's codec is none of 0 (none), 1 (gzip), 2 (snappy), 3 (lz4), 4 (zstd).");
        if (batch.Compression == CompressionType.Zstd && produceVersion < ZstdVersion)
            return Refuse(ErrorCode.UnsupportedCompressionType, "zstd needs version 7 or newer of the produce request.");
        if (batch.IsControl)
            return Refuse(ErrorCode.InvalidRecord, "Clients may not write control records.");
        if ((batch.Attributes & RecordBatch.DeleteHorizonMask) != 0)
            return Refuse(ErrorCode.InvalidRecord, "Clients may not set a delete horizon.");
        if (batch.TimestampType == TimestampType.LogAppendTime)
            return Refuse(ErrorCode.InvalidTimestamp, "Producers may not set the timestamp type to LogAppendTime.");
        if (batch.BaseOffset != 0)
            return Refuse(ErrorCode.InvalidRecord, "The base offset of a produced batch must be 0.");
        if (batch.RecordCount < 1)
            return Refuse(ErrorCode.InvalidRecord, "The batch's record count must be at least 1.");
        if (batch.LastOffsetDelta != batch.RecordCount - 1)
            return Refuse(ErrorCode.InvalidRecord, "The batch's record count must be its last offset delta + 1.");
        if (batch.ProducerId < 0)
        {
            return batch.IsTransactional
                ? Refuse(ErrorCode.InvalidRecord, "A transactional batch must have a producer id.")
                : RecordBatchVerdict.Accepted;
        }

        return batch.ProducerEpoch < 0 || batch.BaseSequence < 0
            ? Refuse(ErrorCode.InvalidRecord, "A batch with a producer id must have an epoch and a sequence number of at least 0.")
            : RecordBatchVerdict.Accepted;
    }

    private static RecordBatchVerdict CheckTimestamps(long oldest, long newest, RecordBatchRules rules, long nowMs)
    {
        if (rules.TimestampType == TimestampType.LogAppendTime)
            return RecordBatchVerdict.Accepted;
        if (oldest != NoTimestamp && oldest < nowMs - rules.TimestampBeforeMaxMs)
            return Refuse(ErrorCode.InvalidTimestamp, "A timestamp is older than message.timestamp.before.max.ms allows.");
        if (rules.TimestampAfterMaxMs <= long.MaxValue - nowMs && newest > nowMs + rules.TimestampAfterMaxMs)
            return Refuse(ErrorCode.InvalidTimestamp, "A timestamp is further in the future than message.timestamp.after.max.ms allows.");
        return RecordBatchVerdict.Accepted;
    }

    private static RecordBatchVerdict CheckCompressed(RecordBatch batch, RecordBatchRules rules, long nowMs)
    {
        var verdict = CheckTimestamps(batch.BaseTimestamp, batch.MaxTimestamp, rules, nowMs);
        if (!verdict.IsAccepted || !rules.KeysRequired)
            return verdict;
        try
        {
            using var payload = RecordBatchReader.Decompress(batch, rules.DecompressedBytesMax);
            return new RecordWalk(batch.BaseTimestamp, batch.RecordCount).Run(payload.Bytes, keysRequired: true);
        }
        catch (CorruptCompressedDataException)
        {
            return Refuse(ErrorCode.CorruptMessage, "The batch cannot be decompressed.");
        }
        catch (DecompressedSizeExceededException)
        {
            return Refuse(ErrorCode.MessageTooLarge, "The batch decompresses to more than is allowed for a compacted topic.");
        }
        catch (CodecUnavailableException)
        {
            return Refuse(ErrorCode.UnsupportedCompressionType,
                "This broker lacks the library of the batch's codec (libzstd), which it needs to check the keys for a compacted topic.");
        }
    }

    private static void SetMaxTimestamp(Span<byte> batch, long maxTimestamp)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.MaxTimestampOffset..], maxTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(batch[RecordBatch.CrcOffset..], RecordBatch.ComputeCrc(batch));
    }

    internal static RecordBatchVerdict Refuse(ErrorCode error, string message) => new(error, message);
}
