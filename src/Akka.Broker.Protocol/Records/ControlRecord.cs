using System.Buffers.Binary;

namespace Akka.Broker.Protocol.Records;

/// <summary>What the one record of a control batch says: the second half of its key.</summary>
public enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KRaftVersion = 5,
    KRaftVoters = 6,
}

/// <summary>The key of a control record: int16 version, int16 type.</summary>
public static class ControlRecord
{
    private const int KeySize = 4;

    /// <summary>False if the key is none that a control record can have; unknown types are returned as they are.</summary>
    public static bool TryReadType(ReadOnlySpan<byte> key, out ControlRecordType type)
    {
        type = default;
        if (key.Length < KeySize || BinaryPrimitives.ReadInt16BigEndian(key) < 0)
            return false;
        type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        return true;
    }

    public static byte[] Key(ControlRecordType type) => [0, 0, (byte)((short)type >> 8), (byte)type];
}

/// <summary>
/// Ends a producer's transaction on one partition. The record's key says commit or abort, its value is int16 version 0, int32 epoch of the
/// transaction coordinator that wrote it (which fences an older coordinator).
/// </summary>
public readonly record struct EndTransactionMarker(bool IsCommit, int CoordinatorEpoch)
{
    private const int ValueSize = 6;

    /// <summary>The control batch that carries it: one record, no sequence, the producer's id and epoch.</summary>
    public byte[] ToBatch(ProducerIdAndEpoch producer, long timestampMs)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Producer = producer, IsTransactional = true, IsControl = true });
        Span<byte> value = stackalloc byte[ValueSize];
        value.Clear();
        BinaryPrimitives.WriteInt32BigEndian(value[2..], CoordinatorEpoch);
        builder.Append(timestampMs, ControlRecord.Key(IsCommit ? ControlRecordType.Commit : ControlRecordType.Abort), value);
        return builder.ToArray();
    }

    /// <summary>False if the control record is of another type or malformed.</summary>
    public static bool TryRead(Record record, out EndTransactionMarker marker)
    {
        marker = default;
        if (!ControlRecord.TryReadType(record.Key.Span, out var type) || type is not (ControlRecordType.Abort or ControlRecordType.Commit))
            return false;
        var value = record.Value.Span;
        if (value.Length < ValueSize || BinaryPrimitives.ReadInt16BigEndian(value) < 0)
            return false;
        marker = new EndTransactionMarker(type == ControlRecordType.Commit, BinaryPrimitives.ReadInt32BigEndian(value[2..]));
        return true;
    }

    /// <summary>Reads the marker of a whole batch. False if it is none.</summary>
    public static bool TryRead(RecordBatch batch, out EndTransactionMarker marker)
    {
        marker = default;
        if (!batch.IsControl || batch.Compression != CompressionType.None)
            return false;
        var records = new RecordReader(batch, batch.Payload.Span);
        return records.MoveNext() && TryRead(records.Current, out marker);
    }
}
