using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

public sealed class ClusterLimitsSpec
{
    private static readonly ControllerDefaults Defaults = new() { TopicsMax = 2, PartitionsMax = 5 };

    private MetadataImage _image = MetadataImageBuilder.Apply(
        MetadataImage.Empty,
        [new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Latest }, new RegisterBrokerRecord { BrokerId = 1, BrokerEpoch = 1 }],
        1,
        epoch: 1);

    private static ControllerState State() => new(Defaults, new ConfigResolver(1, []), new Random(1));

    private (ErrorCode Error, string? Message) Create(string name, int partitions)
    {
        var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }] };
        var decision = State().CreateTopics(_image, request);
        _image = MetadataImageBuilder.Apply(_image, decision.Records, _image.Offset + decision.Records.Count, epoch: 1);
        var result = Assert.Single(decision.Response.Topics);
        return (result.ErrorCode, result.ErrorMessage);
    }

    private (ErrorCode Error, string? Message) Grow(string name, int count)
    {
        var decision = State().CreatePartitions(_image, new CreatePartitionsRequest { Topics = [new() { Name = name, Count = count, Assignments = null }] });
        var result = Assert.Single(decision.Response.Results);
        return (result.ErrorCode, result.ErrorMessage);
    }

    [Fact]
    public void A_topic_too_many_is_refused_with_the_setting_that_says_so()
    {
        Assert.Equal(ErrorCode.None, Create("a", 1).Error);
        Assert.Equal(ErrorCode.None, Create("b", 1).Error);

        var (error, message) = Create("c", 1);

        Assert.Equal(ErrorCode.PolicyViolation, error);
        Assert.Contains("max.topics allows 2", message);
    }

    [Fact]
    public void Partitions_too_many_are_refused_be_they_of_a_new_topic_or_of_one_that_grows()
    {
        Assert.Equal(ErrorCode.None, Create("a", 4).Error);

        Assert.Contains("max.partitions allows 5", Create("b", 2).Message);
        Assert.Equal(ErrorCode.PolicyViolation, Grow("a", 6).Error);
        Assert.Equal(ErrorCode.None, Grow("a", 5).Error);
    }

    [Fact]
    public void The_brokers_own_topics_are_made_all_the_same()
    {
        Assert.Equal(ErrorCode.None, Create("a", 5).Error);

        Assert.Equal(ErrorCode.None, Create(InternalTopics.ConsumerOffsets, 50).Error);
    }
}
