using System.Net;
using System.Net.Sockets;
using Akka.Broker.Connections;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Interbroker;

/// <summary>Requests from broker to broker, over loopback.</summary>
public sealed class BrokerConnectionSpec : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly GatewayTestContext _other = new(null, new EchoHandler());
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Requests_are_pipelined_and_answered_each_with_its_own()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        var first = AskAsync(connection, "a");
        var second = AskAsync(connection, "b");
        var held = await _other.Held.NextAsync();
        var behind = await _other.Held.NextAsync();
        behind.Complete(topics: 2);
        held.Complete(topics: 1);
        using var one = await first;
        using var two = await second;
        Assert.Single(one.Message.Topics);
        Assert.Equal(2, two.Message.Topics.Count);
        Assert.Equal("broker-7-spec", held.Context.ClientId);
        Assert.True(held.Context.IsInterBroker);
        Assert.Equal(1, _other.Server.Counters.Open);
    }

    [Fact]
    public async Task Highest_version_that_both_know_is_spoken_and_the_caller_may_lower_it()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        var asked = AskAsync(connection, "a");
        var held = await _other.Held.NextAsync();
        held.Complete();
        using var highest = await asked;
        Assert.Equal((7, (short)7), (held.Context.ApiVersion, highest.Version));
        asked = connection.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(Request("a"), Second, versionMax: 3);
        held = await _other.Held.NextAsync();
        held.Complete();
        using var lower = await asked;
        Assert.Equal((3, (short)3), (held.Context.ApiVersion, lower.Version));
    }

    [Fact]
    public async Task Records_of_a_response_are_slices_of_its_array_until_it_is_disposed()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        foreach (var size in new[] { 0, 10, 5000, 3_000_000 })
        {
            using var response = await connection.AskAsync<FetchSnapshotRequest, FetchSnapshotResponse>(new FetchSnapshotRequest { MaxBytes = size }, Second);
            var records = Assert.IsType<MemoryRecords>(response.Message.Topics[0].Partitions[0].UnalignedRecords);
            Assert.Equal(size, records.SizeInBytes);
            Assert.True(records.Memory.Span.IndexOfAnyExcept((byte)size) < 0);
        }
    }

    [Fact]
    public async Task What_the_other_broker_keeps_for_brokers_is_not_served_on_its_other_listeners()
    {
        using var connection = Open(_other.Endpoint);
        var refusal = await Assert.ThrowsAsync<UnsupportedByBrokerException>(
            () => connection.AskAsync<FetchSnapshotRequest, FetchSnapshotResponse>(new FetchSnapshotRequest(), Second));
        Assert.Equal(ApiKey.FetchSnapshot, refusal.ApiKey);
        Assert.Contains("inter-broker-listener", refusal.Message);
    }

    [Fact]
    public async Task Who_asks_for_it_there_nevertheless_is_cut_off()
    {
        using var stranger = await _other.ConnectAsync();
        await stranger.SendAsync(new FetchSnapshotRequest(), 1);
        Assert.Equal(0, await stranger.ReadToEndAsync());
        Assert.Contains("not served on listener PLAINTEXT", Assert.Single(_other.Log.Warnings));
    }

    [Fact]
    public async Task Request_without_an_answer_in_its_time_fails_all_that_wait_and_the_next_one_connects_anew()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        var early = connection.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(Request("a"), TimeSpan.FromSeconds(30));
        var late = connection.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(Request("b"), Second);
        await _other.Held.NextAsync();
        await _other.Held.NextAsync();
        _time.Advance(Second + TimeSpan.FromMilliseconds(1));
        Assert.Contains("not answered in time", (await Assert.ThrowsAsync<BrokerConnectionException>(() => late)).Message);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => early);
        var again = AskAsync(connection, "c");
        (await _other.Held.NextAsync()).Complete();
        using var answered = await again;
        Assert.Equal(2, _other.Server.Counters.Accepted);
    }

    [Fact]
    public async Task Request_that_is_given_up_leaves_the_connection_to_the_others()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        using var cancelling = new CancellationTokenSource();
        var givenUp = connection.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(Request("a"), Second, cancelled: cancelling.Token);
        var held = await _other.Held.NextAsync();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        var other = AskAsync(connection, "b");
        held.Complete(topics: 3);
        (await _other.Held.NextAsync()).Complete(topics: 1);
        using var answer = await other;
        Assert.Single(answer.Message.Topics);
        Assert.Equal(1, _other.Server.Counters.Accepted);
    }

    [Fact]
    public async Task Requests_beyond_the_bound_wait_for_room()
    {
        using var connection = Open(_other.InterBrokerEndpoint, inFlightMax: 2);
        var first = AskAsync(connection, "a");
        var second = AskAsync(connection, "b");
        var held = new[] { await _other.Held.NextAsync(), await _other.Held.NextAsync() };
        var third = AskAsync(connection, "c");
        Assert.Equal(0, _other.Held.Count);
        held[0].Complete();
        (await first).Dispose();
        held[1].Complete();
        (await second).Dispose();
        (await _other.Held.NextAsync()).Complete();
        (await third).Dispose();
    }

    [Fact]
    public async Task Broker_that_goes_away_fails_what_waits()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        var asked = AskAsync(connection, "a");
        await _other.Held.NextAsync();
        await _other.Server.StopAsync(TimeSpan.Zero);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => asked);
    }

    [Fact]
    public async Task Broker_that_is_not_there_is_asked_again_only_after_a_pause()
    {
        await _other.Server.StopAsync(TimeSpan.Zero);
        using var connection = Open(_other.InterBrokerEndpoint);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => AskAsync(connection, "a"));
        var paused = AskAsync(connection, "b");
        var alike = AskAsync(connection, "c");
        Assert.False(paused.IsCompleted);
        GatewayTestContext.Eventually(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return paused.IsCompleted && alike.IsCompleted;
        });
        await Assert.ThrowsAsync<BrokerConnectionException>(() => paused);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => alike);
    }

    [Theory]
    [InlineData("485454502F312E3120343030", "claims 1213486160 bytes")]
    [InlineData("0000000400000063", "came in the place of 1")]
    [InlineData("0000000600000001", "the stream ended within a frame")]
    [InlineData("0000000800000001FFFFFFFF", "no answer")]
    public async Task Nonsense_is_no_answer(string hex, string reason)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var connection = Open((IPEndPoint)listener.LocalEndPoint!);
        var asked = AskAsync(connection, "a");
        using (var accepted = await listener.AcceptAsync())
        {
            await accepted.ReceiveAsync(new byte[1000]);
            await accepted.SendAsync(Convert.FromHexString(hex));
            accepted.Shutdown(SocketShutdown.Send);
            Assert.Contains(reason, (await Assert.ThrowsAsync<BrokerConnectionException>(() => asked)).Message);
        }
    }

    [Fact]
    public async Task Disposing_fails_what_waits_and_what_is_asked_later()
    {
        var connection = Open(_other.InterBrokerEndpoint);
        var asked = AskAsync(connection, "a");
        await _other.Held.NextAsync();
        connection.Dispose();
        await Assert.ThrowsAsync<BrokerConnectionException>(() => asked);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => AskAsync(connection, "b"));
        GatewayTestContext.Eventually(() => _other.Server.Counters.Open == 0);
    }

    [Fact]
    public async Task Many_threads_share_a_connection()
    {
        using var connection = Open(_other.InterBrokerEndpoint);
        var askers = Enumerable.Range(0, 8).Select(t => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                var size = (t * 200) + i;
                using var response = await connection.AskAsync<FetchSnapshotRequest, FetchSnapshotResponse>(
                    new FetchSnapshotRequest { MaxBytes = size }, TimeSpan.FromMinutes(1));
                Assert.Equal(size, response.Message.Topics[0].Partitions[0].UnalignedRecords!.SizeInBytes);
            }
        }));
        await Task.WhenAll(askers);
        Assert.Equal(1, _other.Server.Counters.Accepted);
    }

    public ValueTask DisposeAsync() => _other.DisposeAsync();

    private IBrokerConnection Open(IPEndPoint endpoint, int inFlightMax = 32) =>
        new BrokerConnections(new BrokerConnectionOptions { ClientId = "broker-7", InFlightMax = inFlightMax, UnsupportedHint = "Is it the inter-broker-listener?" }, _time, new Random(1))
            .Open(new BrokerAddress(endpoint.Address.ToString(), endpoint.Port), "spec");

    private static Task<BrokerResponse<ListOffsetsResponse>> AskAsync(IBrokerConnection connection, string topic) =>
        connection.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(Request(topic), Second);

    private static ListOffsetsRequest Request(string topic) => new() { Topics = [new() { Name = topic }] };

    /// <summary>Answers, brokers alone, with as many bytes as are asked for.</summary>
    private sealed class EchoHandler : RequestHandler<FetchSnapshotRequest, FetchSnapshotResponse>
    {
        public override (short Min, short Max) Versions => (0, 1);

        public override bool IsInterBrokerOnly => true;

        public override ValueTask<FetchSnapshotResponse> HandleAsync(FetchSnapshotRequest request, RequestContext context, CancellationToken connectionClosed)
        {
            var bytes = new byte[request.MaxBytes];
            bytes.AsSpan().Fill((byte)request.MaxBytes);
            var partition = new FetchSnapshotResponse.PartitionSnapshotResult { UnalignedRecords = new MemoryRecords(bytes) };
            return new(new FetchSnapshotResponse { Topics = [new() { Name = "t", Partitions = [partition] }] });
        }
    }
}
