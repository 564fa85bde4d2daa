using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Akka.Broker.Protocol.Compression;

/// <summary>
/// The LZ4 block format: sequences of
/// <code>
/// token: literal length (high 4 bits), match length - 4 (low 4 bits); 15 means that bytes follow, 255 that one more follows
/// [more literal length]  literals  uint16 little-endian distance of the match  [more match length]
/// </code>
/// The last sequence ends after its literals. Its last 5 bytes are always literals and the last match starts at least 12 bytes before the end.
/// </summary>
internal static class Lz4Block
{
    private const int MatchLengthMin = 4;
    private const int LiteralsAtEnd = 5;
    private const int MatchStartMargin = 12;
    private const int DistanceMax = ushort.MaxValue;
    private const int LongLength = 15;
    private const int HashBits = 12;
    private const int SkipBits = 6;
    private const int ShortCopy = 16;

    /// <summary>The most that a block of <paramref name="length"/> bytes can grow to.</summary>
    public static int CompressedLengthMax(int length) => length + (length / 255) + 16;

    /// <summary>
    /// Compresses a block of at most 64 KiB, greedily, and returns the length.
    /// <paramref name="destination"/> has <see cref="CompressedLengthMax"/> bytes.
    /// </summary>
    public static int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Invariant.Check(source.Length <= DistanceMax + 1);
        Span<ushort> lastSeen = stackalloc ushort[1 << HashBits];
        lastSeen.Clear();
        int anchor = 0, position = 1, written = 0;
        var lastMatchStart = source.Length - MatchStartMargin;
        var misses = 1 << SkipBits;
        while (position <= lastMatchStart)
        {
            var word = Word(source, position);
            ref var slot = ref lastSeen[(int)((word * 2654435761u) >> (32 - HashBits))];
            int candidate = slot;
            slot = (ushort)position;
            if (candidate >= position || Word(source, candidate) != word)
            {
                position += misses++ >> SkipBits;
                continue;
            }

            misses = 1 << SkipBits;
            while (position > anchor && candidate > 0 && source[position - 1] == source[candidate - 1])
            {
                position--;
                candidate--;
            }

            var length = MatchLengthMin + CommonLength(source, candidate + MatchLengthMin, position + MatchLengthMin);
            written += WriteSequence(source[anchor..position], position - candidate, length, destination[written..]);
            position += length;
            anchor = position;
        }

        return written + WriteLastLiterals(source[anchor..], destination[written..]);
    }

    /// <summary>
    /// Decompresses a block behind the first <paramref name="start"/> bytes of <paramref name="output"/>, to which matches may reach back,
    /// and returns how many bytes it yielded, or -1 if the block is damaged or yields more than there is room for.
    /// </summary>
    public static int Decompress(ReadOnlySpan<byte> block, Span<byte> output, int start)
    {
        int read = 0, written = start;
        while (read < block.Length)
        {
            int token = block[read++];
            if (!TryReadLength(block, ref read, token >> 4, out var literals) || literals > block.Length - read || literals > output.Length - written)
                return -1;
            CopyLiterals(block, read, output, written, literals);
            read += literals;
            written += literals;
            if (read == block.Length)
                return written - start;
            if (block.Length - read < sizeof(ushort))
                return -1;
            int distance = BinaryPrimitives.ReadUInt16LittleEndian(block[read..]);
            read += sizeof(ushort);
            if (!TryReadLength(block, ref read, token & LongLength, out var length))
                return -1;
            length += MatchLengthMin;
            if (distance == 0 || distance > written || length > output.Length - written)
                return -1;
            CopyMatch(output, written, distance, length);
            written += length;
        }

        return -1;
    }

    private static uint Word(ReadOnlySpan<byte> source, int position) => MemoryMarshal.Read<uint>(source[position..]);

    /// <summary>How many bytes agree from both positions on, short of the literals that must end the block.</summary>
    private static int CommonLength(ReadOnlySpan<byte> source, int earlier, int later)
    {
        var start = later;
        var end = source.Length - LiteralsAtEnd;
        for (; later <= end - sizeof(ulong); later += sizeof(ulong), earlier += sizeof(ulong))
        {
            var difference = BinaryPrimitives.ReadUInt64LittleEndian(source[later..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(source[earlier..]);
            if (difference != 0)
                return later - start + (BitOperations.TrailingZeroCount(difference) >> 3);
        }

        while (later < end && source[later] == source[earlier])
        {
            later++;
            earlier++;
        }

        return later - start;
    }

    private static int WriteSequence(ReadOnlySpan<byte> literals, int distance, int length, Span<byte> destination)
    {
        var extra = length - MatchLengthMin;
        destination[0] = (byte)((Math.Min(literals.Length, LongLength) << 4) | Math.Min(extra, LongLength));
        var written = 1 + WriteLength(literals.Length, destination[1..]);
        literals.CopyTo(destination[written..]);
        written += literals.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[written..], (ushort)distance);
        written += sizeof(ushort);
        return written + WriteLength(extra, destination[written..]);
    }

    private static int WriteLastLiterals(ReadOnlySpan<byte> literals, Span<byte> destination)
    {
        destination[0] = (byte)(Math.Min(literals.Length, LongLength) << 4);
        var written = 1 + WriteLength(literals.Length, destination[1..]);
        literals.CopyTo(destination[written..]);
        return written + literals.Length;
    }

    private static int WriteLength(int length, Span<byte> destination)
    {
        if (length < LongLength)
            return 0;
        var written = 0;
        for (length -= LongLength; length >= byte.MaxValue; length -= byte.MaxValue)
            destination[written++] = byte.MaxValue;
        destination[written++] = (byte)length;
        return written;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> block, ref int read, int shortLength, out int length)
    {
        length = shortLength;
        if (shortLength < LongLength)
            return true;
        byte more;
        do
        {
            if (read >= block.Length)
                return false;
            more = block[read++];
            length += more;
        }
        while (more == byte.MaxValue);
        return true;
    }

    /// <summary>Few literals are copied as a fixed number of bytes where there are so many on both sides; the surplus is overwritten by what follows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLiterals(ReadOnlySpan<byte> block, int read, Span<byte> output, int written, int count)
    {
        if (count <= ShortCopy && block.Length - read >= ShortCopy && output.Length - written >= ShortCopy)
            block.Slice(read, ShortCopy).CopyTo(output.Slice(written, ShortCopy));
        else
            block.Slice(read, count).CopyTo(output[written..]);
    }

    /// <summary>A match may overlap what it writes: a distance shorter than its length repeats a pattern.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyMatch(Span<byte> output, int position, int distance, int length)
    {
        if (length <= ShortCopy && distance >= ShortCopy / 2 && output.Length - position >= ShortCopy)
        {
            output.Slice(position - distance, ShortCopy / 2).CopyTo(output.Slice(position, ShortCopy / 2));
            output.Slice(position - distance + (ShortCopy / 2), ShortCopy / 2).CopyTo(output.Slice(position + (ShortCopy / 2), ShortCopy / 2));
            return;
        }

        CopyLongMatch(output, position, distance, length);
    }

    private static void CopyLongMatch(Span<byte> output, int position, int distance, int length)
    {
        var copied = 0;
        for (var pattern = distance; copied < length; pattern *= 2)
        {
            var count = Math.Min(pattern, length - copied);
            output.Slice(position - distance, count).CopyTo(output[(position + copied)..]);
            copied += count;
        }
    }
}
