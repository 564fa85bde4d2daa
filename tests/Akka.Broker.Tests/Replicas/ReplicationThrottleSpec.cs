using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Replicas;

public sealed class ReplicationThrottleSpec
{
    private static readonly TopicIdPartition Partition = new(Guid.NewGuid(), "orders", 0);
    private readonly MetadataCache _metadata = new();
    private readonly ManualTime _time = new();
    private readonly ReplicationThrottle _throttle;

    public ReplicationThrottleSpec()
    {
        _throttle = ReplicationThrottle.OfLeaders(new ConfigResolver(1, []), _metadata, _time);
        Commit(
            new TopicRecord { Name = "orders", TopicId = Partition.TopicId },
            new PartitionRecord { TopicId = Partition.TopicId, Replicas = [1, 2, 3], Isr = [1, 2], Leader = 1 },
            Config(ConfigResourceType.Topic, "orders", "leader.replication.throttled.replicas", "0:1,0:2"),
            Config(ConfigResourceType.Broker, "", "leader.replication.throttled.rate", "1000"));
    }

    [Fact]
    public void Followers_that_are_not_in_sync_count_where_the_topic_names_this_broker()
    {
        Assert.True(_throttle.Counts(Partition, follower: 3));
        Assert.False(_throttle.Counts(Partition, follower: 2));
        Assert.False(ReplicationThrottle.OfFollowers(new ConfigResolver(1, []), _metadata, _time).Counts(Partition, follower: 3));
        Assert.False(ReplicationThrottle.OfLeaders(new ConfigResolver(3, []), _metadata, _time).Counts(Partition, follower: 3));

        Commit(Config(ConfigResourceType.Topic, "orders", "leader.replication.throttled.replicas", "*"));

        Assert.True(ReplicationThrottle.OfLeaders(new ConfigResolver(3, []), _metadata, _time).Counts(Partition, follower: 3));
    }

    [Fact]
    public void A_second_s_worth_may_go_at_once_and_what_was_too_much_is_waited_for()
    {
        _throttle.Take(900);
        Assert.False(_throttle.IsUsedUp());
        _throttle.Take(600);
        Assert.True(_throttle.IsUsedUp());

        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.True(_throttle.IsUsedUp());
        _time.Advance(TimeSpan.FromMilliseconds(200));

        Assert.False(_throttle.IsUsedUp());
    }

    [Fact]
    public void A_rate_that_is_altered_counts_at_once()
    {
        _throttle.Take(5000);
        Assert.True(_throttle.IsUsedUp());

        Commit(Config(ConfigResourceType.Broker, "1", "leader.replication.throttled.rate", "2000"));

        Assert.False(_throttle.IsUsedUp());
    }

    private static ConfigRecord Config(ConfigResourceType type, string resource, string name, string value) =>
        new() { ResourceType = (sbyte)type, ResourceName = resource, Name = name, Value = value };

    private void Commit(params Protocol.Messages.IMessage[] records) =>
        _metadata.Publish(MetadataImageBuilder.Apply(_metadata.Current, records, _metadata.Current.Offset + records.Length, epoch: 1));
}
