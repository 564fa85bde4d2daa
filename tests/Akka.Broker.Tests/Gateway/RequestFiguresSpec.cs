using System.Net;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Tests.Metrics;

namespace Akka.Broker.Tests.Gateway;

public sealed class RequestFiguresSpec : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly HeldHandler _held = new();
    private readonly GatewayServer _server;
    private readonly ExporterTestContext _exporter;

    public RequestFiguresSpec()
    {
        var figures = new RequestFigures(_time);
        _server = GatewayServer.Bind([new("PLAINTEXT", new IPEndPoint(IPAddress.Loopback, 0))], new ConnectionLimits(), _time, new MemoryGatewayLog(), new GatewayWatch { Requests = figures });
        _server.Serve(new HandlerTable([new ApiVersionsHandler(new MetadataCache()), _held]));
        _exporter = new ExporterTestContext(figures);
    }

    public async ValueTask DisposeAsync()
    {
        _exporter.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_request_counts_when_it_is_answered_with_the_time_that_its_handler_took()
    {
        using var client = await WireClient.ConnectAsync(_server.Listeners[0].Endpoint);
        var asking = client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(new ListOffsetsRequest(), 7);
        var held = await _held.NextAsync();
        Assert.Empty(_exporter.Samples());

        _time.Advance(TimeSpan.FromMilliseconds(30));
        held.Complete(throttleTimeMs: 1);
        await asking;

        GatewayTestContext.Eventually(() => _exporter.Samples().Contains("akka_broker_request_duration_seconds_count{api=\"ListOffsets\",phase=\"total\"} 1"));
        var samples = _exporter.Samples();
        Assert.Contains("akka_broker_requests_total{api=\"ListOffsets\"} 1", samples);
        Assert.Contains("akka_broker_requests_throttled_total{api=\"ListOffsets\"} 1", samples);
        Assert.Contains("akka_broker_request_duration_seconds_bucket{api=\"ListOffsets\",phase=\"local\",le=\"0.025\"} 0", samples);
        Assert.Contains("akka_broker_request_duration_seconds_bucket{api=\"ListOffsets\",phase=\"local\",le=\"0.05\"} 1", samples);
        Assert.Contains("akka_broker_request_duration_seconds_sum{api=\"ListOffsets\",phase=\"total\"} 0.03", samples);
        Assert.Contains("akka_broker_request_duration_seconds_sum{api=\"ListOffsets\",phase=\"queue\"} 0", samples);
        Assert.DoesNotContain(samples, s => s.Contains("phase=\"remote\"", StringComparison.Ordinal));
    }
}
