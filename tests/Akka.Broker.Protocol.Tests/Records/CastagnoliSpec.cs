using System.Text;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class CastagnoliSpec
{
    /// <summary>The examples of RFC 3720, appendix B.4, and the usual check value.</summary>
    [Fact]
    public void Checksums_are_those_of_the_standard()
    {
        Assert.Equal(0xE3069283u, RecordBatch.Crc32C(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0x8A9136AAu, RecordBatch.Crc32C(new byte[32]));
        Assert.Equal(0x62A8AB43u, RecordBatch.Crc32C(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, RecordBatch.Crc32C(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0u, RecordBatch.Crc32C([]));
    }

    [Fact]
    public void Every_length_and_alignment_agrees_with_the_bit_by_bit_sum()
    {
        var random = new Random(7);
        var bytes = new byte[12_000];
        random.NextBytes(bytes);
        for (var length = 0; length < 1_600; length++)
            AssertSum(bytes.AsSpan(length % 13, length));
        foreach (var length in new[] { 1023, 1024, 3071, 3072, 3073, 3455, 3456, 3457, 6143, 6144, 6528, 9216, 9999, 11_990 })
            AssertSum(bytes.AsSpan(3, length));
    }

    private static void AssertSum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
        }

        Assert.Equal(~crc, RecordBatch.Crc32C(bytes));
        // Not every processor has the widest way, and this one perhaps no other.
        Assert.Equal(crc, Castagnoli.ByLanes(uint.MaxValue, bytes));
    }
}
