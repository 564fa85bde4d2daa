using System.Buffers.Binary;

namespace Akka.Broker.Protocol.Records;

/// <summary>How a batch's records are compressed: the low three bits of its attributes.</summary>
public enum CompressionType : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Who sets a record's timestamp: attribute bit 3 (<c>message.timestamp.type</c>).</summary>
public enum TimestampType : byte
{
    CreateTime = 0,
    LogAppendTime = 1,
}

/// <summary>
/// A view of one record batch of format 2, the unit that producers send, logs store and consumers fetch, the same bytes everywhere.
/// <code>
///  0 int64  base offset              27 int64  base timestamp, ms
///  8 int32  length of what follows   35 int64  max timestamp, ms
/// 12 int32  partition leader epoch   43 int64  producer id
/// 16 int8   magic = 2                51 int16  producer epoch
/// 17 uint32 CRC32C of bytes 21..     53 int32  base sequence
/// 21 int16  attributes               57 int32  record count
/// 23 int32  last offset delta        61 ...    records, compressed as the attributes say
/// attributes: 0..2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
/// </code>
/// Base offset, length, epoch and magic lie outside the checksum, so a leader may patch offset and epoch without computing it again.
/// Source: the Kafka protocol guide, "Record Batch" (KIP-98). The view owns nothing; it is as long-lived as the memory under it.
/// Only <see cref="TryRead"/> makes sure that the header is whole; the properties of a view made otherwise may throw.
/// </summary>
public readonly struct RecordBatch(ReadOnlyMemory<byte> bytes)
{
    public const int BaseOffsetOffset = 0;
    public const int LengthOffset = 8;
    public const int LeaderEpochOffset = 12;
    public const int MagicOffset = 16;
    public const int CrcOffset = 17;
    public const int AttributesOffset = 21;
    public const int LastOffsetDeltaOffset = 23;
    public const int BaseTimestampOffset = 27;
    public const int MaxTimestampOffset = 35;
    public const int ProducerIdOffset = 43;
    public const int ProducerEpochOffset = 51;
    public const int BaseSequenceOffset = 53;
    public const int RecordCountOffset = 57;

    /// <summary>Bytes before the first record.</summary>
    public const int HeaderSize = 61;

    /// <summary>Bytes that are not counted by the length field: base offset and the field itself.</summary>
    public const int LogOverhead = 12;

    public const byte CurrentMagic = 2;

    internal const int CodecMask = 0x07;
    internal const int TimestampTypeMask = 0x08;
    internal const int TransactionalMask = 0x10;
    internal const int ControlMask = 0x20;
    internal const int DeleteHorizonMask = 0x40;

    /// <summary>The batch, from its base offset to its last record.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    private ReadOnlySpan<byte> Span => Bytes.Span;

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(Span[BaseOffsetOffset..]);

    /// <summary>Of the whole batch, the length field and what stands before it included.</summary>
    public int SizeInBytes => LogOverhead + BinaryPrimitives.ReadInt32BigEndian(Span[LengthOffset..]);

    public int PartitionLeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(Span[LeaderEpochOffset..]);

    public byte Magic => Span[MagicOffset];

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(Span[CrcOffset..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(Span[AttributesOffset..]);

    /// <summary>The codec's number as it stands there, which need not be a known one.</summary>
    public CompressionType Compression => (CompressionType)(Attributes & CodecMask);

    public TimestampType TimestampType => (Attributes & TimestampTypeMask) == 0 ? TimestampType.CreateTime : TimestampType.LogAppendTime;

    public bool IsTransactional => (Attributes & TransactionalMask) != 0;

    /// <summary>A control batch carries one transaction marker and is never given to an application.</summary>
    public bool IsControl => (Attributes & ControlMask) != 0;

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(Span[LastOffsetDeltaOffset..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset behind this batch: the log end once it is appended.</summary>
    public long NextOffset => LastOffset + 1;

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(Span[BaseTimestampOffset..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(Span[MaxTimestampOffset..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(Span[ProducerIdOffset..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(Span[ProducerEpochOffset..]);

    public ProducerIdAndEpoch Producer => new(ProducerId, ProducerEpoch);

    /// <summary>The sequence number of the first record, -1 if the producer is not idempotent.</summary>
    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(Span[BaseSequenceOffset..]);

    /// <summary>The sequence number of the last record; numbers wrap from 2^31-1 to 0.</summary>
    public int LastSequence => BaseSequence < 0 ? BaseSequence : (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);

    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(Span[RecordCountOffset..]);

    /// <summary>What stands behind the header: records, compressed as <see cref="Compression"/> says.</summary>
    public ReadOnlyMemory<byte> Payload => Bytes[HeaderSize..];

    /// <summary>Whether the stored checksum is that of the bytes.</summary>
    public bool HasValidCrc => Crc == ComputeCrc(Span);

    /// <summary>
    /// Takes the first batch of <paramref name="buffer"/>. False if the buffer does not hold a whole batch or its length field cannot be true;
    /// nothing else is checked.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> buffer, out RecordBatch batch)
    {
        batch = default;
        if (buffer.Length < HeaderSize)
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(buffer.Span[LengthOffset..]);
        if (length < HeaderSize - LogOverhead || length > buffer.Length - LogOverhead)
            return false;
        batch = new RecordBatch(buffer[..(LogOverhead + length)]);
        return true;
    }

    /// <summary>CRC32C of what the checksum covers, given the whole batch.</summary>
    public static uint ComputeCrc(ReadOnlySpan<byte> batch) => Crc32C(batch[AttributesOffset..]);

    /// <summary>What a leader writes into a batch before it is stored; the checksum stays valid.</summary>
    public static void Assign(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[BaseOffsetOffset..], baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochOffset..], leaderEpoch);
    }

    /// <summary>Stamps a batch with the broker's time (<c>message.timestamp.type=LogAppendTime</c>) and computes its checksum anew.</summary>
    public static void StampLogAppendTime(Span<byte> batch, long timestampMs)
    {
        var attributes = (short)(BinaryPrimitives.ReadInt16BigEndian(batch[AttributesOffset..]) | TimestampTypeMask);
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesOffset..], attributes);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampOffset..], timestampMs);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcOffset..], ComputeCrc(batch));
    }

    /// <summary>Says who a finished batch comes from and what its first record's sequence number is, and computes its checksum anew.</summary>
    public static void AssignProducer(Span<byte> batch, ProducerIdAndEpoch producer, int baseSequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[ProducerIdOffset..], producer.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[ProducerEpochOffset..], producer.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BaseSequenceOffset..], baseSequence);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcOffset..], ComputeCrc(batch));
    }

    /// <summary>CRC32C (Castagnoli), as Kafka's batches and RFC 3720 use it.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes) => Castagnoli.Compute(bytes);
}
