using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Compression;

/// <summary>The codecs by their numbers in a batch's attributes.</summary>
public static class Codecs
{
    private static readonly ICodec[] ByNumber = [new NoCodec(), new GzipCodec(), new SnappyCodec(), new Lz4Codec(), new ZstdCodec()];

    /// <summary>Whether the number, as read from a batch, stands for a codec.</summary>
    public static bool IsKnown(CompressionType type) => (int)type < ByNumber.Length;

    public static ICodec Get(CompressionType type) =>
        IsKnown(type) ? ByNumber[(int)type] : throw new ArgumentOutOfRangeException(nameof(type), type, "0 (none) to 4 (zstd)");
}
