using System.Buffers.Binary;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// The decoded header of one stored batch, its payload left where it is. Layout: <see cref="RecordBatch"/>.
/// A value of its own: it needs no memory under it.
/// </summary>
public readonly record struct BatchHeader
{
    private const int CodecMask = 0x07;
    private const int TimestampTypeMask = 0x08;
    private const int TransactionalMask = 0x10;
    private const int ControlMask = 0x20;
    private const int DeleteHorizonMask = 0x40;

    public BatchHeader(ReadOnlySpan<byte> header)
    {
        BaseOffset = BinaryPrimitives.ReadInt64BigEndian(header);
        SizeInBytes = RecordBatch.LogOverhead + BinaryPrimitives.ReadInt32BigEndian(header[RecordBatch.LengthOffset..]);
        PartitionLeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(header[RecordBatch.LeaderEpochOffset..]);
        Magic = header[RecordBatch.MagicOffset];
        Crc = BinaryPrimitives.ReadUInt32BigEndian(header[RecordBatch.CrcOffset..]);
        Attributes = BinaryPrimitives.ReadInt16BigEndian(header[RecordBatch.AttributesOffset..]);
        LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(header[RecordBatch.LastOffsetDeltaOffset..]);
        BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(header[RecordBatch.BaseTimestampOffset..]);
        MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(header[RecordBatch.MaxTimestampOffset..]);
        ProducerId = BinaryPrimitives.ReadInt64BigEndian(header[RecordBatch.ProducerIdOffset..]);
        ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(header[RecordBatch.ProducerEpochOffset..]);
        BaseSequence = BinaryPrimitives.ReadInt32BigEndian(header[RecordBatch.BaseSequenceOffset..]);
        RecordCount = BinaryPrimitives.ReadInt32BigEndian(header[RecordBatch.RecordCountOffset..]);
    }

    public long BaseOffset { get; }

    /// <summary>Of the whole batch, its header included.</summary>
    public int SizeInBytes { get; }

    public int PartitionLeaderEpoch { get; }

    public byte Magic { get; }

    public uint Crc { get; }

    public short Attributes { get; }

    public int LastOffsetDelta { get; }

    public long BaseTimestamp { get; }

    public long MaxTimestamp { get; }

    public long ProducerId { get; }

    public short ProducerEpoch { get; }

    public int BaseSequence { get; }

    public int RecordCount { get; }

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public long NextOffset => LastOffset + 1;

    public CompressionType Compression => (CompressionType)(Attributes & CodecMask);

    public TimestampType TimestampType => (Attributes & TimestampTypeMask) == 0 ? TimestampType.CreateTime : TimestampType.LogAppendTime;

    public bool IsTransactional => (Attributes & TransactionalMask) != 0;

    public bool IsControl => (Attributes & ControlMask) != 0;

    /// <summary>From when on a compaction may drop the batch's tombstones, or its marker; null if none has set it. It stands where the base timestamp does.</summary>
    public long? DeleteHorizonMs => (Attributes & DeleteHorizonMask) == 0 ? null : BaseTimestamp;

    public ProducerIdAndEpoch Producer => new(ProducerId, ProducerEpoch);

    /// <summary>The sequence number of the last record; numbers wrap from 2^31-1 to 0.</summary>
    public int LastSequence => BaseSequence < 0 ? BaseSequence : (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);

    /// <summary>Whether the fields agree with each other as far as a header alone can tell.</summary>
    internal bool IsPlausible =>
        SizeInBytes >= RecordBatch.HeaderSize && Magic == RecordBatch.CurrentMagic && BaseOffset >= 0 && LastOffsetDelta >= 0 && RecordCount >= 0;
}
