using Akka.Broker.Client.Admin;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Admin;

public sealed class DescribeTopicsSpec
{
    private readonly AdminTestContext _context = new();

    [Fact]
    public async Task A_topic_that_a_page_cuts_is_one_topic()
    {
        _context.Cluster.Answer<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>((_, request) => request.Cursor switch
        {
            null => Page(Topic("a", 0), Topic("b", 0, 1), next: ("b", 2)),
            { TopicName: "b", PartitionIndex: 2 } => Page(Topic("b", 2), Topic("c", 0)),
            _ => throw new InvalidOperationException($"no page begins at {request.Cursor.TopicName}-{request.Cursor.PartitionIndex}"),
        });

        var topics = await _context.Client.DescribeTopicsAsync(["c", "b", "a"]).OrThrow();

        Assert.Equal([0, 1, 2], topics["b"].Partitions.Select(partition => partition.Partition));
        Assert.Equal([0], topics["c"].Partitions.Select(partition => partition.Partition));
        Assert.Equal([7], topics["a"].Partitions[0].EligibleLeaders);
    }

    [Fact]
    public async Task A_broker_without_that_API_is_asked_for_metadata()
    {
        _context.Cluster.Answer<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>((_, request) =>
            request.Topics.Count > 0 ? throw new BrokerClientException(ErrorCode.UnsupportedVersion, "older") : new DescribeTopicPartitionsResponse());
        _context.Leaders["orders"] = [2, -1];

        var results = await _context.Client.DescribeTopicsAsync(["orders"]).OrThrow();

        Assert.Equal([2, -1], results["orders"].Partitions.Select(partition => partition.LeaderId));
        Assert.Null(results["orders"].Partitions[0].EligibleLeaders);
    }

    [Fact]
    public async Task A_young_topic_is_waited_for_and_an_unknown_one_is_not_waited_for_long()
    {
        var tries = 0;
        _context.Cluster.Answer<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>((_, request) =>
        {
            tries++;
            _context.Time.Advance(TimeSpan.FromMilliseconds(300));
            return new DescribeTopicPartitionsResponse
            {
                Topics = [.. request.Topics.Select(topic => topic.Name == "young" && tries == 2
                    ? Topic("young", 0)
                    : new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic { Name = topic.Name, ErrorCode = ErrorCode.UnknownTopicOrPartition })],
            };
        });

        var results = await _context.Client.DescribeTopicsAsync(["young", "never"]);

        Assert.True(results["young"].IsSuccess);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, results["never"].Error!.ErrorCode);
        Assert.Equal(4, tries);
    }

    [Fact]
    public async Task The_list_has_internal_topics_on_demand()
    {
        _context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, request) => request.Topics is null && !request.AllowAutoTopicCreation
            ? new() { Topics = [new() { Name = "orders" }, new() { Name = "__consumer_offsets", IsInternal = true }] }
            : throw new InvalidOperationException("all topics are asked for, and none is to be made"));

        Assert.Equal(["orders"], (await _context.Client.ListTopicsAsync()).Keys);
        Assert.Equal(["__consumer_offsets", "orders"], (await _context.Client.ListTopicsAsync(listInternal: true)).Keys.Order());
    }

    private static DescribeTopicPartitionsResponse Page(
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic first,
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic second,
        (string Topic, int Partition)? next = null) => new()
        {
            Topics = [first, second],
            NextCursor = next is { } cursor ? new() { TopicName = cursor.Topic, PartitionIndex = cursor.Partition } : null,
        };

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Topic(string name, params int[] partitions) => new()
    {
        Name = name,
        Partitions = [.. partitions.Select(partition => new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition
        {
            PartitionIndex = partition,
            EligibleLeaderReplicas = [7],
        })],
    };
}
