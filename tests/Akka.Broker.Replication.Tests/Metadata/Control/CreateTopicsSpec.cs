using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

public sealed class CreateTopicsSpec
{
    [Fact]
    public void Topic_gets_what_was_asked_for()
    {
        var context = new ControllerTestContext(brokers: 3);

        var result = context.Create("orders", 4, 2, [("retention.ms", "1000")]);

        Assert.Equal((ErrorCode.None, 4, (short)2), (result.ErrorCode, result.NumPartitions, result.ReplicationFactor));
        var topic = context.Image.Topics["orders"];
        Assert.Equal(result.TopicId, topic.Id);
        Assert.Equal("1000", topic.Configs["retention.ms"]);
        Assert.All(topic.Partitions, p =>
        {
            Assert.Equal(2, p.Replicas.Distinct().Count());
            Assert.Equal((p.Replicas[0], 0, 0), (p.Leader, p.LeaderEpoch, p.PartitionEpoch));
            Assert.Equal(p.Replicas.AsEnumerable(), p.Isr);
        });
        Assert.Equal("1000", result.Configs!.Single(c => c.Name == "retention.ms").Value);
        Assert.Equal((sbyte)ConfigSource.Topic, result.Configs!.Single(c => c.Name == "retention.ms").ConfigSource);
        Assert.Equal(TopicConfig.All.Count, result.Configs!.Count);
    }

    [Fact]
    public void Leaders_and_replicas_are_spread()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", 9, 2);

