using System.Buffers.Binary;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// The 32-bit hash by Austin Appleby with the seed that Kafka's clients use, so that a key goes to the same partition whoever sends it.
/// Public domain algorithm; bytes are taken four at a time, lowest first.
/// </summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;
    private const int Rotation = 24;

    public static int Hash(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            var hash = Seed ^ (uint)bytes.Length;
            while (bytes.Length >= sizeof(uint))
            {
                var word = BinaryPrimitives.ReadUInt32LittleEndian(bytes) * Multiplier;
                word = (word ^ (word >> Rotation)) * Multiplier;
                hash = (hash * Multiplier) ^ word;
                bytes = bytes[sizeof(uint)..];
            }
            if (bytes.Length > 0)
            {
                for (var i = bytes.Length - 1; i >= 0; i--)
                    hash ^= (uint)bytes[i] << (8 * i);
                hash *= Multiplier;
            }
            hash = (hash ^ (hash >> 13)) * Multiplier;
            return (int)(hash ^ (hash >> 15));
        }
    }

    /// <summary>The partition that a key belongs to.</summary>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitionCount) => (Hash(key) & int.MaxValue) % partitionCount;
}
