using System.Buffers.Binary;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Producers;

/// <summary>
/// The bytes of a <c>.snapshot</c> file: the producers as they are before the offset that names the file.
/// <code>
///  0 int16  version = 1
///  2 uint32 CRC32C of bytes 6..
///  6 int32  count, then of each producer, 46 bytes:
///      0 int64 producer id       22 int32 offset delta of its last batch
///      8 int16 epoch             26 int64 timestamp of its last batch or marker
///     10 int32 last sequence     34 int32 coordinator epoch, -1 without a marker
///     14 int64 last offset       38 int64 first offset of its open transaction, or -1
/// </code>
/// Only a producer's last batch is kept. What a crash leaves is found out by the checksum; an older snapshot serves then.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int HeaderSize = 10;
    private const int EntrySize = 46;

    public static byte[] Encode(ProducerStateManager producers)
    {
        var bytes = new byte[HeaderSize + producers.Count * EntrySize];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(6), producers.Count);
        var position = HeaderSize;
        foreach (var state in producers.Producers.OrderBy(p => p.ProducerId))
        {
            Write(bytes.AsSpan(position, EntrySize), state);
            position += EntrySize;
        }
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), RecordBatch.Crc32C(bytes.AsSpan(6)));
        return bytes;
    }

    /// <summary>Null if the bytes are no whole, unharmed snapshot.</summary>
    public static ProducerStateManager? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadInt16BigEndian(bytes) != Version)
            return null;
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[6..]);
        if (count < 0 || bytes.Length != HeaderSize + (long)count * EntrySize)
            return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]) != RecordBatch.Crc32C(bytes[6..]))
            return null;
        var producers = new ProducerStateManager();
        for (var i = 0; i < count; i++)
            producers.Restore(Read(bytes.Slice(HeaderSize + i * EntrySize, EntrySize)));
        return producers;
    }

    private static void Write(Span<byte> entry, ProducerState state)
    {
        BinaryPrimitives.WriteInt64BigEndian(entry, state.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(entry[8..], state.ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(entry[10..], state.LastSequence);
        BinaryPrimitives.WriteInt64BigEndian(entry[14..], state.LastDataOffset);
        BinaryPrimitives.WriteInt32BigEndian(entry[22..], state.BatchCount == 0 ? 0 : state.LastBatch.OffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(entry[26..], state.LastTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[34..], state.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(entry[38..], state.CurrentTransactionFirstOffset);
    }

    private static ProducerState Read(ReadOnlySpan<byte> entry)
    {
        var state = new ProducerState(BinaryPrimitives.ReadInt64BigEndian(entry)) { ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(entry[8..]) };
        var sequence = BinaryPrimitives.ReadInt32BigEndian(entry[10..]);
        var offset = BinaryPrimitives.ReadInt64BigEndian(entry[14..]);
        var timestamp = BinaryPrimitives.ReadInt64BigEndian(entry[26..]);
        if (offset >= 0)
            state.Add(new AppendedBatch(sequence, offset, BinaryPrimitives.ReadInt32BigEndian(entry[22..]), timestamp));
        state.LastTimestamp = timestamp;
        state.CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(entry[34..]);
        state.CurrentTransactionFirstOffset = BinaryPrimitives.ReadInt64BigEndian(entry[38..]);
        return state;
    }
}
