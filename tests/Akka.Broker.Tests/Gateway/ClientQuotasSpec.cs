using System.Net;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Gateway;

public sealed class ClientQuotasSpec
{
    private readonly ManualTime _time = new();
    private readonly MetadataCache _metadata = new();
    private readonly ClientQuotas _quotas;

    public ClientQuotasSpec() =>
        _quotas = new ClientQuotas(new QuotaOptions(ProducerByteRate: 1000, ConsumerByteRate: long.MaxValue, WindowSeconds: 2), _metadata, _time);

    private static RequestContext By(string? client) => new(9, client, new IPEndPoint(IPAddress.Loopback, 1), "PLAINTEXT", 1);

    private int Produce(long bytes, string? client = "a") => _quotas.BytesThrottleTimeMs(By(client), ApiKey.Produce, bytes);

    private void Alter(string? client, string quota, double? value)
    {
        var record = new ClientQuotaRecord { Entity = [new() { EntityType = "client-id", EntityName = client }], Key = quota, Value = value ?? 0, Remove = value is null };
        _metadata.Publish(MetadataImageBuilder.Apply(_metadata.Current, [record], _metadata.Current.Offset + 1, 1));
    }

    [Fact]
    public void A_client_within_its_quota_is_not_held_back()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(0, Produce(1000));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_client_that_is_ahead_is_held_back_for_as_long_as_it_is()
    {
        Assert.Equal(0, Produce(2000));
        Assert.Equal(500, Produce(500));

        _time.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal(0, Produce(0));
        Assert.Equal(100, Produce(100));
    }

    [Fact]
    public void Nobody_is_held_back_for_longer_than_a_window()
    {
        Assert.Equal(2000, Produce(1_000_000));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(0, Produce(1000));
    }

    [Fact]
    public void Each_client_and_direction_has_a_quota_of_its_own()
    {
        Assert.True(Produce(5000) > 0);

        Assert.Equal(0, Produce(1000, "b"));
        Assert.Equal(0, Produce(1000, client: null));
        Assert.Equal(0, _quotas.BytesThrottleTimeMs(By("a"), ApiKey.Fetch, 1_000_000));
    }

    [Fact]
    public void A_quota_that_is_altered_holds_from_the_next_request_on()
    {
        Assert.Equal(0, Produce(2000));
        Alter("a", "producer_byte_rate", 10_000);
        Assert.Equal(100, Produce(1000));
        Assert.Equal(500, Produce(2500, "b"));

        Alter("a", "producer_byte_rate", null);
        Alter(null, "producer_byte_rate", 4000);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Produce(8000));
        Assert.Equal(250, Produce(1000));
    }

    [Fact]
    public void A_client_whose_requests_take_too_much_time_is_held_back_until_they_have_not()
    {
        _quotas.OnHandled(By("a"), TimeSpan.FromHours(1));
        Assert.False(_quotas.CountsTime);
        Assert.Equal(0, _quotas.TimeThrottleTimeMs(By("a")));

        Alter(null, "request_percentage", 10);
        Assert.True(_quotas.CountsTime);
        _quotas.OnHandled(By("a"), TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, _quotas.TimeThrottleTimeMs(By("a")));
        _quotas.OnHandled(By("a"), TimeSpan.FromMilliseconds(50));
        Assert.Equal(500, _quotas.TimeThrottleTimeMs(By("a")));
        Assert.Equal(0, _quotas.TimeThrottleTimeMs(By("b")));

        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, _quotas.TimeThrottleTimeMs(By("a")));
        Alter(null, "request_percentage", null);
        Assert.False(_quotas.CountsTime);
    }

    [Fact]
    public async Task Every_response_tells_a_client_whose_requests_took_too_long_for_how_long_it_is_not_read()
    {
        Alter("spec", "request_percentage", 1);
        _quotas.OnHandled(By("spec"), TimeSpan.FromMilliseconds(25));
        var watch = new GatewayWatch { Quota = _quotas };
        await using var server = GatewayServer.Bind([new("PLAINTEXT", new IPEndPoint(IPAddress.Loopback, 0))], new ConnectionLimits(), _time, new MemoryGatewayLog(), watch);
        server.Serve(new HandlerTable([new ApiVersionsHandler(_metadata)]));
        using var client = await WireClient.ConnectAsync(server.Listeners[0].Endpoint);

        Assert.Equal(500, (await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 2)).ThrottleTimeMs);
    }

    [Fact]
    public async Task A_connection_too_many_of_one_address_is_turned_away_and_another_comes_in_when_one_has_gone()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { ConnectionsPerIpMax = 2 });
        using var first = await gateway.ConnectAsync();
        var second = await gateway.ConnectAsync();
        GatewayTestContext.Eventually(() => gateway.Server.Counters.Open == 2);

        using var third = await gateway.ConnectAsync();
        // It is told of before it is closed.
        Assert.Equal(0, await third.ReadToEndAsync());
        Assert.Equal(1, gateway.Server.Counters.RefusedPerIp);
        Assert.Contains("max.connections.per.ip", Assert.Single(gateway.Log.Warnings));

        second.Dispose();
        GatewayTestContext.Eventually(() => !gateway.Server.Connections.Skip(1).Any());
        GatewayTestContext.Eventually(() =>
        {
            using var again = gateway.ConnectAsync().GetAwaiter().GetResult();
            return gateway.Server.Counters.Accepted == 3 || SpinWait.SpinUntil(() => gateway.Server.Counters.Accepted == 3, 50);
        });
    }
}
