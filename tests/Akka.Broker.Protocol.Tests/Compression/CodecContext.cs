using System.Text;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Compression;

/// <summary>Inputs of many shapes, and codecs as plain functions.</summary>
internal static class CodecContext
{
    public static readonly TheoryData<CompressionType> All =
        new(CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd);

    public static readonly TheoryData<CompressionType> Real = new(CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd);

    public static IEnumerable<byte[]> Inputs()
    {
        var random = new Random(42);
        foreach (var length in new[] { 0, 1, 4, 5, 11, 12, 13, 14, 15, 16, 19, 100, 270, 4096, 32_767, 32_768, 65_535, 65_536, 65_537, 200_000 })
        {
            yield return new byte[length];
            yield return Text(random, length);
            yield return Noise(random, length);
            yield return Noise(random, 3, length);
        }
    }

    public static byte[] Text(Random random, int length)
    {
        string[] words = ["commit", "leader", "batch", "topic", "offset", "index", "segment", "epoch", "broker", "{\"id\":", "}\n"];
        var text = new StringBuilder();
        while (text.Length < length)
            text.Append(words[random.Next(words.Length)]).Append(random.Next(50));
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    public static byte[] Noise(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A random pattern over and over: matches that overlap what they write.</summary>
    public static byte[] Noise(Random random, int period, int length)
    {
        var pattern = Noise(random, period);
        return Enumerable.Range(0, length).Select(i => pattern[i % period]).ToArray();
    }

    public static byte[] Compress(CompressionType type, byte[] source)
    {
        using var compressed = BoundedBuffer.Unbounded();
        Codecs.Get(type).Compress(source, compressed);
        return compressed.Written.ToArray();
    }

    public static byte[] Decompress(CompressionType type, byte[] source, int bytesMax = 1024 * 1024)
    {
        using var decompressed = new BoundedBuffer(bytesMax);
        Codecs.Get(type).Decompress(source, decompressed);
        Assert.True(decompressed.Length <= bytesMax);
        return decompressed.Written.ToArray();
    }
}
