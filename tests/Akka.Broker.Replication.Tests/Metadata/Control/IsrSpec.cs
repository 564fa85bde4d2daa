using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>What a leader may say of who is in sync, and what follows for the eligible leader replicas.</summary>
public sealed class IsrSpec
{
    private readonly ControllerTestContext _context = new(brokers: 4);

    private void Create(int minInSync, params int[] replicas) =>
        _context.Create("orders", configs: [("min.insync.replicas", $"{minInSync}")], assigned: [replicas]);

    [Fact]
    public void Isr_shrinks_and_grows_as_the_leader_says()
    {
        Create(1, 1, 2, 3);

        var shrunk = _context.AlterIsr("orders", 1, 2);
        Assert.Equal((ErrorCode.None, 1, 0, 1), (shrunk.ErrorCode, shrunk.LeaderId, shrunk.LeaderEpoch, shrunk.PartitionEpoch));
        Assert.Equal([1, 2], shrunk.Isr);

        var grown = _context.AlterIsr("orders", 1, 2, 3);
        Assert.Equal((ErrorCode.None, 2), (grown.ErrorCode, grown.PartitionEpoch));
        Assert.Equal("1 [1 2 3] ()", _context.Shape("orders"));
    }

    [Theory]
    [InlineData(1, "1 [1 2] ()", "1 [1] ()")]
    [InlineData(2, "1 [1 2] ()", "1 [1] (2)")]
    [InlineData(3, "1 [1 2] (3)", "1 [1] (3 2)")]
    [InlineData(9, "1 [1 2] (3)", "1 [1] (3 2)")]
    public void Who_leaves_an_isr_that_is_too_small_stays_eligible(int minInSync, string first, string second)
    {
        Create(minInSync, 1, 2, 3);

        _context.AlterIsr("orders", 1, 2);
        Assert.Equal(first, _context.Shape("orders"));
        _context.AlterIsr("orders", 1);
        Assert.Equal(string.Join(" ", second.Split(' ', '(', ')').Order()), string.Join(" ", _context.Shape("orders").Split(' ', '(', ')').Order()));
    }

    [Fact]
    public void Nobody_stays_eligible_once_the_isr_is_large_enough()
    {
        Create(2, 1, 2, 3);
        _context.AlterIsr("orders", 1);
        Assert.Equal([2, 3], _context.Partition("orders").Elr.Order());

        _context.AlterIsr("orders", 1, 3);

        Assert.Equal("1 [1 3] ()", _context.Shape("orders"));
    }

    [Theory]
    [InlineData(1, 0, new[] { 1, 2 }, ErrorCode.NotController)]
    [InlineData(-1, 0, new[] { 1, 2 }, ErrorCode.FencedLeaderEpoch)]
    [InlineData(0, 1, new[] { 1, 2 }, ErrorCode.NotController)]
    [InlineData(0, -1, new[] { 1, 2 }, ErrorCode.InvalidUpdateVersion)]
    [InlineData(0, 0, new[] { 2, 3 }, ErrorCode.InvalidRequest)]
    [InlineData(0, 0, new int[0], ErrorCode.InvalidRequest)]
    [InlineData(0, 0, new[] { 1, 2, 2 }, ErrorCode.InvalidRequest)]
    [InlineData(0, 0, new[] { 1, 4 }, ErrorCode.InvalidRequest)]
    public void What_was_decided_on_another_state_or_cannot_be_is_refused(int leaderEpochOff, int partitionEpochOff, int[] isr, ErrorCode error)
    {
        Create(1, 1, 2, 3);
        var before = _context.Partition("orders");

        var answer = _context.AlterIsr("orders", 1, isr, before.LeaderEpoch + leaderEpochOff, before.PartitionEpoch + partitionEpochOff);

        Assert.Equal(error, answer.ErrorCode);
        Assert.Same(before, _context.Partition("orders"));
    }

    [Fact]
    public void Only_the_leader_is_heard()
    {
        Create(1, 1, 2, 3);

        Assert.Equal(ErrorCode.InvalidRequest, _context.AlterIsr("orders", 2, [2, 1]).ErrorCode);
    }

