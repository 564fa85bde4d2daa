using System.Buffers.Binary;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// What the one record of a transaction's control batch says.
/// <code>
/// key:   int16 version, int16 type (0 abort, 1 commit)
/// value: int16 version, int32 coordinator epoch
/// </code>
/// Other types of control record (a quorum's leader change, snapshot headers) are not markers.
/// </summary>
/// <param name="IsCommit">Commit, or abort.</param>
/// <param name="CoordinatorEpoch">Of the transaction coordinator that wrote it.</param>
public readonly record struct EndTransactionMarker(bool IsCommit, int CoordinatorEpoch)
{
    /// <summary>How much of a control batch <see cref="TryParse"/> needs at most.</summary>
    internal const int BytesNeededMax = RecordBatch.HeaderSize + 64;

    private const short Abort = 0;
    private const short Commit = 1;

    /// <summary>Parses a control batch from its first byte; it may be cut behind <see cref="BytesNeededMax"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> batch, out EndTransactionMarker marker)
    {
        marker = default;
        if (batch.Length <= RecordBatch.HeaderSize || (batch[RecordBatch.AttributesOffset + 1] & 0x27) != 0x20)
            return false;
        var record = batch[RecordBatch.HeaderSize..];
        if (!Varint.TryRead(ref record, out _) || record.IsEmpty)
            return false;
        record = record[1..];
        if (!Varint.TryRead(ref record, out _) || !Varint.TryRead(ref record, out _) || !Varint.TryRead(ref record, out var keyLength))
            return false;
        if (keyLength < 4 || keyLength > record.Length)
            return false;
        var type = BinaryPrimitives.ReadInt16BigEndian(record[2..]);
        record = record[(int)keyLength..];
        if (!Varint.TryRead(ref record, out var valueLength) || valueLength < 6 || record.Length < 6 || type is not (Abort or Commit))
            return false;
        marker = new EndTransactionMarker(type == Commit, BinaryPrimitives.ReadInt32BigEndian(record[2..]));
        return true;
    }
}
