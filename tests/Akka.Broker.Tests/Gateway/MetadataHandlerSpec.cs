using Akka.Broker.Controller;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

public sealed class MetadataHandlerSpec
{
    private readonly MetadataCache _metadata = new();
    private readonly Creation _creation;
    private readonly Guid _ordersId;

    public MetadataHandlerSpec()
    {
        _creation = new Creation(_metadata);
        _metadata.PublishBrokers();
        _ordersId = _metadata.PublishTopic("orders", TestTopics.ThisNode, TestTopics.OtherNode, -1);
    }

    [Fact]
    public async Task Every_version_names_brokers_and_partitions()
    {
        var handler = new MetadataHandler(_metadata, _creation);
        await using var gateway = new GatewayTestContext(null, handler);
        using var client = await gateway.ConnectAsync();
        for (var version = handler.Versions.Min; version <= handler.Versions.Max; version++)
        {
            var response = await client.AskAsync<MetadataRequest, MetadataResponse>(
                new MetadataRequest { Topics = [new() { Name = "orders" }], AllowAutoTopicCreation = true }, version);
            Assert.Equal([(1, "host1", 9092), (2, "host2", 9093)], response.Brokers.Select(b => (b.NodeId, b.Host, b.Port)));
            var topic = Assert.Single(response.Topics);
            Assert.Equal("orders", topic.Name);
            Assert.Equal([0, 1, 2], topic.Partitions.Select(p => p.PartitionIndex));
            Assert.Equal([1, 2, -1], topic.Partitions.Select(p => p.LeaderId));
            Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.LeaderNotAvailable], topic.Partitions.Select(p => p.ErrorCode));
        }
    }

    [Fact]
    public async Task Broker_that_has_ended_leads_nothing_though_it_is_not_fenced_yet()
    {
        await using var gateway = new GatewayTestContext(null, new MetadataHandler(_metadata, _creation, broker => broker.Id == TestTopics.OtherNode));
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync<MetadataRequest, MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "orders" }] }, 9);
        Assert.Equal([1, -1, -1], response.Topics[0].Partitions.Select(p => p.LeaderId));
        Assert.Equal(ErrorCode.LeaderNotAvailable, response.Topics[0].Partitions[1].ErrorCode);
    }

    [Fact]
    public async Task All_topics_are_named_on_request()
    {
        Assert.Single((await AskAsync(new MetadataRequest { Topics = null }, 9)).Topics);
        Assert.Single((await AskAsync(new MetadataRequest { Topics = [] }, 0)).Topics);
        Assert.Empty((await AskAsync(new MetadataRequest { Topics = [] }, 1)).Topics);
    }

    [Fact]
    public async Task Topic_is_found_by_id()
    {
        var found = (await AskAsync(new MetadataRequest { Topics = [new() { TopicId = _ordersId, Name = null }] }, 12)).Topics[0];
        Assert.Equal((ErrorCode.None, "orders"), (found.ErrorCode, found.Name));
        var unknown = (await AskAsync(new MetadataRequest { Topics = [new() { TopicId = Guid.NewGuid(), Name = null }] }, 12)).Topics[0];
        Assert.Equal((ErrorCode.UnknownTopicId, (string?)null), (unknown.ErrorCode, unknown.Name));
    }

    [Fact]
    public async Task Unknown_topic_is_created_where_client_and_settings_allow_it()
    {
        var request = new MetadataRequest { Topics = [new() { Name = "fresh" }, new() { Name = "no good" }, new() { Name = "refused" }] };
        var topics = (await AskAsync(request, 9)).Topics;
        Assert.Equal(
            [ErrorCode.None, ErrorCode.InvalidTopicException, ErrorCode.InvalidReplicationFactor], topics.Select(t => t.ErrorCode));
        Assert.Single(topics[0].Partitions);
        Assert.Equal(["fresh", "refused"], _creation.Asked);
        request = new MetadataRequest { Topics = [new() { Name = "other" }], AllowAutoTopicCreation = false };
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await AskAsync(request, 9)).Topics[0].ErrorCode);
        Assert.Equal(["fresh", "refused"], _creation.Asked);
    }

    [Fact]
    public async Task Operations_are_named_on_request()
    {
        var request = new MetadataRequest
        {
            Topics = [new() { Name = "orders" }],
            IncludeTopicAuthorizedOperations = true,
            IncludeClusterAuthorizedOperations = true,
        };
        var response = await AskAsync(request, 9);
        Assert.Equal((3576, 8096), (response.Topics[0].TopicAuthorizedOperations, response.ClusterAuthorizedOperations));
        Assert.Equal(int.MinValue, (await AskAsync(new MetadataRequest { Topics = [new() { Name = "orders" }] }, 9)).Topics[0].TopicAuthorizedOperations);
    }

    [Fact]
    public async Task Cluster_is_described_for_the_listener_that_is_asked()
    {
        await using var gateway = new GatewayTestContext(null, new DescribeClusterHandler(_metadata));
        using var client = await gateway.ConnectAsync();
        var response = await client.AskAsync<DescribeClusterRequest, DescribeClusterResponse>(new DescribeClusterRequest(), 2);
        Assert.Equal((ErrorCode.None, 1, "AAAAAAAAAAAAAAAAAAAAAQ"), (response.ErrorCode, response.ControllerId, response.ClusterId));
        Assert.Equal([1, 2], response.Brokers.Select(b => b.BrokerId));
        response = await client.AskAsync<DescribeClusterRequest, DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = 2 }, 1);
        Assert.Equal(ErrorCode.MismatchedEndpointType, response.ErrorCode);
    }

    [Fact]
    public async Task Partitions_come_page_by_page()
    {
        _metadata.PublishTopic("alpha", TestTopics.ThisNode, TestTopics.ThisNode);
        await using var gateway = new GatewayTestContext(null, new DescribeTopicPartitionsHandler(_metadata));
        using var client = await gateway.ConnectAsync();
        var seen = new List<(string, int)>();
        DescribeTopicPartitionsRequest.StartCursor? cursor = null;
        for (var page = 0; page < 10; page++)
        {
            var response = await client.AskAsync<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(
                new DescribeTopicPartitionsRequest { ResponsePartitionLimit = 2, Cursor = cursor }, 0);
            seen.AddRange(response.Topics.SelectMany(t => t.Partitions.Select(p => (t.Name!, p.PartitionIndex))));
            if (response.NextCursor is not { } next)
                break;
            cursor = new() { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex };
        }
        Assert.Equal([("alpha", 0), ("alpha", 1), ("orders", 0), ("orders", 1), ("orders", 2)], seen);
    }

    [Fact]
    public async Task Replicas_that_are_lost_to_a_disk_or_with_their_broker_are_offline()
    {
        _metadata.PublishReplicated("paired", 2);
        _metadata.PublishOffline(TestTopics.OtherNode, "paired", 1);
        Assert.Equal(["", "2"], await OfflineAsync());

        _metadata.PublishFenced(TestTopics.OtherNode);
        Assert.Equal(["2", "2"], await OfflineAsync());
    }

    private async Task<IEnumerable<string>> OfflineAsync()
    {
        var plain = (await AskAsync(new MetadataRequest { Topics = [new() { Name = "paired" }] }, 9)).Topics[0].Partitions.Select(p => string.Join(',', p.OfflineReplicas));
        await using var gateway = new GatewayTestContext(null, new DescribeTopicPartitionsHandler(_metadata));
        using var client = await gateway.ConnectAsync();
        var request = new DescribeTopicPartitionsRequest { Topics = [new() { Name = "paired" }], ResponsePartitionLimit = 10 };
        var paged = (await client.AskAsync<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(request, 0)).Topics[0].Partitions;
        Assert.Equal(plain, paged.Select(p => string.Join(',', p.OfflineReplicas)));
        return plain;
    }

    private async Task<MetadataResponse> AskAsync(MetadataRequest request, short version)
    {
        await using var gateway = new GatewayTestContext(null, new MetadataHandler(_metadata, _creation));
        using var client = await gateway.ConnectAsync();
        return await client.AskAsync<MetadataRequest, MetadataResponse>(request, version);
    }

    private sealed class Creation(MetadataCache metadata) : ITopicCreation
    {
        public List<string> Asked { get; } = [];

        public ValueTask<ErrorCode> EnsureAsync(string topic, CancellationToken cancellation = default)
        {
            Asked.Add(topic);
            if (topic == "refused")
                return new(ErrorCode.InvalidReplicationFactor);
            metadata.PublishTopic(topic, TestTopics.ThisNode);
            return new(ErrorCode.None);
        }
    }
}
