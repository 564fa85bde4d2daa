using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>What the controller sees to as the cluster grows, shrinks and is upgraded.</summary>
public sealed class ClusterUpkeepSpec
{
    [Fact]
    public void Internal_topics_get_replicas_as_brokers_join()
    {
        var context = new ControllerTestContext(brokers: 1);
        context.Create("__consumer_offsets");
        Assert.Equal(0, context.Run(context.State.GrowInternalTopics(context.Image)));
        context.Register(2);
        context.Register(3);

        Assert.Equal(50, context.Run(context.State.GrowInternalTopics(context.Image)));
        Assert.Equal(0, context.Run(context.State.GrowInternalTopics(context.Image)));

        var partitions = context.Image.Topics["__consumer_offsets"].Partitions;
        Assert.All(partitions, p => Assert.Equal((3, 2, 1), (p.Replicas.Length, p.Adding.Length, p.Leader)));
        foreach (var id in new[] { 1, 2, 3 })
            Assert.InRange(partitions.Count(p => p.Replicas[0] == id), 16, 17);
    }

    [Fact]
    public void Internal_topics_have_at_most_three_replicas_and_spread_them()
    {
        var context = new ControllerTestContext(brokers: 2);
        context.Create("__consumer_offsets");
        context.Register(3);
        context.Register(4);

        context.Run(context.State.GrowInternalTopics(context.Image));

        var partitions = context.Image.Topics["__consumer_offsets"].Partitions;
        Assert.All(partitions, p => Assert.Equal(3, p.Replicas.Length));
        Assert.Equal(25, partitions.Count(p => p.Replicas.Contains(3)));
        Assert.Equal(25, partitions.Count(p => p.Replicas.Contains(4)));
    }

    [Theory]
    [InlineData(3, "2", 1)]
    [InlineData(2, "1", 0)]
    [InlineData(2, "3", 1)]
    [InlineData(2, null, 0)]
    public void Nobody_stays_eligible_when_the_watermark_may_move_on_without_them(int before, string? after, int eligible)
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", configs: [("min.insync.replicas", $"{before}")], assigned: [[1, 2, 3]]);
        context.AlterIsr("orders", 1, 2);
        context.AlterIsr("orders", 1);
        Assert.NotEmpty(context.Partition("orders").Elr);

        context.Run(context.State.IncrementalAlterConfigs(context.Image, new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new() { ResourceType = 2, ResourceName = "orders", Configs = [new() { Name = "min.insync.replicas", Value = after, ConfigOperation = (sbyte)(after is null ? 1 : 0) }] },
            ],
        }));

        Assert.Equal(eligible == 1, !context.Partition("orders").Elr.IsEmpty);
    }

    [Fact]
    public void Setting_of_all_brokers_clears_the_eligible_too()
    {
        var context = new ControllerTestContext(brokers: 0);
        context.Register(1, min: 2);
        context.Register(2, min: 2);
        context.Create("orders", assigned: [[1, 2]]);
        context.AlterIsr("orders", 1);
        Assert.NotEmpty(context.Partition("orders").Elr);

        context.Run(context.State.IncrementalAlterConfigs(context.Image, new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = "", Configs = [new() { Name = "min.insync.replicas", Value = "1" }] }],
        }));

        Assert.Empty(context.Partition("orders").Elr);
    }

    [Fact]
    public void Allowing_unclean_elections_makes_them()
    {
        var context = new ControllerTestContext(brokers: 2);
        context.Create("orders", assigned: [[1, 2]]);
        context.AlterIsr("orders", 1);
        context.Fence(1);

        context.Run(context.State.AlterConfigs(context.Image, new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "orders", Configs = [new() { Name = "unclean.leader.election.enable", Value = "true" }] }],
        }));

        Assert.Equal("2 [2] ()", context.Shape("orders"));
        Assert.Contains(context.Lines, l => l.IsWarning && l.Text.Contains("unclean"));
    }

    [Fact]
    public void Level_is_raised_when_every_broker_reads_it()
    {
        var context = ControllerTestContext.OfLevel1(brokers: 2);
        var old = new BrokerRegistration(3, Guid.NewGuid(), Guid.NewGuid(), null, [], true) { MetadataVersionMax = MetadataVersion.Initial };
        context.Run(context.State.Register(context.Image, old));

        var refused = Update(context, MetadataVersion.Cluster);
        Assert.Equal(ErrorCode.InvalidUpdateVersion, refused.ErrorCode);
        Assert.Contains("brokers 3 do not read it", refused.ErrorMessage);
        Assert.Equal(MetadataVersion.Initial, context.Image.MetadataVersion);

        context.Run(context.State.Register(context.Image, old with { MetadataVersionMax = MetadataVersion.Cluster }));
        Assert.Equal(ErrorCode.None, Update(context, MetadataVersion.Cluster, validateOnly: true).ErrorCode);
        Assert.Equal(MetadataVersion.Initial, context.Image.MetadataVersion);
        Assert.Equal(ErrorCode.None, Update(context, MetadataVersion.Cluster).ErrorCode);
        Assert.Equal(MetadataVersion.Cluster, context.Image.MetadataVersion);
        Assert.Equal(ErrorCode.None, Update(context, MetadataVersion.Cluster).ErrorCode);
    }

    [Theory]
    [InlineData("metadata.version", MetadataVersion.Initial)]
    [InlineData("metadata.version", 0)]
    [InlineData("metadata.version", MetadataVersion.Latest + 1)]
    [InlineData("transaction.version", 1)]
    public void Level_that_cannot_be_is_refused(string feature, short level) =>
        Assert.Equal(ErrorCode.InvalidUpdateVersion, Update(new ControllerTestContext(brokers: 1), level, feature: feature).ErrorCode);

    [Fact]
    public void Broker_that_is_gone_can_be_forgotten_and_one_that_lives_not()
    {
        var context = new ControllerTestContext(brokers: 2);
        context.Create("orders", configs: [("min.insync.replicas", "2")], assigned: [[1, 2]]);
        Assert.Equal(ErrorCode.InvalidRequest, Unregister(context, 2));
        Assert.Equal(ErrorCode.BrokerIdNotRegistered, Unregister(context, 9));
        context.Fence(2);
        Assert.Equal("1 [1] (2)", context.Shape("orders"));

        Assert.Equal(ErrorCode.InvalidRequest, Unregister(context, 2, 1, 2, 3));
        Assert.Equal(ErrorCode.None, Unregister(context, 2, 1, 3));

        Assert.DoesNotContain(2, context.Image.Brokers.Keys);
        Assert.Equal("1 [1] ()", context.Shape("orders"));
        Assert.Contains(context.Lines, l => l.IsWarning && l.Text.Contains("1 partitions"));
    }

    private static UpdateFeaturesResponse Update(ControllerTestContext context, short level, bool validateOnly = false, string feature = MetadataVersion.FeatureName) =>
        context.Run(context.State.UpdateFeatures(context.Image, new UpdateFeaturesRequest
        {
            ValidateOnly = validateOnly,
            FeatureUpdates = [new() { Feature = feature, MaxVersionLevel = level }],
        }));

    private static ErrorCode Unregister(ControllerTestContext context, int id, params int[] voters) => context.Run(context.State.UnregisterBroker(
        context.Image, new UnregisterBrokerRequest { BrokerId = id }, new VoterSet(voters.Select(v => new Voter(v, Guid.Empty))))).ErrorCode;
}
