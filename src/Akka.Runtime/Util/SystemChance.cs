using System.Buffers.Binary;

namespace Akka.Util;

/// <summary>
/// A number that the operating system draws. Not System.Security.Cryptography: loading OpenSSL costs each node some MB and a part of its start, and nothing here is a
/// secret. Any thread.
/// </summary>
internal static class SystemChance
{
    /// <summary>0 and up.</summary>
    public static int Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = Guid.NewGuid().TryWriteBytes(bytes);
        // The fixed bits of an id are behind these.
        return BinaryPrimitives.ReadInt32LittleEndian(bytes) & int.MaxValue;
    }
}
