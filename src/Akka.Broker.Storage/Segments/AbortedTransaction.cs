using System.Buffers.Binary;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// An entry of a <c>.txnindex</c> file: a transaction that was aborted, in the segment that holds its marker.
/// <code>
///  0 int16 version = 0
///  2 int64 producer id
/// 10 int64 first offset
/// 18 int64 last offset, of the marker
/// 26 int64 last stable offset right behind the marker
/// </code>
/// </summary>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset)
{
    internal const int SizeInBytes = 34;
    private const short Version = 0;

    internal static AbortedTransaction Read(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadInt64BigEndian(entry[2..]),
        BinaryPrimitives.ReadInt64BigEndian(entry[10..]),
        BinaryPrimitives.ReadInt64BigEndian(entry[18..]),
        BinaryPrimitives.ReadInt64BigEndian(entry[26..]));

    internal void Write(Span<byte> entry)
    {
        BinaryPrimitives.WriteInt16BigEndian(entry, Version);
        BinaryPrimitives.WriteInt64BigEndian(entry[2..], ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(entry[10..], FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[18..], LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[26..], LastStableOffset);
    }
}