    [Fact]
    public void Fenced_broker_cannot_be_taken_into_the_isr()
    {
        Create(1, 1, 2, 3);
        _context.Fence(3);
        Assert.Equal("1 [1 2] ()", _context.Shape("orders"));

        Assert.Equal(ErrorCode.IneligibleReplica, _context.AlterIsr("orders", 1, 2, 3).ErrorCode);

        _context.Unfence(3);
        Assert.Equal(ErrorCode.None, _context.AlterIsr("orders", 1, 2, 3).ErrorCode);
    }

    [Fact]
    public void Broker_that_has_restarted_since_it_caught_up_cannot_be_taken_into_the_isr()
    {
        Create(1, 1, 2, 3);
        var stale = _context.Image.Brokers[3].Epoch;
        _context.Register(3, clean: false);
        var p = _context.Partition("orders");

        var response = _context.Run(_context.State.AlterPartition(_context.Image, new AlterPartitionRequest
        {
            BrokerId = 1,
            BrokerEpoch = _context.Image.Brokers[1].Epoch,
            Topics =
            [
                new()
                {
                    TopicId = _context.Image.Topics["orders"].Id,
                    Partitions =
                    [
                        new()
                        {
                            LeaderEpoch = p.LeaderEpoch,
                            PartitionEpoch = p.PartitionEpoch,
                            NewIsrWithEpochs = [new() { BrokerId = 1, BrokerEpoch = -1 }, new() { BrokerId = 3, BrokerEpoch = stale }],
                        },
                    ],
                },
            ],
        }));

        Assert.Equal(ErrorCode.IneligibleReplica, response.Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Stale_incarnation_of_a_leader_is_refused_as_a_whole()
    {
        Create(1, 1, 2, 3);
        var stale = _context.Image.Brokers[1].Epoch;
        _context.Register(1, clean: true);

        var response = _context.Run(_context.State.AlterPartition(_context.Image, new AlterPartitionRequest { BrokerId = 1, BrokerEpoch = stale }));

        Assert.Equal(ErrorCode.StaleBrokerEpoch, response.ErrorCode);
    }

    [Fact]
    public void Unknown_partitions_are_refused_one_by_one()
    {
        Create(1, 1, 2, 3);
        var known = _context.Image.Topics["orders"].Id;

        var response = _context.Run(_context.State.AlterPartition(_context.Image, new AlterPartitionRequest
        {
            BrokerId = 1,
            BrokerEpoch = _context.Image.Brokers[1].Epoch,
            Topics =
            [
                new() { TopicId = Guid.NewGuid(), Partitions = [new() { PartitionIndex = 0 }] },
                new() { TopicId = known, Partitions = [new() { PartitionIndex = 7 }, new() { PartitionIndex = 0, NewIsrWithEpochs = [new() { BrokerId = 1 }] }] },
            ],
        }));

        Assert.Equal(
            [ErrorCode.UnknownTopicId, ErrorCode.UnknownTopicOrPartition, ErrorCode.None],
            response.Topics.SelectMany(t => t.Partitions).Select(p => p.ErrorCode));
    }

    [Fact]
    public void Same_isr_again_changes_nothing()
    {
        Create(1, 1, 2, 3);
        var before = _context.Image;

        Assert.Equal((ErrorCode.None, 0), (_context.AlterIsr("orders", 3, 2, 1).ErrorCode, _context.Partition("orders").PartitionEpoch));
        Assert.Same(before, _context.Image);
    }

    [Theory]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 1)]
    public void Min_insync_replicas_of_a_leader_is_the_one_that_it_was_started_with_unless_it_is_set(int ofLeader, int ofOthers, int stillEligible)
    {
        var context = new ControllerTestContext(brokers: 0);
        context.Register(1, min: ofOthers);
        context.Register(2, min: ofLeader);
        context.Create("orders", assigned: [[2, 1]]);
        context.AlterIsr("orders", 2);
        Assert.Equal(ofLeader == 2 ? 1 : 0, context.Partition("orders").Elr.Length);

        context.Commit([new ConfigRecord { ResourceType = 4, ResourceName = "", Name = "min.insync.replicas", Value = $"{ofOthers}" }]);
        context.AlterIsr("orders", 2, 1);
        context.AlterIsr("orders", 2);

        Assert.Equal(stillEligible, context.Partition("orders").Elr.Length);
    }
}
