using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Coordination.Tests;

public sealed class GroupRecordCodecSpec
{
    private static readonly GroupMetadata Metadata = new(
        "consumer", 7, "range", "m", 0x0102030405060708,
        [new GroupMetadataMember("m", "i", "c", "/h", 0x11, 0x22, new byte[] { 0xAA }, new byte[] { 0xBB, 0xCC })]);

    private static (string Key, string? Value) Hex(GroupRecord record)
    {
        var (key, value) = GroupRecordCodec.Encode(record);
        return (Convert.ToHexString(key), value is null ? null : Convert.ToHexString(value));
    }

    private static GroupRecord? Decode(string key, string? value) =>
        GroupRecordCodec.Decode(Convert.FromHexString(key), value is null ? null : Convert.FromHexString(value));

    [Fact]
    public void An_offset_has_kafkas_bytes()
    {
        var record = new OffsetRecord("g", new TopicPartition("t", 5), new CommittedOffset(42, 3, "md", 1_000, null));
        var (key, value) = Hex(record);
        Assert.Equal("0001" + "000167" + "000174" + "00000005", key);
        Assert.Equal("0003" + "000000000000002A" + "00000003" + "00026D64" + "00000000000003E8", value);
        Assert.Equal(record, Decode(key, value));
    }

    [Fact]
    public void An_offset_with_its_own_retention_has_kafkas_bytes()
    {
        var record = new OffsetRecord("g", new TopicPartition("t", 5), new CommittedOffset(42, -1, "", 1_000, 2_000));
        var (key, value) = Hex(record);
        Assert.Equal("0001" + "000000000000002A" + "0000" + "00000000000003E8" + "00000000000007D0", value);
        Assert.Equal(record, Decode(key, value));
    }

    [Fact]
    public void A_tombstone_has_a_key_and_no_value()
    {
        var offset = new OffsetRecord("g", new TopicPartition("t", 5), null);
        var group = new GroupMetadataRecord("g", null);
        Assert.Null(Hex(offset).Value);
        Assert.Equal(("0002" + "000167", null), Hex(group));
        Assert.Equal(offset, Decode(Hex(offset).Key, null));
        Assert.Equal(group, Decode(Hex(group).Key, null));
    }

    [Fact]
    public void A_group_has_kafkas_bytes()
    {
        var (key, value) = Hex(new GroupMetadataRecord("g", Metadata));
        Assert.Equal("0002" + "000167", key);
        Assert.Equal(
            "0003" + "0008636F6E73756D6572" + "00000007" + "000572616E6765" + "00016D" + "0102030405060708" + "00000001"
            + "00016D" + "000169" + "000163" + "00022F68" + "00000011" + "00000022" + "00000001AA" + "00000002BBCC",
            value);
    }

    [Fact]
    public void A_group_without_members_has_kafkas_bytes()
    {
        var (_, value) = Hex(new GroupMetadataRecord("g", new GroupMetadata("consumer", 8, null, null, 9, [])));
        Assert.Equal("0003" + "0008636F6E73756D6572" + "00000008" + "FFFF" + "FFFF" + "0000000000000009" + "00000000", value);
    }

    [Theory]
    [InlineData("0000" + "0008636F6E73756D6572" + "00000007" + "000572616E6765" + "00016D" + "00000001"
        + "00016D" + "000163" + "00022F68" + "00000022" + "00000001AA" + "00000002BBCC", 0x22, false)]
    [InlineData("0001" + "0008636F6E73756D6572" + "00000007" + "000572616E6765" + "00016D" + "00000001"
        + "00016D" + "000163" + "00022F68" + "00000011" + "00000022" + "00000001AA" + "00000002BBCC", 0x11, false)]
    [InlineData("0002" + "0008636F6E73756D6572" + "00000007" + "000572616E6765" + "00016D" + "0102030405060708" + "00000001"
        + "00016D" + "000163" + "00022F68" + "00000011" + "00000022" + "00000001AA" + "00000002BBCC", 0x11, true)]
    [InlineData("0003" + "0008636F6E73756D6572" + "00000007" + "000572616E6765" + "00016D" + "0102030405060708" + "00000001"
        + "00016D" + "FFFF" + "000163" + "00022F68" + "00000011" + "00000022" + "00000001AA" + "00000002BBCC", 0x11, true)]
    [InlineData("0004" + "09636F6E73756D6572" + "00000007" + "0672616E6765" + "026D" + "0102030405060708" + "02"
        + "026D" + "00" + "0263" + "032F68" + "00000011" + "00000022" + "02AA" + "03BBCC" + "00" + "00", 0x11, true)]
    public void Groups_of_every_version_are_read(string value, int rebalanceMs, bool hasTimestamp)
    {
        var read = Assert.IsType<GroupMetadataRecord>(Decode("0002000167", value)).Value!;
        Assert.Equal(("consumer", 7, "range", "m"), (read.ProtocolType, read.GenerationId, read.ProtocolName, read.LeaderId));
        Assert.Equal(hasTimestamp ? 0x0102030405060708 : null, read.StateTimestampMs);
        var member = Assert.Single(read.Members);
        Assert.Equal(("m", null, "c", "/h", rebalanceMs, 0x22), (member.MemberId, member.InstanceId, member.ClientId, member.ClientHost, member.RebalanceTimeoutMs, member.SessionTimeoutMs));
        Assert.Equal(("AA", "BBCC"), (Convert.ToHexString(member.Subscription.Span), Convert.ToHexString(member.Assignment.Span)));
    }

    [Theory]
    [InlineData("0000" + "000000000000002A" + "00026D64" + "00000000000003E8", -1, null)]
    [InlineData("0001" + "000000000000002A" + "00026D64" + "00000000000003E8" + "FFFFFFFFFFFFFFFF", -1, null)]
    [InlineData("0001" + "000000000000002A" + "00026D64" + "00000000000003E8" + "00000000000007D0", -1, 2_000L)]
    [InlineData("0002" + "000000000000002A" + "00026D64" + "00000000000003E8", -1, null)]
    [InlineData("0003" + "000000000000002A" + "00000003" + "00026D64" + "00000000000003E8", 3, null)]
    [InlineData("0004" + "000000000000002A" + "00000003" + "036D64" + "00000000000003E8" + "00", 3, null)]
    public void Offsets_of_every_version_are_read(string value, int epoch, long? expires) =>
        Assert.Equal(
            new OffsetRecord("g", new TopicPartition("t", 5), new CommittedOffset(42, epoch, "md", 1_000, expires)),
            Decode("0001" + "000167" + "000174" + "00000005", value));

    [Fact]
    public void Records_of_the_newer_group_protocol_are_skipped() => Assert.Null(Decode("0003" + "000167", "0000"));

    [Theory]
    [InlineData("00", null)]
    [InlineData("0001" + "000967", null)]
    [InlineData("0002" + "000167", "0003" + "0008")]
    [InlineData("0002" + "000167", "0009" + "00")]
    public void What_is_not_a_record_is_told_apart(string key, string? value) =>
        Assert.Throws<MalformedMessageException>(() => Decode(key, value));
}
