using System.Net.Http.Json;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The samples do what they say, as processes of their own against a real broker, and are short.</summary>
public sealed class SamplesSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    [Fact]
    public void Each_sample_fits_a_screen()
    {
        var programs = Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Samples"), "Program.cs", SearchOption.AllDirectories);

        Assert.Equal(4, programs.Length);
        Assert.All(programs, program => Assert.InRange(File.ReadLines(program).Count(), 1, 59));
    }

    [Fact]
    public async Task Actors_greet_each_other_over_a_topic()
    {
        await MakeAsync("greetings", 1);
        await using var sample = Start("Actors", broker.Bootstrap);

        var end = (await sample.EndAsync()).MustSucceed();

        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"heard hello {i}"), end.Lines.Where(line => line.StartsWith("heard", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_the_web_takes_the_worker_gets()
    {
        await MakeAsync("orders", 1);
        var address = $"http://127.0.0.1:{FreePorts.Tcp()}";
        await using var worker = Start("Worker", "--Broker", broker.Bootstrap);
        await using var web = Start("Web", "--Broker", broker.Bootstrap, "--urls", address);
        await web.LineAsync(line => line.Contains($"Now listening on: {address}", StringComparison.Ordinal));

        using var http = new HttpClient();
        var answer = await http.PostAsJsonAsync($"{address}/orders", new { customer = "ada", total = 12.5 });

        Assert.Equal("""{"partition":0,"offset":0}""", await answer.Content.ReadAsStringAsync());
        Assert.Contains("Billed ada 12.5 (orders-0@0)", await worker.LineAsync(line => line.Contains("Billed", StringComparison.Ordinal)));
        foreach (var sample in new[] { worker, web })
        {
            await sample.SignalAsync("TERM");
            (await sample.EndAsync()).MustSucceed();
        }

        await using var app = new SdkApplication(broker.Bootstrap);
        var committed = await app.Client.Admin.ListConsumerGroupOffsetsAsync("billing").OrThrow();
        Assert.Equal(1, Assert.Single(committed).Value!.Offset);
    }

    [Fact]
    public async Task Keys_keep_their_order_and_what_cannot_be_handled_is_put_aside()
    {
        await MakeAsync("steps", 2);
        await MakeAsync("steps-dead", 1);
        await using var sample = Start("Ordered", broker.Bootstrap);

        var end = (await sample.EndAsync()).MustSucceed();

        Assert.DoesNotContain(end.Lines, line => line.Contains("out of order", StringComparison.Ordinal));
        Assert.Equal(299, end.Lines.Count(line => line.StartsWith("key-", StringComparison.Ordinal)));
        Assert.Contains("dead: key-2 42 after 3 attempts: 42 is no step", end.Lines);
    }

    private async Task MakeAsync(string topic, int partitions)
    {
        await using var app = new SdkApplication(broker.Bootstrap);
        await app.Client.Admin.CreateTopicsAsync([new NewTopic(topic, partitions, 1)]).OrThrow();
    }

    private static Tool Start(string sample, params string[] arguments) => Tool.Start(
        "dotnet", [Path.Combine(Repository.Root, "tests", "Samples", sample, "bin", Repository.Configuration, "net10.0", $"{sample}.dll"), .. arguments]);
}
