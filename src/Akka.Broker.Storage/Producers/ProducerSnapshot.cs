using System.Buffers.Binary;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Producers;

/// <summary>
/// The bytes of a <c>.snapshot</c> file: the producers as they are before the offset that names the file.
/// <code>
///  0 int16  version = 1
///  2 uint32 CRC32C of bytes 6..
///  6 int32  count of entries, each of 46 bytes:
///      0 int64 producer id       22 int32 offset delta of its batch
///      8 int16 epoch             26 int64 timestamp of its batch, the last one's of its last batch or marker
///     10 int32 last sequence     34 int32 coordinator epoch, -1 without a marker
///     14 int64 last offset       38 int64 first offset of its open transaction, or -1
/// </code>
/// A producer has one entry, of its last batch. At a stop it has one for each batch that is remembered, the last one last: where a whole cluster stops, a producer may have had
/// no answer to any of them and sends them all again. Who expects one entry a producer, as Kafka does, takes the last one. What a crash leaves is found out by the checksum; an older snapshot serves then.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int HeaderSize = 10;
    private const int EntrySize = 46;

    public static byte[] Encode(ProducerStateManager producers, bool hasAllBatches)
    {
        var count = producers.Producers.Sum(CountOf);
        var bytes = new byte[HeaderSize + count * EntrySize];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(6), count);
        var position = HeaderSize;
        foreach (var state in producers.Producers.OrderBy(p => p.ProducerId))
        {
            for (var left = CountOf(state); left > 0; left--)
            {
                Write(bytes.AsSpan(position, EntrySize), state, state.BatchCount - left);
                position += EntrySize;
            }
        }
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), RecordBatch.Crc32C(bytes.AsSpan(6)));
        return bytes;

        int CountOf(ProducerState state) => hasAllBatches ? Math.Max(1, state.BatchCount) : 1;
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

    private static void Write(Span<byte> entry, ProducerState state, int at)
    {
        var isLast = at == state.BatchCount - 1;
        var batch = at >= 0 ? state.BatchAt(at) : new AppendedBatch(-1, -1, 0, -1);
        BinaryPrimitives.WriteInt64BigEndian(entry, state.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(entry[8..], state.ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(entry[10..], batch.LastSequence);
        BinaryPrimitives.WriteInt64BigEndian(entry[14..], batch.LastOffset);
        BinaryPrimitives.WriteInt32BigEndian(entry[22..], batch.OffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(entry[26..], isLast ? state.LastTimestamp : batch.Timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[34..], state.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(entry[38..], isLast ? state.CurrentTransactionFirstOffset : -1);
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
