using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata;

public sealed class MetadataImageBuilderSpec
{
    private static readonly Guid OrdersId = new("11111111-2222-3333-4444-555555555555");

    private static PartitionRecord Partition(Guid topic, int number, params int[] replicas) =>
        new() { TopicId = topic, PartitionId = number, Replicas = replicas, Isr = replicas, Leader = replicas[0] };

    private static ConfigRecord Config(ConfigResourceType type, string resource, string name, string? value) =>
        new() { ResourceType = (sbyte)type, ResourceName = resource, Name = name, Value = value };

    private static MetadataImage Orders() => MetadataImageBuilder.Apply(
        MetadataImage.Empty,
        [
            new ClusterFormedRecord { ClusterId = "AAAAAAAAAAAAAAAAAAAAAQ" },
            new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Latest },
            new RegisterBrokerRecord
            {
                BrokerId = 1, BrokerEpoch = 2, Rack = "r1", Endpoints = [new() { Listener = "default", Host = "localhost", Port = 9092 }],
            },
            new TopicRecord { Name = "orders", TopicId = OrdersId },
            Partition(OrdersId, 0, 1, 2, 3),
            Partition(OrdersId, 1, 2, 3, 1),
            Config(ConfigResourceType.Topic, "orders", "retention.ms", "1000"),
        ],
        lastOffset: 6,
        epoch: 1);

    [Fact]
    public void Image_holds_what_the_records_say()
    {
        var image = Orders();

        Assert.Equal("AAAAAAAAAAAAAAAAAAAAAQ", image.ClusterId);
        Assert.Equal(6, image.Offset);
        Assert.Equal(MetadataVersion.Latest, image.MetadataVersion);
        Assert.True(image.IsAlive(1));
        Assert.Equal(9092, image.Brokers[1].EndpointOf("default")!.Value.Port);
        Assert.Null(image.Brokers[1].EndpointOf("other"));
        Assert.True(image.TryGetTopic(OrdersId, out var byId));
        Assert.True(image.TryGetTopic("orders", out var byName));
        Assert.Same(byId, byName);
        Assert.Equal("1000", byName.Configs["retention.ms"]);
        Assert.True(image.TryGetPartition(new TopicPartition("orders", 1), out var partition));
        Assert.Equal(2, partition.Leader);
        Assert.False(image.TryGetPartition(new TopicPartition("orders", 2), out _));
    }

    [Fact]
    public void Change_of_the_isr_raises_the_partition_epoch_alone()
    {
        var image = MetadataImageBuilder.Apply(Orders(), [new PartitionChangeRecord { TopicId = OrdersId, PartitionId = 0, Isr = [1, 2], EligibleLeaderReplicas = [3] }], 7, 1);

        Assert.True(image.TryGetPartition(new TopicPartition("orders", 0), out var partition));
        Assert.Equal((1, 0, 1), (partition.Leader, partition.LeaderEpoch, partition.PartitionEpoch));
        Assert.Equal(3, Assert.Single(partition.Elr));
    }

    [Fact]
    public void Naming_a_leader_raises_the_leader_epoch_be_it_the_same()
    {
        var image = MetadataImageBuilder.Apply(Orders(), [new PartitionChangeRecord { TopicId = OrdersId, PartitionId = 0, Leader = 1 }], 7, 1);

        Assert.True(image.TryGetPartition(new TopicPartition("orders", 0), out var partition));
        Assert.Equal((1, 1, 1), (partition.Leader, partition.LeaderEpoch, partition.PartitionEpoch));
    }

    [Fact]
    public void Untouched_topics_are_shared_between_images()
    {
        var before = Orders();
        var other = Guid.NewGuid();
        var after = MetadataImageBuilder.Apply(before, [new TopicRecord { Name = "other", TopicId = other }, Partition(other, 0, 1)], 8, 1);

        Assert.Same(before.Topics["orders"], after.Topics["orders"]);
        Assert.False(before.TryGetTopic("other", out _));
        Assert.Single(after.Topics["other"].Partitions);
    }

    [Fact]
    public void Removed_topic_takes_its_partitions_and_settings_along_and_its_name_is_free()
    {
        var again = Guid.NewGuid();
        var image = MetadataImageBuilder.Apply(
            Orders(), [new RemoveTopicRecord { TopicId = OrdersId }, new TopicRecord { Name = "orders", TopicId = again }, Partition(again, 0, 1)], 9, 1);

        Assert.False(image.TryGetTopic(OrdersId, out _));
        Assert.Equal(again, image.Topics["orders"].Id);
        Assert.Empty(image.Topics["orders"].Configs);
    }

    [Fact]
    public void Null_value_removes_a_setting()
    {
        var image = MetadataImageBuilder.Apply(
            Orders(),
            [
                Config(ConfigResourceType.Topic, "orders", "retention.ms", null),
                Config(ConfigResourceType.Broker, "", "message.max.bytes", "5"),
                Config(ConfigResourceType.Broker, "1", "message.max.bytes", "6"),
                Config(ConfigResourceType.Broker, "2", "message.max.bytes", "6"),
                Config(ConfigResourceType.Broker, "2", "message.max.bytes", null),
            ],
            11,
            1);

        Assert.Empty(image.Topics["orders"].Configs);
        Assert.Equal("5", image.ClusterConfigs["message.max.bytes"]);
        Assert.Equal("6", image.BrokerConfigs[1]["message.max.bytes"]);
        Assert.DoesNotContain(2, image.BrokerConfigs.Keys);
    }

    [Fact]
    public void Metadata_version_above_ours_is_refused_by_name()
    {
        var refused = Assert.Throws<UnsupportedMetadataException>(() => MetadataImageBuilder.Apply(
            MetadataImage.Empty, [new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Latest + 1 }], 0, 1));

        Assert.Contains($"metadata.version is {MetadataVersion.Latest + 1}", refused.Message);
    }

    [Fact]
    public void Partition_whose_leader_is_not_in_sync_fails_an_invariant()
    {
        Assert.Throws<InvariantViolatedException>(() =>
            MetadataImageBuilder.Apply(Orders(), [new PartitionChangeRecord { TopicId = OrdersId, PartitionId = 0, Isr = [2, 3] }], 7, 1));
    }

    [Fact]
    public void Offsets_never_fall()
    {
        Assert.Throws<InvariantViolatedException>(() => MetadataImageBuilder.Apply(Orders(), [], 5, 1));
    }
}
