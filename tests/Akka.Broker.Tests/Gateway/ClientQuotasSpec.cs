using System.Net;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

public sealed class ClientQuotasSpec
{
    private readonly ManualTime _time = new();
    private readonly ClientQuotas _quotas;

    public ClientQuotasSpec() => _quotas = new ClientQuotas(new QuotaOptions(ProducerByteRate: 1000, ConsumerByteRate: long.MaxValue, WindowSeconds: 2), _time);

    private int Produce(long bytes, string? client = "a") =>
        _quotas.ThrottleTimeMs(new RequestContext(9, client, new IPEndPoint(IPAddress.Loopback, 1), "PLAINTEXT", 1), ApiKey.Produce, bytes);

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
        var fetch = new RequestContext(12, "a", new IPEndPoint(IPAddress.Loopback, 1), "PLAINTEXT", 1);
        Assert.Equal(0, _quotas.ThrottleTimeMs(fetch, ApiKey.Fetch, 1_000_000));
    }

    [Fact]
    public async Task A_connection_too_many_of_one_address_is_turned_away_and_another_comes_in_when_one_has_gone()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { ConnectionsPerIpMax = 2 });
        using var first = await gateway.ConnectAsync();
        var second = await gateway.ConnectAsync();
        GatewayTestContext.Eventually(() => gateway.Server.Counters.Open == 2);

        using var third = await gateway.ConnectAsync();
        GatewayTestContext.Eventually(() => gateway.Server.Counters.RefusedPerIp == 1);
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
