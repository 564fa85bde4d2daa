using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Tests.Gateway;

public sealed class ProduceHandlerSpec : IAsyncDisposable
{
    private readonly ProduceTestContext _context = new();

    private MemoryPartitionPort Port => _context.Port;

    private GatewayTestContext Gateway => _context.Gateway;

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Batch_reaches_its_leader_as_it_was_sent(short version)
    {
        using var client = await Gateway.ConnectAsync();
        var batch = TestTopics.Batch(records: 3);
        var answer = Only(await ProduceAsync(client, Request("orders", 0, batch), version));
        Assert.Equal((ErrorCode.None, 0L), (answer.ErrorCode, answer.BaseOffset));
        var append = Assert.Single(Port.Appends);
        Assert.Equal(new TopicIdPartition(_context.OrdersId, "orders", 0), append.Target);
        Assert.Equal((5, (short)-1, AppendOrigin.Client), (append.LeaderEpoch, append.Acks, append.Origin));
        Assert.Equal(batch, Port.Batches[0]);
        Assert.Equal(0, Gateway.Server.RequestBytes);
    }

    [Fact]
    public async Task Pipelined_requests_are_handed_on_and_answered_in_order()
    {
        using var client = await Gateway.ConnectAsync();
        for (var i = 0; i < 50; i++)
            await client.SendAsync(Request("orders", 0, TestTopics.Batch(valueBytes: i)), 9);
        for (var i = 0; i < 50; i++)
        {
            var (id, response) = await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 9);
            Assert.Equal((i + 1, (long)i), (id, Only(response).BaseOffset));
        }
        Assert.Equal(Port.Batches.Select(b => b.Length).Order(), Port.Batches.Select(b => b.Length));
    }

    [Fact]
    public async Task Leader_elsewhere_is_named_with_its_address()
    {
        using var client = await Gateway.ConnectAsync();
        var response = await ProduceAsync(client, Request("orders", 1, TestTopics.Batch()), 10);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Only(response).ErrorCode);
        Assert.Equal((TestTopics.OtherNode, 5), (Only(response).CurrentLeader!.LeaderId, Only(response).CurrentLeader!.LeaderEpoch));
        Assert.Equal(("host2", 9093), (Assert.Single(response.NodeEndpoints).Host, response.NodeEndpoints[0].Port));
        Assert.Empty(Port.Appends);
        Assert.Null(Only(await ProduceAsync(client, Request("orders", 1, TestTopics.Batch()), 9)).CurrentLeader);
    }

    [Theory]
    [InlineData("orders", 2, ErrorCode.NotLeaderOrFollower)]
    [InlineData("orders", 3, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("nothing", 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("__consumer_offsets", 0, ErrorCode.InvalidTopicException)]
    public async Task Partition_that_cannot_be_written_is_refused(string topic, int partition, ErrorCode expected)
    {
        using var client = await Gateway.ConnectAsync();
        var answer = Only(await ProduceAsync(client, Request(topic, partition, TestTopics.Batch()), 9));
        Assert.Equal((expected, -1L), (answer.ErrorCode, answer.BaseOffset));
        Assert.Empty(Port.Appends);
    }

    [Fact]
    public async Task Damage_is_refused_and_its_neighbour_in_the_request_is_not()
    {
        using var client = await Gateway.ConnectAsync();
        var damaged = TestTopics.Batch();
        damaged[^1] ^= 1;
        var request = Request("orders", 0, damaged);
        request.TopicData.Add(Request("compacted", 0, TestTopics.Batch()).TopicData[0]);
        var response = await ProduceAsync(client, request, 9);
        Assert.Equal([ErrorCode.CorruptMessage, ErrorCode.None], response.Responses.Select(r => r.PartitionResponses[0].ErrorCode));
        Assert.Contains("checksum", response.Responses[0].PartitionResponses[0].ErrorMessage);
    }

    [Fact]
    public async Task Settings_of_the_topic_decide_what_is_valid()
    {
        using var client = await Gateway.ConnectAsync();
        Assert.Equal(ErrorCode.MessageTooLarge, Only(await ProduceAsync(client, Request("compacted", 0, TestTopics.Batch(valueBytes: 1000)), 9)).ErrorCode);
        Assert.Equal(ErrorCode.None, Only(await ProduceAsync(client, Request("orders", 0, TestTopics.Batch(valueBytes: 1000)), 9)).ErrorCode);
        using var builder = new RecordBatchBuilder();
        builder.Append(DateTimeOffset.UnixEpoch.AddDays(20_000).ToUnixTimeMilliseconds(), default, new byte[1]);
        Assert.Equal(ErrorCode.InvalidRecord, Only(await ProduceAsync(client, Request("compacted", 0, builder.ToArray()), 9)).ErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Versions_that_are_announced_for_old_clients_only_are_refused_by_code(short version)
    {
        using var client = await Gateway.ConnectAsync();
        var answer = Only(await ProduceAsync(client, Request("orders", 0, TestTopics.Batch()), version));
        Assert.Equal(ErrorCode.UnsupportedVersion, answer.ErrorCode);
        Assert.Empty(Port.Appends);
    }

    [Fact]
    public async Task Acks_that_do_not_exist_and_transactions_are_refused()
    {
        using var client = await Gateway.ConnectAsync();
        var request = Request("orders", 0, TestTopics.Batch());
        request.Acks = 2;
        Assert.Equal(ErrorCode.InvalidRequiredAcks, Only(await ProduceAsync(client, request, 9)).ErrorCode);
        request.Acks = -1;
        request.TransactionalId = "t";
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, Only(await ProduceAsync(client, request, 9)).ErrorCode);
        var options = new RecordBatchOptions { Producer = new ProducerIdAndEpoch(1, 0), BaseSequence = 0, IsTransactional = true };
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, Only(await ProduceAsync(client, Request("orders", 0, TestTopics.Batch(options: options)), 9)).ErrorCode);
        Assert.Empty(Port.Appends);
    }

    [Fact]
    public async Task Without_acks_nothing_is_answered_and_the_order_stays()
    {
        using var client = await Gateway.ConnectAsync();
        for (var i = 0; i < 20; i++)
        {
            var request = Request("orders", 0, TestTopics.Batch());
            request.Acks = 0;
            await client.SendAsync(request, 9);
        }
        var answer = Only(await ProduceAsync(client, Request("orders", 0, TestTopics.Batch()), 9));
        Assert.Equal(20, answer.BaseOffset);
    }

    [Fact]
    public async Task Refusal_without_acks_closes_the_connection()
    {
        using var client = await Gateway.ConnectAsync();
        var request = Request("nothing", 0, TestTopics.Batch());
        request.Acks = 0;
        await client.SendAsync(request, 9);
        Assert.Equal(0, await client.ReadToEndAsync());
        Assert.Contains("acks=0", Assert.Single(Gateway.Log.Warnings));
    }

    [Fact]
    public async Task Memory_of_a_request_is_kept_until_the_leader_has_answered()
    {
        Port.AnswersAtOnce = false;
        using var client = await Gateway.ConnectAsync();
        await client.SendAsync(Request("orders", 0, TestTopics.Batch(valueBytes: 5000)), 9);
        GatewayTestContext.Eventually(() => Port.Count == 1);
        Assert.InRange(Gateway.Server.RequestBytes, 5000, 6000);
        Assert.Equal(Port.Batches[0], Port.Appends[0].Batch.ToArray());
        Port.Held[0].SetResult(new AppendReply(ErrorCode.None, 42, 1234, 7));
        var answer = Only((await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 9)).Response);
        Assert.Equal((42L, 1234L, 7L), (answer.BaseOffset, answer.LogAppendTimeMs, answer.LogStartOffset));
        Assert.Equal(0, Gateway.Server.RequestBytes);
    }

    [Fact]
    public async Task Leader_that_does_not_answer_leaves_the_outcome_unknown()
    {
        Port.AnswersAtOnce = false;
        using var client = await Gateway.ConnectAsync();
        await client.SendAsync(Request("orders", 0, TestTopics.Batch()), 9);
        GatewayTestContext.Eventually(() => Port.Count == 1);
        Port.Held[0].SetResult(null);
        Assert.Equal(ErrorCode.RequestTimedOut, Only((await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 9)).Response).ErrorCode);
        Assert.Equal(Port.Batches[0], Port.Appends[0].Batch.ToArray());
    }

    [Fact]
    public async Task Memory_that_a_former_leader_may_still_write_from_is_not_used_again()
    {
        Port.AnswersAtOnce = false;
        using var client = await Gateway.ConnectAsync();
        await client.SendAsync(Request("orders", 0, TestTopics.Batch(valueBytes: 5000)), 9);
        GatewayTestContext.Eventually(() => Port.Count == 1);
        Port.Held[0].SetResult(AppendReply.Refused(ErrorCode.KafkaStorageError) with { IsMemoryInUse = true });
        Assert.Equal(ErrorCode.KafkaStorageError, Only((await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 9)).Response).ErrorCode);
        Assert.Equal(0, Gateway.Server.RequestBytes);

        Port.AnswersAtOnce = true;
        for (var i = 1; i <= 50; i++)
            await ProduceAsync(client, Request("orders", 0, TestTopics.Batch(valueBytes: 5000 + i)), 9);
        Assert.Equal(Port.Batches[0], Port.Appends[0].Batch.ToArray());
    }

    [Fact]
    public async Task Refusal_of_the_leader_is_passed_on_with_its_text()
    {
        Port.AnswersAtOnce = false;
        using var client = await Gateway.ConnectAsync();
        await client.SendAsync(Request("orders", 0, TestTopics.Batch()), 9);
        GatewayTestContext.Eventually(() => Port.Count == 1);
        Port.Held[0].SetResult(AppendReply.Refused(ErrorCode.OutOfOrderSequenceNumber, "sequence 7 after 3"));
        var answer = Only((await client.ReceiveAsync<ProduceResponse>(ApiKey.Produce, 9)).Response);
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, "sequence 7 after 3"), (answer.ErrorCode, answer.ErrorMessage));
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private static ProduceResponse.PartitionProduceResponse Only(ProduceResponse response) =>
        Assert.Single(Assert.Single(response.Responses).PartitionResponses);

    private ProduceRequest Request(string topic, int partition, byte[] batch) => _context.Request(topic, partition, batch);

    private static Task<ProduceResponse> ProduceAsync(WireClient client, ProduceRequest request, short version) =>
        client.AskAsync<ProduceRequest, ProduceResponse>(request, version);
}
