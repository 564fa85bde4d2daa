using Akka.Broker.Protocol.Messages;
using MessageRecords = Akka.Broker.Protocol.Messages.Records;

namespace Akka.Broker.Protocol.Tests.Messages;

public sealed class MessageWriterSpec
{
    [Fact]
    public void Records_that_lie_elsewhere_come_as_segments_in_order()
    {
        using var writer = new MessageWriter(16);
        var mark = writer.BeginFrame();
        var first = new FarRecords(5_000_000);
        var second = new MemoryRecords(new byte[2000]);
        writer.WriteInt16(7);
        writer.WriteRecords(first, compact: false);
        writer.WriteRecords(second, compact: true);
        writer.WriteInt8(9);
        writer.EndFrame(mark);

        var segments = new List<MessageSegment>();
        foreach (var segment in writer.Segments)
            segments.Add(segment);
        Assert.Equal([10, 5_000_000, 2, 2000, 1], segments.Select(s => s.Length));
        Assert.Equal([null, first, null, second, null], segments.Select(s => s.External));
        Assert.Equal("004c5319" + "0007" + "004c4b40", Convert.ToHexStringLower(segments[0].Memory.Span));
        Assert.Equal("d10f", Convert.ToHexStringLower(segments[2].Memory.Span));
        Assert.Equal(5_002_013, writer.TotalBytes);
    }

    [Fact]
    public void Small_records_in_memory_are_part_of_the_buffer()
    {
        using var writer = new MessageWriter();
        writer.WriteRecords(new MemoryRecords(new byte[] { 1, 2 }), compact: true);
        var count = 0;
        foreach (var segment in writer.Segments)
        {
            Assert.Null(segment.External);
            count++;
        }

        Assert.Equal(1, count);
        Assert.Equal(new byte[] { 3, 1, 2 }, writer.ToArray());
    }

    [Fact]
    public void Records_that_lie_elsewhere_cannot_become_one_array()
    {
        using var writer = new MessageWriter();
        writer.WriteRecords(new FarRecords(3), compact: false);
        Assert.Throws<InvalidOperationException>(writer.ToArray);
    }

    [Fact]
    public void A_frame_says_its_length_and_a_writer_can_be_used_again()
    {
        using var writer = new MessageWriter();
        for (var i = 0; i < 3; i++)
        {
            writer.Reset();
            var mark = writer.BeginFrame();
            writer.WriteString("ab", compact: false);
            writer.EndFrame(mark);
            Assert.Equal("00000004" + "00026162", Convert.ToHexString(writer.ToArray()));
        }
    }

    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7f")]
    [InlineData(128u, "8001")]
    [InlineData(16384u, "808001")]
    [InlineData(uint.MaxValue, "ffffffff0f")]
    public void Unsigned_varints_have_seven_bits_a_byte_lowest_first(uint value, string hex)
    {
        using var writer = new MessageWriter();
        writer.WriteUnsignedVarint(value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.ToArray()));
        Assert.Equal(value, new MessageReader(writer.ToArray()).ReadUnsignedVarint());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(3_000_000)]
    public void A_tagged_field_gets_its_size_in_front_whatever_it_is(int size)
    {
        using var writer = new MessageWriter();
        var content = new byte[size];
        content.AsSpan().Fill(0xab);
        var mark = writer.BeginTaggedField(3);
        writer.WriteRaw(content);
        writer.EndTaggedField(mark);
        writer.WriteInt8(1);

        var reader = new MessageReader(writer.ToArray());
        var tag = -1;
        var outerEnd = reader.BeginTaggedField(ref tag);
        var field = reader.ReadRawTaggedField(tag);
        reader.EndTaggedField(outerEnd);
        Assert.Equal(3, field.Tag);
        Assert.True(field.Data.Span.SequenceEqual(content));
        Assert.Equal(1, reader.ReadInt8());
        reader.ExpectEnd();
    }

    [Fact]
    public void A_string_that_is_too_long_is_refused()
    {
        using var writer = new MessageWriter();
        Assert.Throws<NotSupportedException>(() => writer.WriteString(new string('x', 32_768), compact: true));
    }

    private sealed class FarRecords(int size) : MessageRecords
    {
        public override int SizeInBytes => size;
    }
}
