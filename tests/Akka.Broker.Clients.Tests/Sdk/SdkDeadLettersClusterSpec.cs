using System.Collections.Concurrent;
using Akka.Broker.Client;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>Records that no handler can handle, on three brokers that are killed in turn.</summary>
public sealed class SdkDeadLettersClusterSpec
{
    private const int Partitions = 6;
    private const int Keys = 40;
    private const int AttemptsMax = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<(int Number, int Partition)> _handled = new();
    private readonly ConcurrentDictionary<int, int> _deliveries = new();
    private readonly ConcurrentQueue<ConsumerEvent> _events = new();

    [Fact]
    public async Task Each_poison_record_becomes_a_letter_and_no_other_key_is_skipped_or_disordered_while_every_broker_is_killed()
    {
        await using var cluster = await ThreeBrokers.StartAsync();
        await using var app = new SdkApplication(cluster.Bootstrap);
        await app.Client.Admin.CreateTopicsAsync([new NewTopic("orders", Partitions, 3), new NewTopic("orders-dead", 3, 3)]).OrThrow();
        using var stop = new CancellationTokenSource();
        var producing = SdkNumbers.ProduceAsync(app, "orders", Keys, stop.Token);
        var consumer = app.Consumer("orders");
        consumer.Told += _events.Enqueue;
        await consumer.SubscribeAsync(["orders"]);
        var running = consumer.RunAsync(HandleAsync, new HandlerOptions
        {
            Parallelism = 8,
            Retry = new RetryPolicy { AttemptsMax = AttemptsMax, Delay = TimeSpan.FromMilliseconds(10), DeadLetterTopic = "orders-dead" },
        });
        await ProgressAsync("records are handled and letters written");

        for (var node = 0; node < cluster.Nodes.Count; node++)
        {
            await cluster.Nodes[node].KillAsync();
            await ProgressAsync($"it goes on without node {node + 1}");
            await cluster.Nodes[node].StartAsync();
            await ProgressAsync($"it goes on with node {node + 1} again");
        }
        await stop.CancelAsync();
        var delivered = await producing;
        var poison = Enumerable.Range(0, delivered).Where(IsPoison).ToList();
        await WaitAsync(() => _handled.Select(h => h.Number).Distinct().Count() == delivered - poison.Count, "all that can be is handled");
        await WaitAsync(() => Letters.Distinct().Count() == poison.Count, "all others are letters");
        await consumer.DisposeAsync();
        await running;

        Assert.Equal(Enumerable.Range(0, delivered).Except(poison), _handled.Select(h => h.Number).Distinct().Order());
        foreach (var key in _handled.GroupBy(h => h.Number % Keys, h => h.Number))
            Assert.Equal(key.Distinct().Order(), key.Distinct());
        Assert.DoesNotContain(_events, e => e is ConsumerTroubled { IsFinal: true } or RecordSkipped or LogTruncated);
        await AssertLettersAsync(cluster.Bootstrap, poison);
    }

    private static bool IsPoison(int number) => number % Keys is 5 or 17;

    /// <summary>As the events say: partition and offset of each record that was given up.</summary>
    private IEnumerable<(int Partition, long Offset)> Letters => _events.OfType<RecordDeadLettered>().Select(e => (e.Partition.Partition, e.Offset));

    /// <summary>As kcat reads them.</summary>
    private async Task AssertLettersAsync(string bootstrap, List<int> poison)
    {
        var read = (await Tool.RunAsync("kcat", "-b", bootstrap, "-C", "-t", "orders-dead", "-o", "beginning", "-e", "-q", "-f", "%s %k %h\n")).MustSucceed();
        var letters = read.Lines.Select(line => line.Split(' ', 3)).ToList();
        var numbers = letters.Select(l => int.Parse(l[0])).ToList();
        Assert.Equal(poison, numbers.Distinct().Order());
        // A letter more only where the record itself was delivered once more, to whoever had the partition next.
        Assert.All(numbers.GroupBy(n => n), letter => Assert.InRange(letter.Count(), 1, _deliveries[letter.Key]));
        foreach (var key in numbers.GroupBy(n => n % Keys))
            Assert.Equal(key.Distinct().Order(), key.Distinct());
        Assert.All(letters, letter =>
        {
            Assert.Equal($"key-{int.Parse(letter[0]) % Keys}", letter[1]);
            Assert.Contains($"{DeadLetterHeaders.Topic}=orders", letter[2]);
            Assert.Contains($"{DeadLetterHeaders.Attempts}={AttemptsMax}", letter[2]);
        });
    }

    private Task HandleAsync(ConsumerRecord<string?, string?> record, CancellationToken cancelled)
    {
        var number = int.Parse(record.Value!);
        if (record.Attempt == 1)
            _deliveries.AddOrUpdate(number, 1, static (_, count) => count + 1);
        if (IsPoison(number))
            throw new InvalidOperationException("poison");
        _handled.Enqueue((number, record.Partition));
        return Task.CompletedTask;
    }

    private Task ProgressAsync(string what)
    {
        var (handled, letters) = (_handled.Count, Letters.Count());
        return WaitAsync(() => _handled.Skip(handled).Select(h => h.Partition).Distinct().Count() == Partitions && Letters.Count() > letters + 2, what);
    }

    private Task WaitAsync(Func<bool> holds, string what) => SdkWaits.UntilAsync(
        holds, Limit, () => $"{what}; {_handled.Count} were handled, {Letters.Count()} are letters.\n{string.Join('\n', _events.TakeLast(50))}");
}
