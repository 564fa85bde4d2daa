using System.Text;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Benchmarks;

/// <summary>The codecs over a megabyte of log-like text, one core.</summary>
internal static class CodecBenchmarks
{
    public static void Run()
    {
        var text = Text();
        Console.WriteLine("\n| codec | ratio | compress MB/s | decompress MB/s |");
        Console.WriteLine("|---|---:|---:|---:|");
        foreach (var type in Enum.GetValues<CompressionType>().Where(t => t != CompressionType.None))
        {
            var codec = Codecs.Get(type);
            using var compressed = BoundedBuffer.Unbounded(2 * text.Length);
            using var decompressed = BoundedBuffer.Unbounded(2 * text.Length);
            var compress = Measure.Best(1, () =>
            {
                compressed.Truncate(0);
                codec.Compress(text, compressed);
            });
            var decompress = Measure.Best(1, () =>
            {
                decompressed.Truncate(0);
                codec.Decompress(compressed.Written, decompressed);
            });
            Invariant.Check(decompressed.Written.SequenceEqual(text));
            Console.WriteLine($"| {type} | {text.Length / (double)compressed.Length:F2} | {text.Length / compress / 1e6:F0} | {text.Length / decompress / 1e6:F0} |");
        }
    }

    private static byte[] Text()
    {
        string[] words = ["commit", "leader", "batch", "topic", "offset", "index", "segment", "epoch", "broker", "replica", "error", "GET /api/v1/"];
        var random = new Random(2);
        var text = new StringBuilder();
        for (var time = 1_700_000_000_000; text.Length < 1_000_000; time += random.Next(50))
        {
            text.Append(time).Append(" INFO [thread-").Append(random.Next(16)).Append("] ");
            for (var i = random.Next(4, 12); i > 0; i--)
                text.Append(words[random.Next(words.Length)]).Append(random.Next(3) == 0 ? random.Next(1000).ToString(null, null) : "").Append(' ');
            text.Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
