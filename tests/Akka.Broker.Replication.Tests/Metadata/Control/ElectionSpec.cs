using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Elections that are asked for, and the way back to preferred leaders.</summary>
public sealed class ElectionSpec
{
    private readonly ControllerTestContext _context = new(brokers: 3);

    private ElectLeadersResponse Elect(sbyte type, params (string Topic, int Partition)[] partitions) => _context.Run(_context.State.ElectLeaders(
        _context.Image,
        new ElectLeadersRequest
        {
            ElectionType = type,
            TopicPartitions = partitions.Length == 0 ? null : [.. partitions.Select(p => new ElectLeadersRequest.ElectLeadersTopic { Topic = p.Topic, Partitions = [p.Partition] })],
        }));

    private static ErrorCode[] Errors(ElectLeadersResponse response) => [.. response.ReplicaElectionResults.SelectMany(t => t.PartitionResults).Select(p => p.ErrorCode)];

    /// <summary>Partition 0 is led by its preferred leader; of 1, 2 and 3, broker 1's, only that of 1 is in sync; 4 has no leader.</summary>
    private void Arrange()
    {
        _context.Create("a", assigned: [[2, 1]]);
        _context.Create("b", assigned: [[1, 2]]);
        _context.Create("c", assigned: [[1, 2]]);
        _context.Create("d", assigned: [[3, 2]]);
        _context.AlterIsr("d", 3);
        _context.Fence(3);
        _context.Fence(1);
        _context.Unfence(1);
        _context.AlterIsr("b", 2, 1);
    }

    [Fact]
    public void Preferred_leader_takes_over_where_it_is_in_sync()
    {
        Arrange();

        var response = Elect(0, ("a", 0), ("b", 0), ("c", 0), ("x", 0), ("b", 9));

        Assert.Equal(
            [ErrorCode.ElectionNotNeeded, ErrorCode.None, ErrorCode.PreferredLeaderNotAvailable, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition],
            Errors(response));
        Assert.Equal("1 [2 1] ()", _context.Shape("b"));
        Assert.Equal(2, _context.Partition("b").LeaderEpoch);
    }

    [Fact]
    public void Asked_of_all_partitions_those_that_need_no_election_are_left_out()
    {
        Arrange();

        var response = Elect(0);

        Assert.Equal(["b", "c", "d"], response.ReplicaElectionResults.Select(t => t.Topic));
        Assert.Equal([ErrorCode.None, ErrorCode.PreferredLeaderNotAvailable, ErrorCode.PreferredLeaderNotAvailable], Errors(response));
    }

    [Fact]
    public void Unclean_election_by_name_serves_what_has_no_leader_and_tells_what_may_be_lost()
    {
        Arrange();

        var response = Elect(1, ("a", 0), ("d", 0));

        Assert.Equal([ErrorCode.ElectionNotNeeded, ErrorCode.None], Errors(response));
        Assert.Equal("2 [2] ()", _context.Shape("d"));
        Assert.Equal((-1, _context.Partition("d").LeaderEpoch), (_context.Partition("a").UncleanEpoch, _context.Partition("d").UncleanEpoch));
        Assert.Contains(_context.Lines, l => l.IsWarning && l.Text.Contains("d-0") && l.Text.Contains("lost"));
    }

    [Fact]
    public void Unclean_election_needs_a_live_replica()
    {
        Arrange();
        _context.Fence(2);

        Assert.Equal([ErrorCode.EligibleLeadersNotAvailable], Errors(Elect(1, ("d", 0))));
    }

    [Fact]
    public void Kind_of_election_that_is_unknown_is_refused() => Assert.Equal(ErrorCode.InvalidRequest, Elect(2).ErrorCode);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(49, 1)]
    [InlineData(50, 0)]
    public void Leaders_are_balanced_where_more_than_the_percentage_is_elsewhere(int percentage, int moved)
    {
        _context.Create("a", assigned: [[1, 2]]);
        _context.Create("b", assigned: [[1, 3]]);
        _context.Fence(1);
        _context.Unfence(1);
        _context.AlterIsr("a", 2, 1);
        Elect(0, ("a", 0));
        _context.AlterIsr("b", 3, 1);

        Assert.Equal(moved, _context.Run(_context.State.BalanceLeaders(_context.Image, percentage)));
        Assert.Equal(moved == 1 ? 1 : 3, _context.Partition("b").Leader);
    }

    [Fact]
    public void Partition_without_leader_gets_one_when_that_has_become_possible()
    {
        Arrange();
        Assert.Equal(0, _context.Run(_context.State.ElectMissingLeaders(_context.Image)));
        _context.Commit([new ConfigRecord { ResourceType = 2, ResourceName = "d", Name = "unclean.leader.election.enable", Value = "true" }]);

        Assert.Equal(1, _context.Run(_context.State.ElectMissingLeaders(_context.Image)));
        Assert.Equal("2 [2] ()", _context.Shape("d"));
    }
}
