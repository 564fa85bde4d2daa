using System.Runtime.CompilerServices;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// The variable-length integers inside records: zig-zag (0, -1, 1, -2 become 0, 1, 2, 3), then 7 bits a byte, lowest first, the high bit set on all
/// but the last. At most 5 bytes for 32 bits and 10 for 64; longer ones, and ones that overflow, are malformed.
/// </summary>
internal static class VarInt
{
    public const int SizeMax = 5;
    public const int LongSizeMax = 10;

    /// <summary>Reads at <paramref name="position"/> and moves it behind. False, with the position anywhere, if no valid number stands there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int position, out int value)
    {
        if ((uint)position < (uint)bytes.Length)
        {
            uint low = bytes[position];
            if (low < 0x80)
            {
                position++;
                value = UnZigZag(low);
                return true;
            }

            if ((uint)(position + 1) < (uint)bytes.Length)
            {
                uint high = bytes[position + 1];
                if (high < 0x80)
                {
                    position += 2;
                    value = UnZigZag((low & 0x7f) | (high << 7));
                    return true;
                }
            }
        }

        var read = ReadSlowly(bytes, position);
        position = (int)(read >> 32);
        value = (int)read;
        return read >= 0;
    }

    public static bool TryReadLong(ReadOnlySpan<byte> bytes, ref int position, out long value)
    {
        var raw = 0UL;
        for (var shift = 0; shift < 70 && (uint)position < (uint)bytes.Length; shift += 7)
        {
            ulong b = bytes[position++];
            raw |= (b & 0x7f) << shift;
            if (b < 0x80)
            {
                value = UnZigZag(raw);
                return shift < 63 || b <= 1;
            }
        }

        value = 0;
        return false;
    }

    /// <summary>Writes to the start of <paramref name="destination"/> and returns how many bytes.</summary>
    public static int Write(Span<byte> destination, long value)
    {
        var raw = (ulong)(value << 1) ^ (ulong)(value >> 63);
        var i = 0;
        for (; raw >= 0x80; raw >>= 7)
            destination[i++] = (byte)(raw | 0x80);
        destination[i++] = (byte)raw;
        return i;
    }

    public static int SizeOf(long value)
    {
        var raw = (ulong)(value << 1) ^ (ulong)(value >> 63);
        return (70 - System.Numerics.BitOperations.LeadingZeroCount(raw | 1)) / 7;
    }

    /// <summary>The position behind the number in the high half, the number in the low half; -1 if it is malformed. By value, to keep callers' locals in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long ReadSlowly(ReadOnlySpan<byte> bytes, int position)
    {
        var raw = 0u;
        for (var shift = 0; shift < 35 && (uint)position < (uint)bytes.Length; shift += 7)
        {
            uint b = bytes[position++];
            raw |= (b & 0x7f) << shift;
            if (b < 0x80)
                return shift < 28 || b <= 0x0f ? ((long)position << 32) | (uint)UnZigZag(raw) : -1;
        }

        return -1;
    }

    private static int UnZigZag(uint raw) => (int)(raw >> 1) ^ -(int)(raw & 1);

    private static long UnZigZag(ulong raw) => (long)(raw >> 1) ^ -(long)(raw & 1);
}
