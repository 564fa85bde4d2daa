using System.Net;
using System.Net.Sockets;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Listeners and what a stranger may send.</summary>
public sealed class GatewayServerSpec
{
    [Fact]
    public async Task Port_that_is_taken_is_told_by_name_and_nothing_stays_bound()
    {
        await using var first = new GatewayTestContext();
        var free = new ListenerOptions("A", new IPEndPoint(IPAddress.Loopback, 0));
        var taken = new ListenerOptions("B", first.Endpoint);
        var refusal = Assert.Throws<ListenerBindException>(
            () => GatewayServer.Bind([free, taken], new ConnectionLimits(), first.Time, first.Log));
        Assert.Equal(SocketError.AddressAlreadyInUse, refusal.Error);
        Assert.Equal("B", refusal.Listener);
        Assert.Contains($"{first.Endpoint}: the port is in use", refusal.Message);
    }

    [Fact]
    public async Task Address_of_another_machine_is_refused()
    {
        await using var context = new GatewayTestContext();
        var foreign = new ListenerOptions("A", new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0));
        var refusal = Assert.Throws<ListenerBindException>(() => GatewayServer.Bind([foreign], new ConnectionLimits(), context.Time, context.Log));
        Assert.Equal(SocketError.AddressNotAvailable, refusal.Error);
    }

    [Fact]
    public async Task Port_can_be_bound_again_after_a_stop()
    {
        var first = new GatewayTestContext();
        using (var client = await first.ConnectAsync())
            await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        await first.DisposeAsync();
        await using var again = GatewayServer.Bind([new ListenerOptions("A", first.Endpoint)], new ConnectionLimits(), first.Time, first.Log);
        Assert.Equal(first.Endpoint, again.Listeners[0].Endpoint);
    }

    [Fact]
    public async Task Clients_are_turned_away_while_brokers_alone_are_served_and_get_through_afterwards()
    {
        await using var gateway = new GatewayTestContext();
        var handlers = new HandlerTable([new ApiVersionsHandler(gateway.Metadata), gateway.Held]);
        using var early = await gateway.ConnectAsync();
        await early.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        gateway.Server.ServeBrokers(handlers);
        Assert.Null(await early.ReceiveFrameAsync());

        using var client = await gateway.ConnectAsync();
        await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        await client.SendAsync(new ListOffsetsRequest(), 7);
        Assert.Null(await client.ReceiveFrameAsync());

        using var broker = await gateway.ConnectAsync();
        await broker.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        gateway.Server.Serve(handlers);
        await broker.SendAsync(new ListOffsetsRequest(), 7);
        (await gateway.Held.NextAsync()).Complete();
        Assert.NotNull(await broker.ReceiveFrameAsync());
        Assert.Empty(gateway.Log.Warnings);
    }

    [Fact]
    public async Task Client_of_a_node_that_has_nothing_for_clients_yet_learns_of_no_versions()
    {
        await using var gateway = new GatewayTestContext();
        gateway.Server.ServeBrokers(new HandlerTable([new ApiVersionsHandler(gateway.Metadata, isForBrokersAlone: true)]));

        using var client = await gateway.ConnectAsync();
        await client.SendAsync(new ApiVersionsRequest { ClientSoftwareName = "librdkafka", ClientSoftwareVersion = "2.0.2" }, 3);
        Assert.Null(await client.ReceiveFrameAsync());

        using var broker = await gateway.ConnectAsync();
        var known = await broker.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(
            new ApiVersionsRequest { ClientSoftwareName = "akka-broker", ClientSoftwareVersion = "1" }, 3);
        Assert.Single(known.ApiKeys);
        Assert.Empty(gateway.Log.Warnings);
    }

    [Fact]
    public async Task Api_versions_newer_than_ours_is_answered_in_version_0()
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        // Key 18, version 99, correlation id 5, and a header that nobody can know.
        await client.SendRawAsync(new byte[] { 0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 5, 255, 1, 2 });
        var (id, response) = await client.ReceiveAsync<ApiVersionsResponse>(ApiKey.ApiVersions, 0);
        Assert.Equal(5, id);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        var range = Assert.Single(response.ApiKeys);
        Assert.Equal(((short)18, (short)0, (short)4), (range.ApiKey, range.MinVersion, range.MaxVersion));
        Assert.Equal(ErrorCode.None, (await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 2)).ErrorCode);
    }

    [Fact]
    public async Task Software_name_that_is_no_name_is_refused()
    {
        await using var gateway = new GatewayTestContext();
        using var client = await gateway.ConnectAsync();
        var request = new ApiVersionsRequest { ClientSoftwareName = "a b", ClientSoftwareVersion = "1" };
        Assert.Equal(ErrorCode.InvalidRequest, (await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(request, 3)).ErrorCode);
    }

    [Theory]
    [InlineData("000000080055000000000001", "API 85")]
    [InlineData("00000008FFFF000000000001", "API -1")]
    [InlineData("0000000A000200630000000100FF", "version 99 of ListOffsets")]
    [InlineData("7FFFFFFF", "claims 2147483647 bytes")]
    [InlineData("FFFFFFFF", "claims -1 bytes")]
    [InlineData("00000000", "claims 0 bytes")]
    [InlineData("06400001", "claims 104857601 bytes")]
    [InlineData("0000000E00120000000000010004616263", "")]
    [InlineData("474554202F20485454502F312E310D0A", "claims 1195725856 bytes")]
    public async Task Nonsense_costs_its_connection_and_one_line(string hex, string reason)
    {
        await using var gateway = new GatewayTestContext();
        using var good = await gateway.ConnectAsync();
        await good.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        using var bad = await gateway.ConnectAsync();
        await bad.SendRawAsync(Convert.FromHexString(hex));
        bad.EndSending();
        Assert.Equal(0, await bad.ReadToEndAsync());
        Assert.Contains(reason, Assert.Single(gateway.Log.Warnings));
        Assert.Equal(0, gateway.Server.RequestBytes);
        Assert.Equal(1, gateway.Server.Counters.Open);
        await good.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
    }

    [Fact]
    public async Task Connection_over_the_limit_is_closed_and_the_others_live()
    {
        await using var gateway = new GatewayTestContext(new ConnectionLimits { ConnectionsMax = 2 });
        using var first = await gateway.ConnectAsync();
        using var second = await gateway.ConnectAsync();
        await first.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        await second.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        using var third = await gateway.ConnectAsync();
        Assert.Equal(0, await third.ReadToEndAsync());
        Assert.Contains("max.connections", Assert.Single(gateway.Log.Warnings));
        await first.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
    }

    [Fact]
    public async Task Flood_of_nonsense_is_summed_up_in_the_log()
    {
        await using var gateway = new GatewayTestContext();
        for (var i = 0; i < 50; i++)
        {
            using var bad = await gateway.ConnectAsync();
            await bad.SendRawAsync(new byte[] { 255, 255, 255, 255 });
            Assert.Equal(0, await bad.ReadToEndAsync());
        }
        GatewayTestContext.Eventually(() => gateway.Server.Counters.Failures == 50);
        gateway.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(21, gateway.Log.Warnings.Count);
        Assert.StartsWith("30 more", gateway.Log.Warnings.Last());
    }
}
