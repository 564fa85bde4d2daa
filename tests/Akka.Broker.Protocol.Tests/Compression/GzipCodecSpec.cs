using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Compression;

public sealed class GzipCodecSpec
{
    [Fact]
    public void Members_are_read_one_after_the_other()
    {
        byte[] two = [.. CodecContext.Compress(CompressionType.Gzip, "one "u8.ToArray()), .. CodecContext.Compress(CompressionType.Gzip, "two"u8.ToArray())];
        Assert.Equal("one two"u8.ToArray(), CodecContext.Decompress(CompressionType.Gzip, two));
    }

    [Fact]
    public void A_wrong_checksum_or_length_is_noticed()
    {
        var good = CodecContext.Compress(CompressionType.Gzip, new byte[1_000]);
        for (var i = 1; i <= 8; i++)
        {
            var bad = good.ToArray();
            bad[^i] ^= 1;
            Assert.Throws<CorruptCompressedDataException>(() => CodecContext.Decompress(CompressionType.Gzip, bad));
        }
    }
}
