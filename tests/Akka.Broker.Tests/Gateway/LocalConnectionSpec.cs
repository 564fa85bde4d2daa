using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Clients in the broker's own process: the same handlers, without a socket.</summary>
public sealed class LocalConnectionSpec : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly GatewayTestContext _broker = new();
    private readonly BrokerAddress _address;
    private readonly IBrokerConnection _connection;

    public LocalConnectionSpec()
    {
        _address = new BrokerAddress("127.0.0.1", _broker.Endpoint.Port);
        _broker.Server.ServeLocally("PLAINTEXT", _address);
        _connection = Connections(isLocal: true).Open(_address, "spec");
    }

    [Fact]
    public async Task Requests_are_begun_in_their_order_and_answered_when_they_are_done_without_a_socket()
    {
        var first = AskAsync();
        var firstHeld = await _broker.Held.NextAsync();
        var second = AskAsync();
        var secondHeld = await _broker.Held.NextAsync();
        secondHeld.Complete(topics: 2);
        using var two = await second;
        Assert.False(first.IsCompleted);
        firstHeld.Complete(topics: 1);
        using var one = await first;

        Assert.Single(one.Message.Topics);
        Assert.Equal(2, two.Message.Topics.Count);
        Assert.Equal(("app-spec", "PLAINTEXT", false), (firstHeld.Context.ClientId, firstHeld.Context.Listener, firstHeld.Context.IsInterBroker));
        Assert.Equal(7, firstHeld.Context.ApiVersion);
        Assert.Equal(0, _broker.Server.Counters.Open);
        Assert.Equal(1, _broker.Server.LocalConnections);
        Assert.Equal(0, _broker.Server.RequestBytes);
    }

    [Fact]
    public async Task A_client_whose_transport_is_tcp_dials_although_the_broker_is_in_its_process()
    {
        using var dialling = Connections(isLocal: false).Open(_address, "spec");
        var asked = AskAsync(dialling);
        (await _broker.Held.NextAsync()).Complete();
        (await asked).Dispose();

        Assert.Equal(1, _broker.Server.Counters.Open);
        Assert.Equal(0, _broker.Server.LocalConnections);
    }

    [Fact]
    public async Task A_broker_of_another_process_is_dialled()
    {
        await using var other = new GatewayTestContext();
        using var dialling = Connections(isLocal: true).Open(new BrokerAddress("127.0.0.1", other.Endpoint.Port), "spec");
        var asked = AskAsync(dialling);
        (await other.Held.NextAsync()).Complete();
        (await asked).Dispose();

        Assert.Equal(1, other.Server.Counters.Open);
    }

    [Fact]
    public async Task A_throttled_client_begins_no_request_before_its_time()
    {
        var first = AskAsync();
        (await _broker.Held.NextAsync()).Complete(throttleTimeMs: 500);
        (await first).Dispose();
        var second = AskAsync();
        var held = _broker.Held.NextAsync().AsTask();
        _broker.Time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.False(held.IsCompleted);

        while (!held.IsCompleted)
            _broker.Time.Advance(TimeSpan.FromMilliseconds(50));
        (await held).Complete();
        (await second).Dispose();
    }

    [Fact]
    public async Task A_request_whose_handler_fails_costs_the_connection_and_the_next_request_gets_another()
    {
        var first = AskAsync();
        (await _broker.Held.NextAsync()).Answer.SetException(new InvalidDataException("as the spec wants it"));
        await Assert.ThrowsAsync<BrokerConnectionException>(() => first);
        Assert.Single(_broker.Log.Errors);

        var second = AskAsync();
        (await _broker.Held.NextAsync()).Complete(topics: 3);
        using var answer = await second;
        Assert.Equal(3, answer.Message.Topics.Count);
    }

    [Fact]
    public async Task What_is_unanswered_when_the_broker_stops_fails_and_who_comes_later_finds_no_door()
    {
        var asked = AskAsync();
        var held = await _broker.Held.NextAsync();
        await _broker.Server.StopAsync(TimeSpan.Zero);
        Assert.True(held.Closed.IsCancellationRequested);
        held.Answer.SetCanceled(held.Closed);

        await Assert.ThrowsAsync<BrokerConnectionException>(() => asked);
        Assert.Null(LocalListeners.Find(_address));
        await Assert.ThrowsAsync<BrokerConnectionException>(() => AskAsync());
        Assert.Equal(0, _broker.Server.LocalConnections);
    }

    [Fact]
    public async Task A_request_that_is_not_answered_in_time_gives_the_connection_up()
    {
        var late = await Assert.ThrowsAsync<BrokerConnectionException>(() => AskAsync(timeout: TimeSpan.FromMilliseconds(1)));
        Assert.Contains("not answered in time", late.Message);
        GatewayTestContext.Eventually(() => _broker.Server.LocalConnections == 0);
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _broker.DisposeAsync();
    }

    private static BrokerConnections Connections(bool isLocal) =>
        new(new BrokerConnectionOptions { ClientId = "app", UsesLocalListeners = isLocal }, TimeProvider.System, new Random(1));

    private Task<BrokerResponse<ListOffsetsResponse>> AskAsync(IBrokerConnection? connection = null, TimeSpan? timeout = null) =>
        (connection ?? _connection).AskAsync<ListOffsetsRequest, ListOffsetsResponse>(new ListOffsetsRequest(), timeout ?? Patience);
}
