using System.Runtime.InteropServices;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

public sealed class MessageReaderSpec
{
    [Fact]
    public void Records_are_a_slice_of_the_frame_that_its_owner_may_write_to()
    {
        byte[] frame = [0, 0, 0, 2, 10, 11];
        var records = Assert.IsType<MemoryRecords>(new MessageReader(frame).ReadNullableRecords(compact: false));
        MemoryMarshal.AsMemory(records.Memory).Span[0] = 99;
        Assert.Equal(99, frame[4]);
    }

    [Fact]
    public void Byte_fields_are_copies_that_outlive_the_frame()
    {
        byte[] frame = [3, 10, 11];
        var bytes = new MessageReader(frame).ReadBytes(compact: true);
        frame[1] = 99;
        Assert.Equal(10, bytes.Span[0]);
    }

    [Theory]
    [InlineData("ffff", false)]
    [InlineData("00", true)]
    public void A_null_is_read_where_it_is_allowed_and_refused_elsewhere(string hex, bool compact)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Null(new MessageReader(bytes).ReadNullableString(compact));
        Assert.Throws<MalformedMessageException>(() => new MessageReader(bytes).ReadString(compact));
    }

    [Theory]
    [InlineData("fffe")]
    [InlineData("8000")]
    public void A_negative_length_other_than_null_is_refused(string hex) =>
        Assert.Throws<MalformedMessageException>(() => new MessageReader(Convert.FromHexString(hex)).ReadNullableString(compact: false));

    [Theory]
    [InlineData("ffffffff1f")]
    [InlineData("ffffffffff01")]
    [InlineData("80")]
    public void A_varint_that_does_not_end_in_32_bits_is_refused(string hex) =>
        Assert.Throws<MalformedMessageException>(() => new MessageReader(Convert.FromHexString(hex)).ReadUnsignedVarint());

    [Fact]
    public void A_count_that_the_rest_cannot_hold_is_refused()
    {
        Assert.Equal(2, new MessageReader(Convert.FromHexString("000000021122334455667788")).ReadArrayLength(compact: false, mayBeNull: false, 4));
        Assert.Throws<MalformedMessageException>(() => new MessageReader(Convert.FromHexString("0000000311223344")).ReadArrayLength(compact: false, mayBeNull: false, 4));
    }

    [Theory]
    [InlineData("02" + "0501aa" + "0501aa")]
    [InlineData("02" + "0501aa" + "0401aa")]
    [InlineData("01" + "0502aa")]
    [InlineData("ffffffff0f")]
    public void Tags_that_do_not_rise_or_reach_over_the_end_are_refused(string hex) =>
        Assert.Throws<MalformedMessageException>(() =>
        {
            var reader = new MessageReader(Convert.FromHexString(hex));
            TaggedFields.ReadUnknown(ref reader);
        });

    [Fact]
    public void A_known_tagged_field_must_fill_its_size()
    {
        // FinalizedFeaturesEpoch, tag 1, is 8 bytes long; here it claims 9.
        var bytes = Convert.FromHexString("0000" + "01" + "00000000" + "01" + "0109" + "000000000000000000");
        Assert.Throws<MalformedMessageException>(() =>
        {
            var reader = new MessageReader(bytes);
            new ApiVersionsResponse().Read(ref reader, 3);
        });
    }

    [Fact]
    public void Bytes_behind_a_message_are_noticed() =>
        Assert.Throws<MalformedMessageException>(() => new MessageReader(new byte[1]).ExpectEnd());

    [Fact]
    public void Text_that_is_not_utf_8_reads_with_replacements_as_brokers_do() =>
        Assert.Equal("a\ufffd", new MessageReader(Convert.FromHexString("000261ff")).ReadString(compact: false));
}
