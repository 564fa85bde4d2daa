using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// CRC32C of long inputs where the processor multiplies eight pairs of polynomials at once (AVX-512 with VPCLMULQDQ). What is read stands in four accumulators of 64 bytes:
/// <code>
///  accumulator ─ each 16 bytes times x^(8·distance) ─ xor the 64 bytes that lie the distance further on ─▶ accumulator
/// </code>
/// The result is congruent to all that was folded in, so its checksum is that of the input. It reads memory in one stream, as fast as it comes, where three lanes side by side wait for
/// it: about twice their speed, in the cache and out of it.
/// </summary>
internal static class CastagnoliFolding
{
    /// <summary>Shorter inputs gain nothing.</summary>
    public const int LengthMin = 2 * Stride;

    public const int FoldedLength = Width;

    private const int Width = 64;
    private const int Stride = 4 * Width;
    private static readonly Vector512<ulong> ByStride = Factors(Stride);
    private static readonly Vector512<ulong> ByWidth = Factors(Width);

    public static bool IsSupported => Pclmulqdq.V512.IsSupported;

    /// <summary>The input as 64 bytes that have the same checksum, begun from 0, as all that was taken from it, begun from <paramref name="crc"/>.</summary>
    /// <param name="crc">Of what is before the input.</param>
    /// <param name="bytes">At least <see cref="LengthMin"/>; what is left of it, less than a stride, is returned.</param>
    /// <param name="folded"><see cref="FoldedLength"/> bytes.</param>
    public static ReadOnlySpan<byte> Fold(uint crc, ReadOnlySpan<byte> bytes, scoped Span<byte> folded)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        var first = Load(ref start, 0) ^ Vector512.CreateScalar((ulong)crc);
        var second = Load(ref start, Width);
        var third = Load(ref start, 2 * Width);
        var fourth = Load(ref start, 3 * Width);
        var at = Stride;
        var factors = ByStride;
        for (; at <= bytes.Length - Stride; at += Stride)
        {
            first = Multiply(first, factors) ^ Load(ref start, at);
            second = Multiply(second, factors) ^ Load(ref start, at + Width);
            third = Multiply(third, factors) ^ Load(ref start, at + (2 * Width));
            fourth = Multiply(fourth, factors) ^ Load(ref start, at + (3 * Width));
        }

        second ^= Multiply(first, ByWidth);
        third ^= Multiply(second, ByWidth);
        fourth ^= Multiply(third, ByWidth);
        fourth.AsByte().CopyTo(folded);
        return bytes[at..];
    }

    /// <summary>The lower half of 16 bytes stands for the higher powers, being read first.</summary>
    private static Vector512<ulong> Factors(int distance)
    {
        var (lower, higher) = ((ulong)Castagnoli.PowerOfX((8 * distance) + 31), (ulong)Castagnoli.PowerOfX((8 * distance) - 33));
        return Vector512.Create(lower, higher, lower, higher, lower, higher, lower, higher);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load(ref byte start, int offset) => Vector512.LoadUnsafe(ref start, (nuint)offset).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> bytes, Vector512<ulong> factors) =>
        Pclmulqdq.V512.CarrylessMultiply(bytes, factors, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(bytes, factors, 0x11);
}
