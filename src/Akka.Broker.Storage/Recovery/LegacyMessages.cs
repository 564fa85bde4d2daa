using System.Buffers.Binary;

namespace Akka.Broker.Storage.Recovery;

/// <summary>
/// Recognises the message formats 0 and 1, of before Kafka 0.11, so that valid old data is refused and not cut away as damage.
/// <code>
///  0 int64 offset   8 int32 size of what follows   12 uint32 CRC32 (IEEE) of bytes 16..   16 int8 magic
/// </code>
/// </summary>
internal static class LegacyMessages
{
    private const int SizeOffset = 8;
    private const int CrcOffset = 12;
    private const int MagicOffset = 16;
    private const int Overhead = 12;
    private const uint ReflectedPolynomial = 0xEDB88320;

    public static bool IsOne(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MagicOffset || bytes[MagicOffset] > 1)
            return false;
        var size = BinaryPrimitives.ReadInt32BigEndian(bytes[SizeOffset..]);
        if (size <= MagicOffset - Overhead || size > bytes.Length - Overhead)
            return false;
        return BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcOffset..]) == Crc32(bytes[MagicOffset..(Overhead + size)]);
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (ReflectedPolynomial & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }
}
