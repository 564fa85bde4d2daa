using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Moves of replicas: begun, watched, done, ended.</summary>
public sealed class ReassignmentSpec
{
    private readonly ControllerTestContext _context = new(brokers: 5);

    public ReassignmentSpec() => _context.Create("orders", assigned: [[1, 2, 3]]);

    private ErrorCode Move(int[]? target, bool otherFactor = true, string topic = "orders", int partition = 0) =>
        Move(_context, target, otherFactor, topic, partition).Responses[0].Partitions[0].ErrorCode;

    private static AlterPartitionReassignmentsResponse Move(
        ControllerTestContext context, int[]? target, bool otherFactor = true, string topic = "orders", int partition = 0) =>
        context.Run(context.State.AlterPartitionReassignments(context.Image, new AlterPartitionReassignmentsRequest
        {
            AllowReplicationFactorChange = otherFactor,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Replicas = target }] }],
        }));

    /// <summary>Replicas, adding and removing: <c>4 2 3 1 +4 -1</c>.</summary>
    private string Moving()
    {
        var p = _context.Partition("orders");
        return string.Join(" ", [.. p.Replicas.Select(r => $"{r}"), .. p.Adding.Select(r => $"+{r}"), .. p.Removing.Select(r => $"-{r}")]);
    }

    [Fact]
    public void Move_is_done_when_all_that_come_are_in_sync()
    {
        Assert.Equal(ErrorCode.None, Move([4, 5, 3]));
        Assert.Equal("4 5 3 1 2 +4 +5 -1 -2", Moving());
        Assert.Equal("1 [1 2 3] ()", _context.Shape("orders"));

        _context.AlterIsr("orders", 1, 2, 3, 4);
        Assert.Equal("4 5 3 1 2 +4 +5 -1 -2", Moving());

        Assert.Equal(ErrorCode.NewLeaderElected, _context.AlterIsr("orders", 1, 2, 3, 4, 5).ErrorCode);
        Assert.Equal("4 5 3", Moving());
        Assert.Equal("4 [3 4 5] ()", _context.Shape("orders"));
        Assert.Equal(1, _context.Partition("orders").LeaderEpoch);
        Assert.Contains(_context.Lines, l => l.Text.Contains("has moved to brokers 4, 5, 3"));
    }

    [Fact]
    public void Leader_that_stays_leads_on_in_a_new_epoch()
    {
        Move([1, 4]);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, _context.AlterIsr("orders", 1, 2, 3, 4).ErrorCode);

        Assert.Equal("1 4", Moving());
        Assert.Equal("1 [1 4] ()", _context.Shape("orders"));
        Assert.Equal(1, _context.Partition("orders").LeaderEpoch);
    }

    [Theory]
    [InlineData(new[] { 3, 2, 1 }, "3 2 1", 1)]
    [InlineData(new[] { 2, 3 }, "2 3", 2)]
    [InlineData(new[] { 1 }, "1", 1)]
    [InlineData(new[] { 1, 2, 3 }, "1 2 3", 1)]
    public void What_needs_no_copy_is_done_at_once(int[] target, string moving, int leader)
    {
        Assert.Equal(ErrorCode.None, Move(target));

        Assert.Equal(moving, Moving());
        Assert.Equal(leader, _context.Partition("orders").Leader);
    }

    [Fact]
    public void More_replicas_can_be_asked_for_and_forbidden()
    {
        Assert.Equal(ErrorCode.InvalidReplicationFactor, Move([1, 2, 3, 4], otherFactor: false));
        Assert.Equal(ErrorCode.None, Move([1, 2, 3, 4]));
        Assert.Equal("1 2 3 4 +4", Moving());
        Assert.Equal(ErrorCode.InvalidReplicationFactor, Move([1, 2, 3], otherFactor: false));
    }

    [Fact]
    public void Move_can_be_changed_on_its_way()
    {
        Move([4, 5, 3]);
        _context.AlterIsr("orders", 1, 2, 3, 4);

        Assert.Equal(ErrorCode.None, Move([5, 2, 3]));

        Assert.Equal("5 2 3 1 +5 -1", Moving());
        Assert.Equal("1 [1 2 3] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Move_can_be_ended()
    {
        Move([4, 5, 3]);
        _context.AlterIsr("orders", 1, 2, 3, 4);

        Assert.Equal(ErrorCode.None, Move(null));

        Assert.Equal("3 1 2", Moving());
        Assert.Equal("1 [1 2 3] ()", _context.Shape("orders"));
        Assert.Equal(ErrorCode.NoReassignmentInProgress, Move(null));
    }

    [Fact]
    public void Move_that_would_leave_nobody_in_sync_is_not_ended()
    {
        Move([4, 5]);
        foreach (var id in new[] { 2, 3 })
            _context.Fence(id);
        _context.AlterIsr("orders", 1, 4);
        _context.Fence(1);
        Assert.Equal("4 [4] ()", _context.Shape("orders"));

        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Move(null));
    }

    [Fact]
    public void Fewer_replicas_wait_until_enough_of_those_that_stay_are_in_sync()
    {
        _context.Create("safe", assigned: [[1, 2, 3]], configs: [("min.insync.replicas", "2")]);
        _context.AlterIsr("safe", 1, 3);

        Assert.Equal(ErrorCode.None, Move([1, 2], topic: "safe"));
        Assert.Equal("1 [1 3] ()", _context.Shape("safe"));
        Assert.Equal("1 2 3", string.Join(' ', _context.Partition("safe").Replicas));

        _context.AlterIsr("safe", 1, 3, 2);
        Assert.Equal("1 [1 2] ()", _context.Shape("safe"));
        Assert.Equal("1 2", string.Join(' ', _context.Partition("safe").Replicas));
    }

    [Fact]
    public void Move_is_not_ended_or_changed_when_that_would_take_a_copy_that_too_few_others_have()
    {
        _context.Create("safe", assigned: [[1, 2, 3]], configs: [("min.insync.replicas", "2")]);
        Move([1, 4, 5], topic: "safe");
        foreach (var id in new[] { 2, 3 })
            _context.Fence(id);
        _context.AlterIsr("safe", 1, 4);

        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Move(null, topic: "safe"));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Move([1, 2, 5], topic: "safe"));

        _context.Unfence(2);
        _context.AlterIsr("safe", 1, 4, 2);
        Assert.Equal(ErrorCode.None, Move(null, topic: "safe"));
    }

    [Fact]
    public void Move_goes_on_when_a_leader_fails_and_another_finishes_it()
    {
        Move([4, 5, 3]);
        _context.Fence(1);
        Assert.Equal(3, _context.Partition("orders").Leader);

        Assert.Equal(ErrorCode.FencedLeaderEpoch, _context.AlterIsr("orders", 2, 3, 4, 5).ErrorCode);
        Assert.Equal("4 5 3", Moving());
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 1, 1 })]
    [InlineData(new[] { 1, 9 })]
    public void Target_that_cannot_be_is_refused(int[] target) => Assert.Equal(ErrorCode.InvalidReplicaAssignment, Move(target));

    [Fact]
    public void Unknown_partition_is_refused()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Move([1], topic: "x"));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Move([1], partition: 1));
    }

    [Fact]
    public void Moves_under_way_are_listed()
    {
        _context.Create("other", assigned: [[1], [2]]);
        Move([4, 2, 3]);
        Move([3], topic: "other", partition: 1);

        var all = Listed(null);
        Assert.Equal("orders-0:4,2,3,1+4-1 other-1:3,2+3-2", all);
        Assert.Equal("other-1:3,2+3-2", Listed([("other", 0), ("other", 1), ("none", 0)]));
        Assert.Equal("", Listed([]));
    }

    [Fact]
    public void Nothing_moves_below_the_level_that_can_say_so()
    {
        var context = ControllerTestContext.OfLevel1(brokers: 3);
        context.Create("orders", assigned: [[1]]);

        var refused = Move(context, [2]);

        Assert.Equal(ErrorCode.UnsupportedVersion, refused.ErrorCode);
        Assert.Contains("metadata.version", refused.ErrorMessage);
    }

    private string Listed((string Topic, int Partition)[]? asked)
    {
        var response = Replication.Metadata.Control.ControllerState.ListPartitionReassignments(_context.Image, new ListPartitionReassignmentsRequest
        {
            Topics = asked is null ? null : [.. asked.Select(a => new ListPartitionReassignmentsRequest.ListedTopic { Name = a.Topic, PartitionIndexes = [a.Partition] })],
        });
        return string.Join(" ", response.Topics.SelectMany(t => t.Partitions.Select(p =>
            $"{t.Name}-{p.PartitionIndex}:{string.Join(",", p.Replicas)}+{string.Join(",", p.AddingReplicas)}-{string.Join(",", p.RemovingReplicas)}")));
    }
}
