using System.Runtime.InteropServices;

namespace Akka.Broker.Simulation.Kernel;

/// <summary>A quick 64-bit hash of bytes, the same in every process.</summary>
internal static class Hash
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length * Prime;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            hash = Mix(hash, word);
        ulong rest = 0;
        foreach (var b in bytes[(words.Length * 8)..])
            rest = (rest << 8) | b;
        return Mix(hash, rest);
    }

    public static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * Prime;
        return hash ^ (hash >> 29);
    }
}
