using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>The bytes that stock clients read and write.</summary>
public sealed class ConsumerProtocolSpec
{
    [Fact]
    public void A_cooperative_subscription_has_the_bytes_of_version_3_and_the_generation_as_user_data()
    {
        var bytes = ConsumerProtocol.EncodeSubscription(new CooperativeStickyAssignor(), ["t"], [new("t", 2), new("t", 0)], generation: 5, rack: null);

        Assert.Equal(
            "0003"                       // version
            + "00000001" + "000174"      // topics
            + "00000004" + "00000005"    // user data: the generation
            + "00000001" + "000174" + "00000002" + "00000000" + "00000002" // owned partitions
            + "00000005"                 // generation
            + "FFFF",                    // rack
            Convert.ToHexString(bytes));
    }

    [Fact]
    public void A_range_subscription_has_no_user_data()
    {
        var bytes = ConsumerProtocol.EncodeSubscription(new RangeAssignor(), ["b", "a"], [], generation: -1, rack: "r");

        Assert.Equal("0003" + "00000002" + "000161" + "000162" + "FFFFFFFF" + "00000000" + "FFFFFFFF" + "000172", Convert.ToHexString(bytes));
    }

    [Fact]
    public void An_assignment_has_the_bytes_that_every_client_reads()
    {
        var bytes = ConsumerProtocol.EncodeAssignment([new("t", 1), new("t", 0), new("s", 3)]);

        Assert.Equal(
            "0000" + "00000002" + "000173" + "00000001" + "00000003" + "000174" + "00000002" + "00000000" + "00000001" + "FFFFFFFF", Convert.ToHexString(bytes));
        Assert.Equal([new("s", 3), new("t", 0), new("t", 1)], ConsumerProtocol.DecodeAssignment(bytes));
        Assert.Empty(ConsumerProtocol.DecodeAssignment(ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public void A_subscription_of_an_older_java_client_says_its_generation_in_the_user_data()
    {
        var member = ConsumerProtocol.DecodeSubscription("m", "i", Convert.FromHexString(
            "0001" + "00000001" + "000174" + "00000004" + "00000007" + "00000001" + "000174" + "00000001" + "00000002"));

        Assert.Equal(("m", "i", 7), (member.MemberId, member.InstanceId, member.Generation));
        Assert.Equal([new TopicPartition("t", 2)], member.Owned);
    }

    [Fact]
    public void A_subscription_of_librdkafka_says_what_is_owned_in_its_own_field()
    {
        // Its user data is the previous assignment with a generation behind it; both stand in the subscription's fields too.
        var member = ConsumerProtocol.DecodeSubscription("m", null, Convert.FromHexString(
            "0003" + "00000001" + "000174"
            + "00000013" + "00000001" + "000174" + "00000001" + "00000002" + "00000009"
            + "00000001" + "000174" + "00000001" + "00000002" + "00000009" + "FFFF"));

        Assert.Equal(9, member.Generation);
        Assert.Equal([new TopicPartition("t", 2)], member.Owned);
    }

    [Fact]
    public void A_newer_version_is_read_as_far_as_it_is_known()
    {
        var member = ConsumerProtocol.DecodeSubscription("m", null, Convert.FromHexString(
            "0009" + "00000001" + "000174" + "FFFFFFFF" + "00000000" + "00000003" + "FFFF" + "CAFE"));

        Assert.Equal(["t"], member.Topics);
        Assert.Equal(3, member.Generation);
    }
}
