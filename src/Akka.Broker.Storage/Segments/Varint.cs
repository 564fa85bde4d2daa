namespace Akka.Broker.Storage.Segments;

/// <summary>The zigzag variable-length integers of records, as far as the log itself must read them.</summary>
internal static class Varint
{
    public static bool TryRead(ref ReadOnlySpan<byte> source, out long value)
    {
        ulong raw = 0;
        for (var i = 0; i < source.Length && i < 10; i++)
        {
            raw |= (ulong)(source[i] & 0x7f) << (7 * i);
            if (source[i] >= 0x80)
                continue;
            source = source[(i + 1)..];
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }
        value = 0;
        return false;
    }
}
