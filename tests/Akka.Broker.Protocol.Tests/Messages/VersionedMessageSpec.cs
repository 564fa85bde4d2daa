using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

public sealed class VersionedMessageSpec
{
    [Fact]
    public void A_committed_offset_stands_behind_its_version()
    {
        var key = VersionedMessage.ToArray(new OffsetCommitKey { Group = "g", Topic = "t", Partition = 2 }, 1);
        Assert.Equal("0001" + "000167" + "000174" + "00000002", Convert.ToHexStringLower(key));
        var value = VersionedMessage.ToArray(new OffsetCommitValue { Offset = 5, LeaderEpoch = 4, Metadata = "m", CommitTimestamp = 3 }, 3);
        Assert.Equal("0003" + "0000000000000005" + "00000004" + "00016d" + "0000000000000003", Convert.ToHexStringLower(value));
    }

    [Fact]
    public void The_version_in_front_decides_how_the_rest_is_read()
    {
        foreach (var version in new short[] { 0, 1, 2, 3, 4 })
        {
            var bytes = VersionedMessage.ToArray(new OffsetCommitValue { Offset = 5, Metadata = "m", CommitTimestamp = 3 }, version);
            Assert.Equal(version, VersionedMessage.PeekVersion(bytes));
            var read = VersionedMessage.Read<OffsetCommitValue>(bytes);
            Assert.Equal((5, "m", 3, -1), (read.Offset, read.Metadata, read.CommitTimestamp, read.LeaderEpoch));
        }
    }

    [Fact]
    public void An_unknown_version_is_malformed() =>
        Assert.Throws<MalformedMessageException>(() => VersionedMessage.Read<GroupMetadataKey>(new byte[] { 0, 1, 0, 0 }));

    [Fact]
    public void Bytes_of_a_newer_writer_behind_the_message_are_ignored() =>
        Assert.Equal("g", VersionedMessage.Read<GroupMetadataKey>(Convert.FromHexString("0002" + "000167" + "beef")).Group);
}
