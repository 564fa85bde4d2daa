using System.Buffers.Binary;
using System.Numerics;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// SipHash-2-4 with 128 bits: stands for a record's key in an <see cref="OffsetMap"/>. The secret is drawn anew for each run, so that nobody can make
/// two keys that are taken for one.
/// </summary>
internal readonly struct KeyHash(ulong secret0, ulong secret1)
{
    public UInt128 Of(ReadOnlySpan<byte> key)
    {
        var v0 = 0x736f6d6570736575UL ^ secret0;
        var v1 = 0x646f72616e646f6dUL ^ secret1 ^ 0xee;
        var v2 = 0x6c7967656e657261UL ^ secret0;
        var v3 = 0x7465646279746573UL ^ secret1;
        var last = (ulong)key.Length << 56;
        while (key.Length >= 8)
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(key);
            v3 ^= word;
            Round(ref v0, ref v1, ref v2, ref v3);
            Round(ref v0, ref v1, ref v2, ref v3);
            v0 ^= word;
            key = key[8..];
        }
        for (var i = 0; i < key.Length; i++)
            last |= (ulong)key[i] << (8 * i);
        v3 ^= last;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= last;

        v2 ^= 0xee;
        var low = Finish(ref v0, ref v1, ref v2, ref v3);
        v1 ^= 0xdd;
        return new UInt128(Finish(ref v0, ref v1, ref v2, ref v3), low);
    }

    private static ulong Finish(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        for (var i = 0; i < 4; i++)
            Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
