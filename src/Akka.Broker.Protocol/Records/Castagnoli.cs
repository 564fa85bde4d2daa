using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// CRC32C, the checksum of record batches (polynomial 1EDC6F41, bit-reflected).
/// <para>
/// The processor's instruction takes 8 bytes at a time and answers after three cycles, but can start a new one each cycle. So long inputs go
/// through it as three lanes side by side, each with its own checksum, which are joined afterwards: appending n zero bytes to a message
/// multiplies its checksum, as a polynomial, by x^8n, and that product is one carry-less multiplication whose result the same instruction reduces.
/// Where the processor has wider multiplications long inputs go through <see cref="CastagnoliFolding"/> instead.
/// </para>
/// </summary>
internal static class Castagnoli
{
    private const uint ReflectedPolynomial = 0x82F63B78;
    private const uint ReflectedOne = 0x80000000;
    private const int LongLane = 1024;
    private const int ShortLane = 128;
    private static readonly LaneConstants Long = new(LongLane);
    private static readonly LaneConstants Short = new(ShortLane);

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        if (CastagnoliFolding.IsSupported && bytes.Length >= CastagnoliFolding.LengthMin)
        {
            Span<byte> folded = stackalloc byte[CastagnoliFolding.FoldedLength];
            bytes = CastagnoliFolding.Fold(crc, bytes, folded);
            crc = OneLane(0, folded);
        }

        return ~ByLanes(crc, bytes);
    }

    /// <summary>From one register to the next, without the folding.</summary>
    internal static uint ByLanes(uint crc, ReadOnlySpan<byte> bytes)
    {
        if (Sse42.X64.IsSupported && Pclmulqdq.IsSupported)
        {
            ref var current = ref MemoryMarshal.GetReference(bytes);
            var left = bytes.Length;
            crc = ThreeLanes(crc, ref current, ref left, LongLane, Long);
            crc = ThreeLanes(crc, ref Unsafe.Add(ref current, bytes.Length - left), ref left, ShortLane, Short);
            bytes = bytes[^left..];
        }

        return OneLane(crc, bytes);
    }

    /// <summary>Modulo the polynomial, reflected.</summary>
    internal static uint PowerOfX(int exponent)
    {
        var power = ReflectedOne;
        for (; exponent > 0; exponent--)
            power = (power >> 1) ^ ((power & 1) * ReflectedPolynomial);
        return power;
    }

    private static uint OneLane(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    /// <summary>Takes as many rounds of three lanes as there are bytes for. All reads lie within <paramref name="left"/> bytes of <paramref name="start"/>.</summary>
    private static uint ThreeLanes(uint crc, ref byte start, ref int left, int lane, LaneConstants constants)
    {
        ulong first = crc;
        for (; left >= 3 * lane; left -= 3 * lane, start = ref Unsafe.Add(ref start, 3 * lane))
        {
            ulong second = 0, third = 0;
            for (nint i = 0; i < lane; i += sizeof(ulong))
            {
                first = Sse42.X64.Crc32(first, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, i)));
                second = Sse42.X64.Crc32(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, lane + i)));
                third = Sse42.X64.Crc32(third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, (2 * lane) + i)));
            }

            var joined = Multiply(first, constants.PastTwoLanes) ^ Multiply(second, constants.PastOneLane);
            first = Sse42.X64.Crc32(0, joined) ^ third;
        }

        return (uint)first;
    }

    private static ulong Multiply(ulong crc, ulong factor) =>
        Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(crc), Vector128.CreateScalar(factor), 0).GetElement(0);

    /// <summary>
    /// What a checksum is multiplied by to move past one or two lanes. The product of two reflected 32-bit polynomials stands one bit too low in 64
    /// bits, and reducing it multiplies by x^32: both are taken off the exponent.
    /// </summary>
    private sealed class LaneConstants(int lane)
    {
        public readonly ulong PastOneLane = PowerOfX((8 * lane) - 33);
        public readonly ulong PastTwoLanes = PowerOfX((16 * lane) - 33);
    }
}
