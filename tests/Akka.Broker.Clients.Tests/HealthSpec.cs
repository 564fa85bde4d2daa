using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>Health and figures as a supervisor and a collector meet them.</summary>
public sealed class HealthSpec : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_broker_that_serves_is_healthy_and_ready_and_shows_what_went_through_it()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"));
        (await Tool.RunShellAsync($"seq 1 100 | kcat -b {broker.Bootstrap} -P -t counted")).MustSucceed();

        Assert.Contains("running", await _http.GetStringAsync(new Uri(broker.Http!, "/healthz")));
        using var ready = JsonDocument.Parse(await _http.GetStringAsync(new Uri(broker.Http!, "/readyz")));
        Assert.True(ready.RootElement.GetProperty("ready").GetBoolean());
        Assert.Equal(1, ready.RootElement.GetProperty("leadsPartitions").GetInt32());
        Assert.Empty(ready.RootElement.GetProperty("missing").EnumerateArray());
        using var answer = await _http.GetAsync(new Uri(broker.Http!, "/metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("\nakka_broker_topic_in_records_total{topic=\"counted\"} 100\n", page);
        Assert.Contains("\nakka_broker_log_end_offset{topic=\"counted\",partition=\"0\"} 100\n", page);
        Assert.Contains("\nakka_broker_controller_active 1\n", page);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(new Uri(broker.Http!, "/elsewhere"))).StatusCode);
    }

    [Fact]
    public async Task A_group_that_has_stopped_reading_shows_how_far_it_is_behind()
    {
        await using var broker = await BrokerProcess.StartAsync(
            _folder.File("data"), "akka.broker.group.initial.rebalance.delay.ms=0", "akka.broker.metrics.group-lag.interval.ms=100");
        (await Tool.RunShellAsync($"seq 1 10 | kcat -b {broker.Bootstrap} -P -t read")).MustSucceed();
        (await Tool.RunAsync("kcat", "-b", broker.Bootstrap, "-X", "auto.offset.reset=earliest", "-G", "slow", "read", "-c", "10", "-q")).MustSucceed();
        (await Tool.RunShellAsync($"seq 1 25 | kcat -b {broker.Bootstrap} -P -t read")).MustSucceed();

        await UntilAsync(broker, "akka_broker_group_lag_records{group=\"slow\",topic=\"read\",partition=\"0\"} 25\n");
        await UntilAsync(broker, "akka_broker_group_lag_seconds{group=\"slow\",topic=\"read\",partition=\"0\"}");
    }

    [Fact]
    public async Task A_broker_that_waits_for_others_is_healthy_and_says_why_it_is_not_ready()
    {
        var port = FreePorts.Tcp();
        await using var host = BrokerProcess.Launch(
            _folder.File("data"), 0, $"akka.broker.http.port={port}", "akka.cluster.seed-nodes.0=akka.tcp://broker@127.0.0.1:1", "akka.cluster.seed-nodes.1=akka.tcp://broker@127.0.0.1:2");
        var readyz = new Uri($"http://127.0.0.1:{port}/readyz");

        HttpResponseMessage? answer = null;
        for (var i = 0; i < 600 && answer is null; i++)
        {
            try
            {
                answer = await _http.GetAsync(readyz);
            }
            catch (HttpRequestException)
            {
                Assert.False(host.HasExited, host.Errors);
                await Task.Delay(100);
            }
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer?.StatusCode);
        Assert.Contains("not registered", await answer!.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(new Uri(readyz, "/healthz"))).StatusCode);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_before_anything_is_written()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var host = BrokerProcess.Launch(_folder.File("data"), 0, $"akka.broker.http.port={port}");
        var end = await host.EndAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(2, end.ExitCode);
        Assert.Contains($"'http' cannot listen on 127.0.0.1:{port}", end.Errors);
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact]
    public async Task Nothing_is_served_where_it_is_off()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"), "akka.broker.http.port=off");

        Assert.Null(broker.Http);
        Assert.Equal(0, (await broker.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task Log_lines_are_json_where_that_is_asked_for()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"), "akka.broker.logging.format=json", "akka.loglevel=INFO");
        await broker.StopAsync();

        var lines = broker.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Contains(lines, l => l.TryGetProperty("event", out var name) && name.GetString() == "broker-registered");
    }

    private async Task UntilAsync(BrokerProcess broker, string sample)
    {
        var page = "";
        for (var i = 0; i < 1200 && !page.Contains(sample, StringComparison.Ordinal); i++)
        {
            page = await _http.GetStringAsync(new Uri(broker.Http!, "/metrics"));
            await Task.Delay(50);
        }

        Assert.Contains(sample, page);
    }
}
