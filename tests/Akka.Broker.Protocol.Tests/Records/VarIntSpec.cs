using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Tests.Records;

public sealed class VarIntSpec
{
    [Theory]
    [InlineData(0, new byte[] { 0 })]
    [InlineData(-1, new byte[] { 1 })]
    [InlineData(1, new byte[] { 2 })]
    [InlineData(63, new byte[] { 126 })]
    [InlineData(64, new byte[] { 0x80, 1 })]
    [InlineData(-65, new byte[] { 0x81, 1 })]
    [InlineData(int.MaxValue, new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(int.MinValue, new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    public void Encodings_are_those_of_the_format(int value, byte[] expected)
    {
        Span<byte> bytes = stackalloc byte[VarInt.LongSizeMax];
        Assert.Equal(expected, bytes[..VarInt.Write(bytes, value)].ToArray());
        Assert.Equal(expected.Length, VarInt.SizeOf(value));
    }

    [Fact]
    public void Numbers_of_every_size_come_back()
    {
        Span<byte> bytes = stackalloc byte[VarInt.LongSizeMax];
        for (var shift = 0; shift < 64; shift++)
        {
            foreach (var value in new[] { 1L << shift, (1L << shift) - 1, -(1L << shift), ~(1L << shift) })
            {
                var size = VarInt.Write(bytes, value);
                Assert.Equal(size, VarInt.SizeOf(value));
                var position = 0;
                Assert.True(VarInt.TryReadLong(bytes[..size], ref position, out var read));
                Assert.Equal((value, size), (read, position));
                position = 0;
                var isInt = value is >= int.MinValue and <= int.MaxValue;
                Assert.Equal(isInt, VarInt.TryRead(bytes[..size], ref position, out var small));
                if (isInt)
                    Assert.Equal((value, size), (small, position));
                position = 0;
                Assert.False(VarInt.TryReadLong(bytes[..(size - 1)], ref position, out _));
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x10 })]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 })]
    public void What_is_cut_or_too_large_is_refused(byte[] bytes)
    {
        var position = 0;
        Assert.False(VarInt.TryRead(bytes, ref position, out _));
    }
}
