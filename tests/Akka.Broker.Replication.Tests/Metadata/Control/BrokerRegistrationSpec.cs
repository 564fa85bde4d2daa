using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Starts of brokers, and the producer ids that they give out.</summary>
public sealed class BrokerRegistrationSpec
{
    [Fact]
    public void Each_start_has_a_higher_epoch()
    {
        var context = new ControllerTestContext(brokers: 1);
        var first = context.Image.Brokers[1].Epoch;

        var second = context.Register(1);

        Assert.True(second > first);
        Assert.Equal(second, context.Image.Brokers[1].Epoch);
        Assert.Equal(second, context.Image.Offset);
    }

    [Fact]
    public void Start_that_is_registered_already_keeps_its_epoch()
    {
        var context = new ControllerTestContext(brokers: 2);
        context.Create("orders", assigned: [[1, 2]]);
        var start = new BrokerRegistration(1, Guid.NewGuid(), context.Image.Brokers[1].DirectoryId, null, [new BrokerEndpoint("PLAINTEXT", "localhost", 9092)], false);
        var first = context.Run(context.State.Register(context.Image, start));
        var after = context.Image;

        var again = context.Run(context.State.Register(context.Image, start));

        Assert.Equal(first, again);
        Assert.Same(after, context.Image);
        Assert.True(context.Run(context.State.Register(context.Image, start with { IncarnationId = Guid.NewGuid() })).BrokerEpoch > first.BrokerEpoch);
    }

    [Fact]
    public void Clean_start_changes_no_partition()
    {
        var context = new ControllerTestContext(brokers: 1);
        context.Create("orders", 2, 1);
        var before = context.Image.Topics["orders"];

        context.Register(1, clean: true);

        Assert.Same(before, context.Image.Topics["orders"]);
    }

    [Fact]
    public void Leader_that_starts_with_a_lower_min_insync_replicas_leaves_nobody_eligible_who_may_lack_what_it_commits()
    {
        var context = new ControllerTestContext(brokers: 0);
        context.Register(1, min: 2);
        context.Register(2, min: 2);
        context.Create("orders", assigned: [[1, 2]]);
        context.Fence(2);
        context.Register(1, min: 2);
        Assert.Equal("1 [1] (2)", context.Shape("orders"));

        context.Register(1, min: 1);

        Assert.Equal("1 [1] ()", context.Shape("orders"));
        context.Unfence(2);
        context.Fence(1);
        Assert.False(context.Partition("orders").HasLeader);
    }

    [Fact]
    public void Unclean_start_of_the_only_replica_leads_on_in_a_new_epoch()
    {
        var context = new ControllerTestContext(brokers: 1);
        context.Create("orders", 2, 1);

        context.Register(1, clean: false);

        Assert.All(context.Image.Topics["orders"].Partitions, p => Assert.Equal((1, 1, 1), (p.Leader, p.LeaderEpoch, p.PartitionEpoch)));
    }

    [Fact]
    public void Unclean_start_takes_the_broker_out_of_the_isr_and_another_leads()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", assigned: [[1, 2, 3], [2, 1, 3]]);

        context.Register(1, clean: false);

        var partitions = context.Image.Topics["orders"].Partitions;
        Assert.All(partitions, p => Assert.Equal((2, 1), (p.Leader, p.LeaderEpoch)));
        Assert.All(partitions, p => Assert.Equal([2, 3], p.Isr.Order()));
    }

    [Fact]
    public void Unclean_start_of_the_last_in_sync_replica_hands_over_to_an_eligible_one()
    {
        var context = new ControllerTestContext(brokers: 2);
        var id = context.Create("orders", assigned: [[1, 2]]).TopicId;
        context.Commit([new PartitionChangeRecord { TopicId = id, PartitionId = 0, Isr = [1], EligibleLeaderReplicas = [2] }]);

        context.Register(1, clean: false);

        var partition = context.Image.Topics["orders"].Partitions[0];
        Assert.Equal((2, 2), (partition.Leader, Assert.Single(partition.Isr)));
        Assert.Empty(partition.Elr);
    }

    [Fact]
    public void Broker_that_comes_back_leads_where_nobody_does()
    {
        var context = new ControllerTestContext(brokers: 1);
        var id = context.Create("orders", 1, 1).TopicId;
        context.Commit([new PartitionChangeRecord { TopicId = id, PartitionId = 0, Leader = PartitionImage.NoLeader }]);

        context.Register(1);

        Assert.Equal((1, 2), (context.Image.Topics["orders"].Partitions[0].Leader, context.Image.Topics["orders"].Partitions[0].LeaderEpoch));
    }

    [Fact]
    public void Producer_id_blocks_never_overlap()
    {
        var context = new ControllerTestContext(brokers: 1);
        var epoch = context.Image.Brokers[1].Epoch;

        Assert.Equal(0, context.Run(context.State.AllocateProducerIds(context.Image, 1, epoch)));
        Assert.Equal(1000, context.Run(context.State.AllocateProducerIds(context.Image, 1, epoch)));
        Assert.Equal(2000, context.Image.NextProducerId);
    }

    [Fact]
    public void Producer_ids_are_refused_to_a_stale_broker()
    {
        var context = new ControllerTestContext(brokers: 1);
        var stale = context.Image.Brokers[1].Epoch;
        context.Register(1);

        Assert.Null(context.Run(context.State.AllocateProducerIds(context.Image, 1, stale)));
        Assert.Null(context.Run(context.State.AllocateProducerIds(context.Image, 2, 0)));
        Assert.Equal(0, context.Image.NextProducerId);
    }

    [Fact]
    public void Cluster_id_is_a_uuid_as_kafka_writes_it()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
            Assert.Matches("^[A-Za-z0-9_][A-Za-z0-9_-]{21}$", ControllerState.NewClusterId(random));
    }
}
