using System.Globalization;
using System.Text.Json;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>Quotas of clients, set by an operator and felt by a stock client.</summary>
[Collection(OneNode.Name)]
public sealed class QuotaSpec(OneNode node)
{
    /// <summary>Produces for so many seconds as fast as it may and tells how often, and for how long at most, the broker has held it back.</summary>
    private const string Producer = """
        import sys, time
        from confluent_kafka import Producer
        throttled = []
        producer = Producer({"bootstrap.servers": sys.argv[1], "client.id": sys.argv[2], "throttle_cb": lambda e: throttled.append(e.throttle_time), "linger.ms": 5})
        end = time.monotonic() + float(sys.argv[4])
        while time.monotonic() < end:
            try:
                producer.produce(sys.argv[3], b"x" * 1000)
            except BufferError:
                producer.poll(0.1)
            producer.poll(0)
        producer.purge()
        producer.flush(60)
        print(len(throttled), max(throttled, default=0))
        """;

    [Fact]
    public async Task Quotas_are_set_shown_and_taken_away()
    {
        Assert.Contains("Nothing is changed.", await node.OutputAsync("config", "set-quota", "-i", "billing", "-q", "producer_byte_rate=1MiB"));
        Assert.Empty(Of(await node.JsonAsync("config", "quotas"), "billing"));

        await node.OutputAsync("config", "set-quota", "-i", "billing", "-q", "producer_byte_rate=1MiB", "-q", "request_percentage=25.5", "--execute");
        Assert.Equal(["producer_byte_rate 1048576", "request_percentage 25.5"], Of(await node.JsonAsync("config", "quotas"), "billing"));
        var held = await node.JsonAsync("config", "quotas", "--client", "billing");
        Assert.Equal("client", Quota(held, "producer_byte_rate").GetProperty("source").GetString());
        Assert.Equal("none: no limit", Quota(held, "consumer_byte_rate").GetProperty("source").GetString());
        Assert.Contains("billing", await node.OutputAsync("cluster", "names", "client"));

        await node.OutputAsync("config", "set-quota", "--client", "billing", "-u", "producer_byte_rate", "-u", "request_percentage", "--execute");
        Assert.Empty(Of(await node.JsonAsync("config", "quotas"), "billing"));
        Assert.Contains("'speed' is no quota of clients here; allowed: consumer_byte_rate", await node.ErrorAsync(1, "config", "set-quota", "-i", "a", "-q", "speed=1"));
        Assert.Contains("allowed: above 0", await node.ErrorAsync(1, "config", "set-quota", "-i", "a", "-q", "producer_byte_rate=0"));
        Assert.Contains("Allowed: one of --client ID, --others.", await node.ErrorAsync(1, "config", "set-quota", "-q", "producer_byte_rate=1"));
    }

    [SkippableTheory]
    [InlineData("producer_byte_rate=100000")]
    [InlineData("request_percentage=0.1")]
    public async Task A_stock_client_is_held_back_by_its_quota_and_told_so_until_it_is_taken_away(string quota)
    {
        Skip.IfNot((await Tool.RunAsync("/usr/bin/python3", "-c", "import confluent_kafka")).ExitCode == 0, "confluent_kafka is not installed");
        var client = $"held by {quota.Split('=')[0]}";
        await node.PbmAsync("topic", "create", "held");
        await node.OutputAsync("config", "set-quota", "--client", client, "-q", quota, "--execute");

        var (count, longest) = await ProduceAsync(client, 3);
        Assert.True(count > 0 && longest is > 0.05 and <= 2, $"{count} times, {longest} s");
        Assert.Equal((0, 0), await ProduceAsync("somebody else", 1));

        await node.OutputAsync("config", "set-quota", "--client", client, "-u", quota.Split('=')[0], "--execute");
        Assert.Equal((0, 0), await ProduceAsync(client, 1));
    }

    private async Task<(int Count, double Longest)> ProduceAsync(string client, int seconds)
    {
        var said = (await Tool.RunAsync("/usr/bin/python3", "-c", Producer, node.Bootstrap, client, "held", seconds.ToString(CultureInfo.InvariantCulture))).MustSucceed().Lines[^1].Split(' ');
        return (int.Parse(said[0], CultureInfo.InvariantCulture), double.Parse(said[1], CultureInfo.InvariantCulture));
    }

    private static IEnumerable<string> Of(JsonElement quotas, string client) =>
        quotas.EnumerateArray().Where(q => q.GetProperty("client").GetString() == client)
            .Select(q => $"{q.GetProperty("quota").GetString()} {q.GetProperty("value").GetDouble().ToString(CultureInfo.InvariantCulture)}");

    private static JsonElement Quota(JsonElement quotas, string name) => quotas.EnumerateArray().Single(q => q.GetProperty("quota").GetString() == name);
}
