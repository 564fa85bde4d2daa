using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Tests.Gateway;

/// <summary>A gateway that serves produce requests for the topics orders, compacted and __consumer_offsets, with leaders in memory.</summary>
internal sealed class ProduceTestContext
{
    public ProduceTestContext()
    {
        var metadata = new MetadataCache();
        metadata.PublishBrokers();
        OrdersId = metadata.PublishTopic("orders", TestTopics.ThisNode, TestTopics.OtherNode, -1);
        metadata.PublishTopic("__consumer_offsets", TestTopics.ThisNode);
        metadata.PublishTopic("compacted", TestTopics.ThisNode);
        metadata.PublishTopicConfig("compacted", TopicConfig.CleanupPolicy, "compact");
        metadata.PublishTopicConfig("compacted", TopicConfig.MaxMessageBytes, "1000");
        var rules = new TopicRules(new ConfigResolver(TestTopics.ThisNode, []));
        Gateway = new GatewayTestContext(null, new ProduceHandler(TestTopics.ThisNode, metadata, rules, Port, new RefusedBatches(new ManualTime()), new ManualTime()));
    }

    public Guid OrdersId { get; }

    public MemoryPartitionPort Port { get; } = new();

    public GatewayTestContext Gateway { get; }

    public ProduceRequest Request(string topic, int partition, byte[] batch) => new()
    {
        Acks = -1,
        TimeoutMs = 30_000,
        TopicData = [new() { Name = topic, TopicId = OrdersId, PartitionData = [new() { Index = partition, Records = new MemoryRecords(batch) }] }],
    };

    /// <summary>A whole produce request that is valid.</summary>
    public byte[] Frame() => WireClient.Encode(Request("orders", 0, TestTopics.Batch(records: 3)), 9, 1);

    /// <summary>Appends one batch to orders-0 and returns its offset.</summary>
    public async Task<long> ProduceAsync(WireClient client)
    {
        // Fuzzed frames may have been whole requests by chance: what counts is that this one is appended.
        var answer = await TryProduceAsync(client, TestTopics.Batch(), "compacted");
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.BaseOffset;
    }

    public async Task<ProduceResponse.PartitionProduceResponse> TryProduceAsync(WireClient client, byte[] batch, string topic = "orders")
    {
        var response = await client.AskAsync<ProduceRequest, ProduceResponse>(Request(topic, 0, batch), 9);
        return Assert.Single(Assert.Single(response.Responses).PartitionResponses);
    }
}
