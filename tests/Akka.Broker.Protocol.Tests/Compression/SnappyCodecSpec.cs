using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Compression;

public sealed class SnappyCodecSpec
{
    /// <summary>"abc" as a literal, then nine bytes copied from three back.</summary>
    private static readonly byte[] RawBlock = [0x0C, 0x08, (byte)'a', (byte)'b', (byte)'c', 0x15, 0x03];

    [Fact]
    public void A_raw_block_without_framing_is_read() =>
        Assert.Equal("abcabcabcabc"u8.ToArray(), CodecContext.Decompress(CompressionType.Snappy, RawBlock));

    [Fact]
    public void Blocks_in_a_frame_are_read_one_after_the_other()
    {
        byte[] frame = [0x82, .. "SNAPPY"u8, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, .. RawBlock, 0, 0, 0, 7, .. RawBlock];
        Assert.Equal("abcabcabcabcabcabcabcabc"u8.ToArray(), CodecContext.Decompress(CompressionType.Snappy, frame));
    }

    [Fact]
    public void What_is_written_has_the_frame_of_snappy_java()
    {
        var compressed = CodecContext.Compress(CompressionType.Snappy, new byte[40_000]);
        Assert.Equal([0x82, .. "SNAPPY"u8, 0, 0, 0, 0, 1, 0, 0, 0, 1], compressed[..16]);
    }

    [Fact]
    public void A_length_that_the_block_cannot_yield_is_refused_before_memory_is_taken()
    {
        byte[] liar = [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00, (byte)'a'];
        Assert.Throws<CorruptCompressedDataException>(() => CodecContext.Decompress(CompressionType.Snappy, liar, int.MaxValue));
    }
}
