namespace Akka.Broker.Cmd.Access;

/// <summary>Which partition a key goes to: as Kafka's Java client decides, by murmur2, so that what is written here lies with what applications wrote.</summary>
internal static class KeyPartition
{
    private const uint Seed = 0x9747b28c;
    private const uint Factor = 0x5bd1e995;
    private const int Shift = 24;

    /// <summary>The first one where there is no key.</summary>
    public static int Of(byte[]? key, int partitions) => key is null ? 0 : (int)(Murmur2(key) & 0x7fffffff) % partitions;

    internal static uint Murmur2(ReadOnlySpan<byte> bytes)
    {
        var hash = Seed ^ (uint)bytes.Length;
        for (; bytes.Length >= 4; bytes = bytes[4..])
        {
            var word = BitConverter.ToUInt32(bytes) * Factor;
            word = (word ^ (word >> Shift)) * Factor;
            hash = (hash * Factor) ^ word;
        }
        if (bytes.Length > 0)
        {
            for (var i = bytes.Length - 1; i >= 0; i--)
                hash ^= (uint)bytes[i] << (8 * i);
            hash *= Factor;
        }
        hash = (hash ^ (hash >> 13)) * Factor;
        return hash ^ (hash >> 15);
    }
}
