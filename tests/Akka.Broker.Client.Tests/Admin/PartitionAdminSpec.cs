using Akka.Broker.Client.Admin;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Admin;

/// <summary>What partitions' leaders answer.</summary>
public sealed class PartitionAdminSpec
{
    private readonly AdminTestContext _context = new();

    [Fact]
    public async Task Each_leader_is_asked_about_its_own_partitions()
    {
        _context.Leaders["orders"] = [1, 2, 1];
        AnswerOffsets((brokerId, partition) => (ErrorCode.None, (brokerId * 100) + partition));

        var offsets = await _context.Client.ListOffsetsAsync(Latest("orders", 0, 1, 2)).OrThrow();

        Assert.Equal([100, 201, 102], offsets.OrderBy(o => o.Key.Partition).Select(o => o.Value.Offset));
        Assert.Equal(2, _context.Asked<ListOffsetsRequest>().Count);
    }

    [Fact]
    public async Task Places_and_times_are_asked_for_by_the_protocols_numbers()
    {
        _context.Leaders["orders"] = [1, 1, 1, 1];
        AnswerOffsets((_, _) => (ErrorCode.None, 0));
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1234);

        await _context.Client.ListOffsetsAsync(
            new Dictionary<TopicPartition, OffsetSpec>
            {
                [new("orders", 0)] = OffsetSpec.Latest,
                [new("orders", 1)] = OffsetSpec.Earliest,
                [new("orders", 2)] = OffsetSpec.MaxTimestamp,
                [new("orders", 3)] = OffsetSpec.ForTimestamp(time),
            },
            readCommitted: true).OrThrow();

        var request = Assert.Single(_context.Asked<ListOffsetsRequest>()).Request;
        Assert.Equal(1, request.IsolationLevel);
        Assert.Equal([-1, -2, -3, 1234], request.Topics[0].Partitions.OrderBy(p => p.PartitionIndex).Select(p => p.Timestamp));
    }

    [Fact]
    public async Task A_leader_that_moved_is_found_again()
    {
        _context.Leaders["orders"] = [1];
        AnswerOffsets((brokerId, _) =>
        {
            _context.Leaders["orders"] = [2];
            return brokerId == 2 ? (ErrorCode.None, 42) : (ErrorCode.NotLeaderOrFollower, -1);
        });

        var offsets = await _context.Client.ListOffsetsAsync(Latest("orders", 0)).OrThrow();

        Assert.Equal(42, Assert.Single(offsets).Value.Offset);
        Assert.Equal([1, 2], _context.Asked<ListOffsetsRequest>().Select(asked => asked.BrokerId));
    }

    [Fact]
    public async Task A_broker_that_is_down_holds_up_its_own_partitions_alone()
    {
        _context.Leaders["orders"] = [1, 2];
        _context.Cluster.Cut(2);
        AnswerOffsets((_, _) =>
        {
            _context.Time.Advance(TimeSpan.FromSeconds(10));
            return (ErrorCode.None, 5);
        });
        _context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) =>
        {
            _context.Time.Advance(TimeSpan.FromSeconds(10));
            return new() { Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 0, LeaderId = 1 }, new() { PartitionIndex = 1, LeaderId = 2 }] }] };
        });

        var offsets = await _context.Client.ListOffsetsAsync(Latest("orders", 0, 1));

        Assert.Equal(5, offsets[new("orders", 0)].Value.Offset);
        var error = offsets[new("orders", 1)].Error!;
        Assert.Equal(ErrorCode.RequestTimedOut, error.ErrorCode);
        Assert.Contains("cut off", error.Message);
    }

    [Fact]
    public async Task A_partition_without_a_leader_is_waited_for()
    {
        _context.Leaders["orders"] = [-1];
        var asked = 0;
        _context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) =>
            new() { Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 0, LeaderId = asked++ < 3 ? -1 : 2 }] }] });
        AnswerOffsets((_, _) => (ErrorCode.None, 1));

        await _context.Client.ListOffsetsAsync(Latest("orders", 0)).OrThrow();

        Assert.Equal(2, Assert.Single(_context.Asked<ListOffsetsRequest>()).BrokerId);
    }

    [Fact]
    public async Task A_partition_that_does_not_exist_is_refused_with_the_number_of_those_that_do()
    {
        _context.Leaders["orders"] = [1, 1];
        _context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) =>
        {
            _context.Time.Advance(TimeSpan.FromMilliseconds(600));
            return new() { Topics = [new() { Name = "orders", Partitions = [new() { LeaderId = 1 }, new() { PartitionIndex = 1, LeaderId = 1 }] }] };
        });

        var results = await _context.Client.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [new("orders", 2)] = 10 });

        var error = results[new("orders", 2)].Error!;
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, error.ErrorCode);
        Assert.Contains("the topic has 2 partitions", error.Message);
    }

    [Fact]
    public async Task Deleting_records_answers_with_what_is_left()
    {
        _context.Leaders["orders"] = [1];
        _context.Cluster.Answer<DeleteRecordsRequest, DeleteRecordsResponse>((_, request) => new()
        {
            Topics = [new() { Name = "orders", Partitions = [new() { LowWatermark = request.Topics[0].Partitions[0].Offset }] }],
        });

        var left = await _context.Client.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [new("orders", 0)] = 10 }).OrThrow();

        Assert.Equal(10, left[new("orders", 0)]);
    }

    [Fact]
    public async Task Producers_are_described_by_the_leader()
    {
        _context.Leaders["orders"] = [2];
        _context.Cluster.Answer<DescribeProducersRequest, DescribeProducersResponse>((_, _) => new()
        {
            Topics = [new() { Name = "orders", Partitions = [new() { ActiveProducers = [new() { ProducerId = 7, ProducerEpoch = 1, LastSequence = 99 }] }] }],
        });

        var producers = await _context.Client.DescribeProducersAsync([new("orders", 0)]).OrThrow();

        Assert.Equal(new ProducerDescription(7, 1, 99, -1, 0, -1), Assert.Single(producers[new("orders", 0)]));
        Assert.Equal(2, Assert.Single(_context.Asked<DescribeProducersRequest>()).BrokerId);
    }

    private static Dictionary<TopicPartition, OffsetSpec> Latest(string topic, params int[] partitions) =>
        partitions.ToDictionary(partition => new TopicPartition(topic, partition), _ => OffsetSpec.Latest);

    private void AnswerOffsets(Func<int, int, (ErrorCode Error, long Offset)> answer) =>
        _context.Cluster.Answer<ListOffsetsRequest, ListOffsetsResponse>((brokerId, request) => new()
        {
            Topics = [.. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(p => Offset(p.PartitionIndex, answer(brokerId, p.PartitionIndex)))],
            })],
        });

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Offset(int partition, (ErrorCode Error, long Offset) answer) =>
        new() { PartitionIndex = partition, ErrorCode = answer.Error, Offset = answer.Offset };
}
