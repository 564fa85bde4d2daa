using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Compression;

public sealed class ZstdCodecSpec
{
    [Fact]
    public void Frames_are_read_one_after_the_other()
    {
        byte[] two = [.. CodecContext.Compress(CompressionType.Zstd, "one "u8.ToArray()), .. CodecContext.Compress(CompressionType.Zstd, "two"u8.ToArray())];
        Assert.Equal("one two"u8.ToArray(), CodecContext.Decompress(CompressionType.Zstd, two));
    }

    [Fact]
    public void A_missing_library_is_named_with_the_package_that_has_it()
    {
        var missing = Assert.Throws<CodecUnavailableException>(() => ZstdLibrary.Load(["libzstd-of-nowhere.so"]));
        Assert.Contains("libzstd-of-nowhere.so", missing.Message, StringComparison.Ordinal);
        Assert.Contains("libzstd1", missing.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_library_that_is_not_libzstd_is_refused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "SKIPPED: needs libc.so.6");
        Assert.Throws<CodecUnavailableException>(() => ZstdLibrary.Load(["libc.so.6"]));
    }
}
