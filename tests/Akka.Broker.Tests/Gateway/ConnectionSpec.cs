using System.Net.Sockets;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>One connection: order, window, ends.</summary>
public sealed class ConnectionSpec
{
    [Fact]
    public async Task Metadata_is_worked_out_when_what_was_asked_before_it_is_answered()
    {
        var metadata = new CountingMetadataHandler();
        await using var gateway = new GatewayTestContext(null, metadata);
        using var client = await gateway.ConnectAsync();
        for (var round = 0; round < 3; round++)
        {
            await client.SendAsync(new ListOffsetsRequest(), 7);
            var held = await gateway.Held.NextAsync();
            await client.SendAsync(new MetadataRequest(), 9);
            GatewayTestContext.Eventually(() => gateway.Server.Counters.Requests == 2 * (round + 1));
            Assert.Equal(round, metadata.Count);
            held.Complete();
            await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7);
            await client.ReceiveAsync<MetadataResponse>(ApiKey.Metadata, 9);
            Assert.Equal(round + 1, metadata.Count);
        }
    }

    [Fact]
    public async Task Responses_leave_in_request_order_whatever_order_they_are_done_in()
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        var ids = new List<int>();
        for (var i = 0; i < 10; i++)
            ids.Add(await client.SendAsync(new ListOffsetsRequest(), 7));
        var held = new List<HeldHandler.Held>();
        for (var i = 0; i < 10; i++)
            held.Add(await gateway.Held.NextAsync());
        held.Reverse();
        held.ForEach(h => h.Complete(topics: 3));
        foreach (var id in ids)
            Assert.Equal(id, (await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7)).CorrelationId);
    }

    [Fact]
    public async Task Frame_that_comes_byte_by_byte_is_answered()
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        var frame = WireClient.Encode(new ApiVersionsRequest { ClientSoftwareName = "spec", ClientSoftwareVersion = "1" }, 3, 77);
        foreach (var b in frame)
            await client.SendRawAsync(new[] { b });
        var (id, response) = await client.ReceiveAsync<ApiVersionsResponse>(ApiKey.ApiVersions, 3);
        Assert.Equal(77, id);
        Assert.Contains(response.ApiKeys, a => a.ApiKey == (short)ApiKey.ListOffsets && a.MinVersion == 1 && a.MaxVersion == 7);
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(30_000)]
    [InlineData(1_100_000)]
    [InlineData(9_000_000)]
    public async Task Frame_of_any_size_arrives_whole(int topicsTimes10Bytes)
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        var request = new ListOffsetsRequest();
        for (var i = 0; i < topicsTimes10Bytes / 10; i++)
            request.Topics.Add(new() { Name = (1000 + i % 1000).ToString() });
        var sending = client.SendAsync(request, 1);
        var held = await gateway.Held.NextAsync();
        await sending;
        Assert.Equal(request.Topics.Select(t => t.Name), held.Request.Topics.Select(t => t.Name));
        Assert.Equal(0, gateway.Server.RequestBytes);
        held.Complete();
        await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 1);
    }

    [Fact]
    public async Task Window_bounds_the_requests_in_work()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { RequestsInFlightMax = 4 });
        using var client = await gateway.ConnectAsync();
        for (var i = 0; i < 10; i++)
            await client.SendAsync(new ListOffsetsRequest(), 7);
        var held = new List<HeldHandler.Held>();
        for (var i = 0; i < 4; i++)
            held.Add(await gateway.Held.NextAsync());
        // A second connection's request comes through behind it: what the first may have in work is in work by then.
        using var other = await gateway.ConnectAsync();
        await other.SendAsync(new ListOffsetsRequest(), 7);
        var others = await gateway.Held.NextAsync();
        Assert.NotEqual(held[0].Context.ConnectionId, others.Context.ConnectionId);
        Assert.Equal(0, gateway.Held.Count);
        held[0].Complete();
        Assert.Equal(held[0].Context.ConnectionId, (await gateway.Held.NextAsync()).Context.ConnectionId);
    }

    [Fact]
    public async Task Client_that_never_reads_is_not_read_and_then_cut_off()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { RequestsInFlightMax = 2, ResponseBytesPendingMax = 1_000_000, SendBufferBytes = 64 * 1024 });
        using var client = await gateway.ConnectAsync(receiveBufferBytes: 16 * 1024);
        for (var i = 0; i < 50; i++)
            await client.SendAsync(new ListOffsetsRequest(), 7);
        var taken = 0;
        // Each answer is a megabyte: of the fifty only those are begun that fit socket buffers and window.
        while (taken < 50)
        {
            (await gateway.Held.NextAsync()).Complete(topics: 1000);
            taken++;
            if (taken >= 2 && !SpinWait.SpinUntil(() => gateway.Held.Count > 0, TimeSpan.FromMilliseconds(300)))
                break;
        }
        Assert.InRange(taken, 2, 10);
        GatewayTestContext.Eventually(() =>
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(32));
            return gateway.Server.Counters.Open == 0;
        });
        Assert.Contains("taken nothing", Assert.Single(gateway.Log.Warnings));
    }

    [Fact]
    public async Task Silent_connection_is_closed_after_its_time_and_a_busy_one_is_not()
    {
        await using var gateway = new GatewayTestContext();
        using var silent = await gateway.ConnectAsync();
        using var busy = await gateway.ConnectAsync();
        await busy.SendAsync(new ListOffsetsRequest(), 7);
        var held = await gateway.Held.NextAsync();
        GatewayTestContext.Eventually(() => gateway.Server.Counters.Open == 2);
        gateway.Time.Advance(TimeSpan.FromMinutes(10.1));
        Assert.Equal(0, await silent.ReadToEndAsync());
        held.Complete();
        await busy.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7);
        Assert.Empty(gateway.Log.Warnings);
    }

    [Fact]
    public async Task Throttled_connection_is_answered_at_once_and_read_again_later()
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(new ListOffsetsRequest(), 7);
        (await gateway.Held.NextAsync()).Complete(throttleTimeMs: 1000);
        await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7);
        // The receive that was under way when the connection was muted still takes one request; the next one waits.
        await client.SendAsync(new ListOffsetsRequest(), 7);
        (await gateway.Held.NextAsync()).Complete();
        await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7);
        GatewayTestContext.Eventually(() => gateway.Server.Wheel.Count == 1);
        await client.SendAsync(new ListOffsetsRequest(), 7);
        gateway.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, gateway.Held.Count);
        gateway.Time.Advance(TimeSpan.FromMilliseconds(520));
        (await gateway.Held.NextAsync()).Complete();
        await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7);
    }

    [Fact]
    public async Task Closing_tells_the_handlers()
    {
        await using var gateway = new GatewayTestContext();
        var client = await gateway.ConnectAsync();
        await client.SendAsync(new ListOffsetsRequest(), 7);
        var held = await gateway.Held.NextAsync();
        client.Dispose();
        var cancelled = new TaskCompletionSource();
        held.Closed.Register(() => cancelled.TrySetResult());
        await cancelled.Task;
        held.Complete();
        Assert.Empty(gateway.Log.Errors);
    }

    [Fact]
    public async Task Handler_that_throws_costs_its_connection_and_one_line()
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        using var other = await gateway.ConnectAsync();
        await client.SendAsync(new ListOffsetsRequest(), 7);
        (await gateway.Held.NextAsync()).Answer.SetException(new InvalidOperationException("on purpose"));
        Assert.Null(await client.ReceiveFrameAsync());
        Assert.Single(gateway.Log.Errors);
        await other.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Stopping_amid_a_request_answers_those_before_it(int partBytes)
    {
        var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        var id = await client.SendAsync(new ListOffsetsRequest(), 7);
        var held = await gateway.Held.NextAsync();
        var part = new byte[partBytes];
        part[1] = 8;
        await client.SendRawAsync(part);
        var stopping = gateway.Server.StopAsync(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<SocketException>(() => gateway.ConnectAsync());
        held.Complete();
        Assert.Equal(id, (await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7)).CorrelationId);
        Assert.Equal(0, await client.ReadToEndAsync());
        await stopping;
        Assert.Empty(gateway.Log.Warnings);
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_answers_what_was_asked_and_takes_nothing_more()
    {
        var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        var id = await client.SendAsync(new ListOffsetsRequest(), 7);
        var held = await gateway.Held.NextAsync();
        var stopping = gateway.Server.StopAsync(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<SocketException>(() => gateway.ConnectAsync());
        Assert.False(stopping.IsCompleted);
        held.Complete();
        Assert.Equal(id, (await client.ReceiveAsync<ListOffsetsResponse>(ApiKey.ListOffsets, 7)).CorrelationId);
        Assert.Equal(0, await client.ReadToEndAsync());
        await stopping;
        await gateway.DisposeAsync();
    }

    private sealed class CountingMetadataHandler : RequestHandler<MetadataRequest, MetadataResponse>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override (short Min, short Max) Versions => (0, 13);

        public override ValueTask<MetadataResponse> HandleAsync(MetadataRequest request, RequestContext context, CancellationToken connectionClosed)
        {
            Interlocked.Increment(ref _count);
            return new(new MetadataResponse());
        }
    }
}
