using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Compression;

/// <summary>What holds for every codec.</summary>
public sealed class CodecSpec
{
    public static TheoryData<CompressionType> All => CodecContext.All;

    public static TheoryData<CompressionType> Real => CodecContext.Real;

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_compressed_comes_back(CompressionType type)
    {
        Assert.Equal(type, Codecs.Get(type).Type);
        foreach (var input in CodecContext.Inputs())
            Assert.Equal(input, CodecContext.Decompress(type, CodecContext.Compress(type, input)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Output_is_appended_to_what_the_buffer_holds(CompressionType type)
    {
        byte[] input = CodecContext.Text(new Random(3), 100_000);
        using var buffer = BoundedBuffer.Unbounded(16);
        buffer.Write("before"u8);
        Codecs.Get(type).Decompress(CodecContext.Compress(type, input), buffer);
        Assert.Equal([.. "before"u8, .. input], buffer.Written.ToArray());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Exactly_the_bound_is_allowed_and_one_byte_more_is_not(CompressionType type)
    {
        var compressed = CodecContext.Compress(type, new byte[300_000]);
        Assert.Equal(300_000, CodecContext.Decompress(type, compressed, 300_000).Length);
        var refused = Assert.Throws<DecompressedSizeExceededException>(() => CodecContext.Decompress(type, compressed, 299_999));
        Assert.Equal(299_999, refused.BytesMax);
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void A_bomb_costs_no_more_memory_than_the_bound(CompressionType type)
    {
        var bomb = CodecContext.Compress(type, new byte[64 * 1024 * 1024]);
        Assert.Throws<DecompressedSizeExceededException>(() => CodecContext.Decompress(type, bomb, 10_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DecompressedSizeExceededException>(() => CodecContext.Decompress(type, bomb, 10_000));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 * 1024 * 1024);
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void Every_cut_is_noticed(CompressionType type)
    {
        var input = CodecContext.Text(new Random(5), 3_000);
        var compressed = CodecContext.Compress(type, input);
        for (var length = 0; length < compressed.Length; length++)
        {
            // snappy-java's frame has no end of its own: a cut between blocks, or right behind the header, is a shorter frame.
            if (type == CompressionType.Snappy && length == 16)
                continue;
            Assert.Throws<CorruptCompressedDataException>(() => CodecContext.Decompress(type, compressed[..length]));
        }
    }

    [Theory]
    [MemberData(nameof(Real))]
    public void Damage_ends_in_a_codec_exception_or_in_bounded_output(CompressionType type)
    {
        var random = new Random(20261122);
        var good = CodecContext.Compress(type, CodecContext.Text(random, 5_000));
        for (var round = 0; round < 3_000; round++)
        {
            var bad = round % 10 == 0 ? CodecContext.Noise(random, random.Next(200)) : good.ToArray();
            for (var changes = random.Next(1, 5); changes > 0 && bad.Length > 0; changes--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                CodecContext.Decompress(type, bad, 20_000);
            }
            catch (CodecException)
            {
            }
        }
    }

    [Fact]
    public void Unknown_numbers_are_no_codecs()
    {
        Assert.True(Codecs.IsKnown((CompressionType)4));
        Assert.False(Codecs.IsKnown((CompressionType)5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Codecs.Get((CompressionType)7));
    }
}
