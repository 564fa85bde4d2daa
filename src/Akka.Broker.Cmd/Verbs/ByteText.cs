using System.Globalization;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>Sizes as operators write them: a number of bytes, or one with KiB, MiB or GiB behind it. Pure.</summary>
internal static class ByteText
{
    public static bool TryParse(string text, out long bytes)
    {
        var (digits, factor) = text.ToUpperInvariant() switch
        {
            [.. var n, 'K', 'I', 'B'] => (n, 1L << 10),
            [.. var n, 'M', 'I', 'B'] => (n, 1L << 20),
            [.. var n, 'G', 'I', 'B'] => (n, 1L << 30),
            [.. var n, 'K'] => (n, 1L << 10),
            [.. var n, 'M'] => (n, 1L << 20),
            [.. var n, 'G'] => (n, 1L << 30),
            var n => (n, 1L),
        };
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) || bytes > long.MaxValue / factor)
            return false;
        bytes *= factor;
        return true;
    }
}