        var partitions = context.Image.Topics["orders"].Partitions;
        Assert.All(partitions.GroupBy(p => p.Leader), g => Assert.Equal(3, g.Count()));
        Assert.All(partitions.SelectMany(p => p.Replicas).GroupBy(r => r), g => Assert.Equal(6, g.Count()));
    }

    [Fact]
    public void Replicas_are_in_different_racks()
    {
        var context = new ControllerTestContext(brokers: 0);
        foreach (var (id, rack) in new[] { (1, "a"), (2, "a"), (3, "b"), (4, "b") })
            context.Register(id, rack: rack);
        context.Create("orders", 8, 2);

        Assert.All(context.Image.Topics["orders"].Partitions, p =>
            Assert.Equal(2, p.Replicas.Select(r => context.Image.Brokers[r].Rack).Distinct().Count()));
    }

    [Fact]
    public void Counts_of_minus_one_are_the_brokers_defaults()
    {
        var context = new ControllerTestContext(brokers: 3, defaults: new ControllerDefaults { NumPartitions = 5, ReplicationFactor = 3 });

        var result = context.Create("orders");

        Assert.Equal((5, (short)3), (result.NumPartitions, result.ReplicationFactor));
    }

    [Fact]
    public void Offsets_topic_gets_its_own_defaults_and_as_many_replicas_as_there_are_brokers()
    {
        var context = new ControllerTestContext(brokers: 2);

        var result = context.Create("__consumer_offsets");

        Assert.Equal((50, (short)2), (result.NumPartitions, result.ReplicationFactor));
        var topic = context.Image.Topics["__consumer_offsets"];
        Assert.True(topic.IsInternal);
        Assert.Equal("compact", topic.Configs["cleanup.policy"]);
        Assert.Equal("104857600", topic.Configs["segment.bytes"]);
    }

    [Fact]
    public void Replicas_can_be_assigned_by_hand()
    {
        var context = new ControllerTestContext(brokers: 3);

        var result = context.Create("orders", assigned: [[3, 1], [2, 3]]);

        Assert.Equal((2, (short)2), (result.NumPartitions, result.ReplicationFactor));
        Assert.Equal([3, 2], context.Image.Topics["orders"].Partitions.Select(p => p.Leader));
    }

    [Fact]
    public void Validate_only_changes_nothing()
    {
        var context = new ControllerTestContext();

        var result = context.Create("orders", 3, 1, validateOnly: true);

        Assert.Equal((ErrorCode.None, 3, Guid.Empty), (result.ErrorCode, result.NumPartitions, result.TopicId));
        Assert.Empty(context.Image.Topics);
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidTopicException)]
    [InlineData(".", ErrorCode.InvalidTopicException)]
    [InlineData("..", ErrorCode.InvalidTopicException)]
    [InlineData("a b", ErrorCode.InvalidTopicException)]
    [InlineData("ä", ErrorCode.InvalidTopicException)]
    [InlineData("a/b", ErrorCode.InvalidTopicException)]
    [InlineData("__cluster_metadata", ErrorCode.InvalidTopicException)]
    [InlineData("taken", ErrorCode.TopicAlreadyExists)]
    [InlineData("a_b", ErrorCode.InvalidTopicException)]
    public void Name_that_cannot_be_is_refused(string name, ErrorCode error)
    {
        var context = new ControllerTestContext();
        context.Create("taken", 1, 1);
        context.Create("a.b", 1, 1);

        var result = context.Create(name, 1, 1);

        Assert.Equal(error, result.ErrorCode);
        Assert.NotEmpty(result.ErrorMessage!);
        Assert.Equal(2, context.Image.Topics.Count);
    }

    [Fact]
    public void Name_has_at_most_249_characters()
    {
        var context = new ControllerTestContext();

        Assert.Equal(ErrorCode.None, context.Create(new string('a', 249), 1, 1).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTopicException, context.Create(new string('a', 250), 1, 1).ErrorCode);
    }

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidPartitions)]
    [InlineData(-2, 1, ErrorCode.InvalidPartitions)]
    [InlineData(int.MaxValue, 1, ErrorCode.PolicyViolation)]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, 2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, -2, ErrorCode.InvalidReplicationFactor)]
    public void Count_that_cannot_be_is_refused(int partitions, short factor, ErrorCode error)
    {
        Assert.Equal(error, new ControllerTestContext().Create("orders", partitions, factor).ErrorCode);
    }

    [Theory]
    [InlineData("retention.ms", "soon")]
    [InlineData("retention.ms", "-2")]
    [InlineData("retention.ms", null)]
    [InlineData("cleanup.policy", "shred")]
    [InlineData("compression.type", "gzip")]
    [InlineData("preallocate", "true")]
    [InlineData("preallocate", "maybe")]
    [InlineData("no.such.setting", "1")]
    public void Setting_that_cannot_be_is_refused(string name, string? value)
    {
        var result = new ControllerTestContext().Create("orders", 1, 1, [(name, value)]);

        Assert.Equal(ErrorCode.InvalidConfig, result.ErrorCode);
        Assert.Contains(name, result.ErrorMessage);
    }

    public static TheoryData<int[][], int> BadAssignments => new()
    {
        { [[1, 1]], -1 },
        { [[9]], -1 },
        { [[]], -1 },
        { [[1], [1, 2]], -1 },
    };

    [Theory]
    [MemberData(nameof(BadAssignments))]
    public void Assignment_that_cannot_be_is_refused(int[][] assigned, int partitions)
    {
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, new ControllerTestContext(brokers: 2).Create("orders", partitions, assigned: assigned).ErrorCode);
    }

    [Fact]
    public void Counts_beside_an_assignment_are_refused()
    {
        Assert.Equal(ErrorCode.InvalidRequest, new ControllerTestContext().Create("orders", 1, 1, assigned: [[1]]).ErrorCode);
    }

    [Fact]
    public void One_topics_refusal_does_not_touch_the_others()
    {
        var context = new ControllerTestContext();
        var request = new CreateTopicsRequest
        {
            Topics =
            [
                new() { Name = "good", NumPartitions = 1, ReplicationFactor = 1 },
                new() { Name = "bad name", NumPartitions = 1, ReplicationFactor = 1 },
                new() { Name = "twice", NumPartitions = 1, ReplicationFactor = 1 },
                new() { Name = "twice", NumPartitions = 2, ReplicationFactor = 1 },
                new() { Name = "x.y", NumPartitions = 1, ReplicationFactor = 1 },
                new() { Name = "x_y", NumPartitions = 1, ReplicationFactor = 1 },
            ],
        };

        var response = context.Run(context.State.CreateTopics(context.Image, request));

        Assert.Equal(
            [
                ("bad name", ErrorCode.InvalidTopicException),
                ("good", ErrorCode.None),
                ("twice", ErrorCode.InvalidRequest),
                ("x.y", ErrorCode.None),
                ("x_y", ErrorCode.InvalidTopicException),
            ],
            response.Topics.Select(t => (t.Name, t.ErrorCode)).OrderBy(t => t.Name, StringComparer.Ordinal));
        Assert.Equal(["good", "x.y"], context.Image.Topics.Keys.Order());
    }
}
