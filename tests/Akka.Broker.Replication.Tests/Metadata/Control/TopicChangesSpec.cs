using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>DeleteTopics and CreatePartitions.</summary>
public sealed class TopicChangesSpec
{
    private readonly ControllerTestContext _context = new(brokers: 3);

    [Fact]
    public void Topics_are_deleted_by_name_and_by_id()
    {
        _context.Create("a", 1, 1);
        var id = _context.Create("b", 1, 1).TopicId;
        _context.Create("c", 1, 1);

        var byName = Delete(new DeleteTopicsRequest { TopicNames = ["a"] });
        var byId = Delete(new DeleteTopicsRequest { Topics = [new() { TopicId = id }] });

        Assert.Equal(("a", ErrorCode.None), byName);
        Assert.Equal(("b", ErrorCode.None), byId);
        Assert.Equal("c", Assert.Single(_context.Image.Topics.Keys));
    }

    [Fact]
    public void What_cannot_be_deleted_is_refused()
    {
        _context.Create("a", 1, 1);
        _context.Create("__consumer_offsets");

        Assert.Equal(("x", ErrorCode.UnknownTopicOrPartition), Delete(new DeleteTopicsRequest { TopicNames = ["x"] }));
        Assert.Equal((null, ErrorCode.UnknownTopicId), Delete(new DeleteTopicsRequest { Topics = [new() { TopicId = Guid.NewGuid() }] }));
        Assert.Equal(("a", ErrorCode.InvalidRequest), Delete(new DeleteTopicsRequest { Topics = [new() { Name = "a", TopicId = Guid.NewGuid() }] }));
        Assert.Equal(("__consumer_offsets", ErrorCode.InvalidRequest), Delete(new DeleteTopicsRequest { TopicNames = ["__consumer_offsets"] }));
        Assert.Equal(2, _context.Image.Topics.Count);
    }

    [Fact]
    public void Topic_named_twice_is_deleted_once()
    {
        _context.Create("a", 1, 1);

        var response = _context.Run(_context.State.DeleteTopics(_context.Image, new DeleteTopicsRequest { TopicNames = ["a", "a"] }));

        Assert.Equal([ErrorCode.None, ErrorCode.InvalidRequest], response.Responses.Select(r => r.ErrorCode));
        Assert.Empty(_context.Image.Topics);
    }

    [Fact]
    public void Partitions_are_added_behind_the_others()
    {
        _context.Create("a", 2, 2);

        Assert.Equal(ErrorCode.None, Add("a", 5));

        var partitions = _context.Image.Topics["a"].Partitions;
        Assert.Equal([0, 1, 2, 3, 4], partitions.Select(p => p.Partition));
        Assert.All(partitions, p => Assert.Equal(2, p.Replicas.Length));
    }

    [Fact]
    public void Added_partitions_can_be_assigned_by_hand()
    {
        _context.Create("a", 1, 1);

        Assert.Equal(ErrorCode.None, Add("a", 3, [[3], [2]]));

        Assert.Equal([3, 2], _context.Image.Topics["a"].Partitions.Skip(1).Select(p => p.Leader));
    }

    [Fact]
    public void What_cannot_be_added_is_refused()
    {
        _context.Create("a", 2, 1);
        _context.Create("__consumer_offsets");

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Add("x", 5));
        Assert.Equal(ErrorCode.InvalidPartitions, Add("a", 2));
        Assert.Equal(ErrorCode.InvalidPartitions, Add("a", -1));
        Assert.Equal(ErrorCode.PolicyViolation, Add("a", int.MaxValue));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Add("a", 4, [[1]]));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Add("a", 3, [[1, 2]]));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Add("a", 3, [[9]]));
        Assert.Equal(ErrorCode.InvalidRequest, Add("__consumer_offsets", 60));
        Assert.Equal(2, _context.Image.Topics["a"].Partitions.Length);
    }

    [Fact]
    public void Validate_only_adds_nothing()
    {
        _context.Create("a", 2, 1);

        Assert.Equal(ErrorCode.None, Add("a", 3, validateOnly: true));
        Assert.Equal(2, _context.Image.Topics["a"].Partitions.Length);
    }

    private (string?, ErrorCode) Delete(DeleteTopicsRequest request)
    {
        var result = Assert.Single(_context.Run(_context.State.DeleteTopics(_context.Image, request)).Responses);
        Assert.Equal(result.ErrorCode == ErrorCode.None, result.ErrorMessage is null);
        return (result.Name, result.ErrorCode);
    }

    private ErrorCode Add(string topic, int count, int[][]? assigned = null, bool validateOnly = false) =>
        Assert.Single(_context.Run(_context.State.CreatePartitions(_context.Image, new CreatePartitionsRequest
        {
            ValidateOnly = validateOnly,
            Topics = [new() { Name = topic, Count = count, Assignments = assigned?.Select(a => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = a }).ToList() }],
        })).Results).ErrorCode;
}
