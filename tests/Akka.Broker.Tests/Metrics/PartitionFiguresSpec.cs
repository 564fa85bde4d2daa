using Akka.Broker.Metrics;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Metrics;

/// <summary>What is counted of the metadata: how partitions are, and how in-sync replicas come and go.</summary>
public sealed class PartitionFiguresSpec
{
    private const int Node = 1;
    private static readonly Guid Topic = new("11111111-0000-0000-0000-000000000001");

    private static MetadataImage Apply(MetadataImage image, params IMessage[] records) =>
        MetadataImageBuilder.Apply(image, records, image.Offset + records.Length, epoch: 1);

    private static MetadataImage Brokers() => Apply(MetadataImage.Empty,
        new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Latest },
        new RegisterBrokerRecord { BrokerId = 1, BrokerEpoch = 1 },
        new RegisterBrokerRecord { BrokerId = 2, BrokerEpoch = 2 },
        new TopicRecord { Name = "t", TopicId = Topic });

    private static PartitionRecord Partition(int id, int leader, int[] replicas, int[] isr) =>
        new() { TopicId = Topic, PartitionId = id, Leader = leader, LeaderEpoch = 1, Replicas = replicas, Isr = isr };

    [Fact]
    public void Partitions_are_counted_by_what_is_wrong_with_them()
    {
        var image = Apply(Brokers(),
            Partition(0, 1, [1, 2], [1, 2]),
            Partition(1, 1, [1, 2], [1]),
            Partition(2, 2, [1, 2], [1, 2]),
            Partition(3, PartitionImage.NoLeader, [2], []),
            Partition(4, 1, [1], [1]));

        var census = PartitionCensus.Of(image, Node, (_, _) => 2);

        Assert.Equal((1, 5, 1), (census.Topics, census.Partitions, census.Offline));
        Assert.Equal((4, 3, 1), (census.Replicas, census.Led, census.LedByOthers));
        // Two of two: at the minimum. One of two: below it. A topic of one replica is served with that.
        Assert.Equal((1, 1, 2), (census.UnderReplicated, census.UnderMinIsr, census.AtMinIsr));
    }

    [Fact]
    public void A_partition_whose_leader_is_fenced_is_offline()
    {
        var image = Apply(Brokers(), Partition(0, 2, [2], [2]), new BrokerRegistrationChangeRecord { BrokerId = 2, BrokerEpoch = 2, Fenced = true });

        Assert.Equal(1, PartitionCensus.Of(image, Node, (_, _) => 1).Offline);
    }

    [Fact]
    public void Shrinks_and_expands_count_on_the_leader_alone()
    {
        var (leader, follower) = (new IsrFigures(Node), new IsrFigures(2));
        var before = Apply(Brokers(), Partition(0, 1, [1, 2], [1, 2]));
        var shrunk = Apply(before, new PartitionChangeRecord { TopicId = Topic, PartitionId = 0, Leader = PartitionImage.LeaderUnchanged, Isr = [1] });
        var expanded = Apply(shrunk, new PartitionChangeRecord { TopicId = Topic, PartitionId = 0, Leader = PartitionImage.LeaderUnchanged, Isr = [1, 2] });

        foreach (var figures in (IsrFigures[])[leader, follower])
        {
            figures.OnChanged(Brokers(), before);
            figures.OnChanged(before, shrunk);
            figures.OnChanged(shrunk, expanded);
        }

        Assert.Equal((1, 1), (leader.Shrinks, leader.Expands));
        Assert.Equal((0, 0), (follower.Shrinks, follower.Expands));
    }

    [Fact]
    public void A_topic_that_is_deleted_has_no_figures_any_more()
    {
        var exists = true;
        var table = new TopicFiguresTable(_ => exists);
        table.Of("t").OnAppended(10, 2);
        table.Of("t").OnFetched(5, byReplica: false);
        table.Of("t").OnFetched(3, byReplica: true);
        using var context = new ExporterTestContext(table);
        Assert.Contains("akka_broker_topic_in_bytes_total{topic=\"t\"} 10", context.Samples());
        Assert.Contains("akka_broker_topic_in_records_total{topic=\"t\"} 2", context.Samples());
        Assert.Contains("akka_broker_topic_out_bytes_total{topic=\"t\"} 5", context.Samples());
        Assert.Contains("akka_broker_topic_replication_out_bytes_total{topic=\"t\"} 3", context.Samples());

        exists = false;

        Assert.Empty(context.Samples());
        Assert.Equal(0, table.Of("t").BytesIn);
    }
}
