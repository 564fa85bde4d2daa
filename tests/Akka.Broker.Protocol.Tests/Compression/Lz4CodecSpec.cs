using System.Text;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Compression;

public sealed class Lz4CodecSpec
{
    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void Checksums_are_those_of_xxHash32(string text, uint expected) => Assert.Equal(expected, XxHash32.Compute(Encoding.ASCII.GetBytes(text)));

    /// <summary>The smallest frame: header with its checksum, end mark.</summary>
    [Fact]
    public void An_empty_frame_is_eleven_bytes() =>
        Assert.Equal([0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0], CodecContext.Compress(CompressionType.Lz4, []));

    [SkippableTheory]
    [InlineData(0, 0, 0, 0, false)]
    [InlineData(4, 1, 1, 1, true)]
    [InlineData(5, 0, 1, 0, true)]
    [InlineData(6, 0, 0, 1, false)]
    [InlineData(7, 1, 0, 0, true)]
    [InlineData(4, 0, 1, 1, true)]
    public void Frames_of_the_reference_library_are_read(uint blockSize, uint independent, uint contentChecksum, uint blockChecksum, bool hasContentSize)
    {
        foreach (var input in CodecContext.Inputs())
        {
            var frame = Liblz4.CompressFrame(input, blockSize, independent, contentChecksum, blockChecksum, hasContentSize, level: 0);
            Assert.Equal(input, CodecContext.Decompress(CompressionType.Lz4, frame));
            var high = Liblz4.CompressFrame(input, blockSize, independent, contentChecksum, blockChecksum, hasContentSize, level: 9);
            Assert.Equal([.. input, .. input], CodecContext.Decompress(CompressionType.Lz4, [.. frame, .. high]));
        }
    }

    [SkippableFact]
    public void Our_frames_are_read_by_the_reference_library()
    {
        foreach (var input in CodecContext.Inputs())
            Assert.Equal(input, Liblz4.DecompressFrame(CodecContext.Compress(CompressionType.Lz4, input), input.Length));
    }

    [SkippableFact]
    public void Each_checksum_of_a_frame_is_looked_at()
    {
        var input = CodecContext.Noise(new Random(1), 1_000);
        var frame = Liblz4.CompressFrame(input, 4, independent: 1, contentChecksum: 1, blockChecksum: 1, hasContentSize: true, level: 0);
        for (var i = 0; i < frame.Length; i++)
        {
            var bad = frame.ToArray();
            bad[i] ^= 0x10;
            Assert.Throws<CorruptCompressedDataException>(() => CodecContext.Decompress(CompressionType.Lz4, bad));
        }
    }

    [Fact]
    public void Text_shrinks_and_noise_hardly_grows()
    {
        var random = new Random(9);
        Assert.True(CodecContext.Compress(CompressionType.Lz4, CodecContext.Text(random, 100_000)).Length < 60_000);
        Assert.True(CodecContext.Compress(CompressionType.Lz4, CodecContext.Noise(random, 100_000)).Length < 100_100);
    }

    [Fact]
    public void A_match_that_reaches_before_the_frame_is_refused()
    {
        Span<byte> output = stackalloc byte[64];
        Assert.Equal(-1, Lz4Block.Decompress([0x10, (byte)'a', 2, 0, 0x50, 1, 2, 3, 4, 5], output, 0));
        Assert.Equal(-1, Lz4Block.Decompress([0x10, (byte)'a', 0, 0, 0x50, 1, 2, 3, 4, 5], output, 0));
        Assert.Equal(10, Lz4Block.Decompress([0x10, (byte)'a', 1, 0, 0x50, 1, 2, 3, 4, 5], output, 0));
    }
}
