using Akka.Broker.Protocol.Compression;

namespace Akka.Broker.Protocol.Tests.Compression;

public sealed class BoundedBufferSpec
{
    [Fact]
    public void It_grows_and_keeps_what_was_written()
    {
        using var buffer = new BoundedBuffer(100_000, initialCapacity: 1);
        var expected = new List<byte>();
        for (var i = 0; i < 1_000; i++)
        {
            buffer.Write([(byte)i, 7]);
            expected.AddRange([(byte)i, 7]);
        }

        Assert.Equal(expected, buffer.Written.ToArray());
        buffer.Truncate(2);
        Assert.Equal([0, 7], buffer.WrittenMemory.ToArray());
    }

    [Fact]
    public void The_bound_holds_for_every_way_in()
    {
        using var buffer = new BoundedBuffer(10);
        buffer.Write(new byte[10]);
        Assert.Throws<DecompressedSizeExceededException>(() => buffer.Write([1]));
        Assert.True(buffer.GetSpan(100).Length >= 100);
        Assert.Throws<DecompressedSizeExceededException>(() => buffer.Advance(1));
        Assert.Throws<DecompressedSizeExceededException>(() => buffer.EnsureAllowed(1));
        Assert.Equal(10, buffer.Length);
    }

    [Fact]
    public void Advancing_past_the_room_is_a_bug_that_is_noticed()
    {
        using var buffer = BoundedBuffer.Unbounded(16);
        var room = buffer.GetSpan().Length;
        Assert.Throws<InvariantViolatedException>(() => buffer.Advance(room + 1));
        Assert.Throws<InvariantViolatedException>(() => buffer.Advance(-1));
        Assert.Throws<InvariantViolatedException>(() => buffer.Truncate(1));
    }
}
