using System.Collections.Concurrent;
using Akka.Broker.Client;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>All of the SDK at once on three brokers: a producer, two members with handlers by key, brokers that are killed in turn.</summary>
public sealed class SdkHandlersClusterSpec
{
    private const int Partitions = 6;
    private const int Keys = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<Handled> _handled = new();
    private readonly ConcurrentQueue<ConsumerEvent> _events = new();

    [Fact]
    public async Task Handlers_skip_nothing_and_keep_each_keys_order_while_brokers_die_and_a_member_comes_and_goes()
    {
        await using var cluster = await ThreeBrokers.StartAsync();
        await using var app = new SdkApplication(cluster.Bootstrap);
        await app.Client.Admin.CreateTopicsAsync([new NewTopic("steps", Partitions, 3)]).OrThrow();
        using var stop = new CancellationTokenSource();
        var producing = SdkNumbers.ProduceAsync(app, "steps", Keys, stop.Token);
        await using var first = new Member(app, this);
        await first.StartAsync();
        await ProgressAsync("all partitions are handled");

        await using (var second = new Member(app, this))
        {
            await second.StartAsync();
            await WaitAsync(() => second.Assigned == Partitions / 2, "the second member has its half");
            await KillInTurnAsync(cluster, 1);
        }
        await WaitAsync(() => first.Assigned == Partitions, "the first has all again");
        await KillInTurnAsync(cluster, 2);
        await KillInTurnAsync(cluster, 0);

        await stop.CancelAsync();
        var delivered = await producing;
        await WaitAsync(() => _handled.Select(h => h.Number).Distinct().Count() == delivered, "all that was delivered is handled");
        Assert.Equal(Enumerable.Range(0, delivered), _handled.Select(h => h.Number).Distinct().Order());
        foreach (var key in _handled.GroupBy(h => h.Number % Keys))
        {
            var numbers = key.Select(h => h.Number).Distinct().ToList();
            Assert.Equal(numbers.Order(), numbers);
        }
        Assert.All(_handled.GroupBy(h => h.Number), record => Assert.Single(record.Select(h => (h.Partition, h.Offset)).Distinct()));
        Assert.DoesNotContain(_events, e => e is ConsumerTroubled { IsFinal: true } or RecordSkipped or LogTruncated);
        Assert.Contains(_events, e => e is HandlerFailed);
    }

    private async Task KillInTurnAsync(ThreeBrokers cluster, int node)
    {
        await cluster.Nodes[node].KillAsync();
        await ProgressAsync($"all partitions go on without node {node + 1}");
        await cluster.Nodes[node].StartAsync();
        await ProgressAsync($"all partitions go on with node {node + 1} again");
    }

    private Task ProgressAsync(string what)
    {
        var before = _handled.Count;
        return WaitAsync(() => _handled.Skip(before).Select(h => h.Partition).Distinct().Count() == Partitions, what);
    }

    private Task WaitAsync(Func<bool> holds, string what) =>
        SdkWaits.UntilAsync(holds, Limit, () => $"{what}; {_handled.Count} were handled.\n{string.Join('\n', _events)}");

    private sealed record Handled(int Number, int Partition, long Offset);

    /// <summary>A member of the group whose handlers fail now and then, and are slow with one key.</summary>
    private sealed class Member : IAsyncDisposable
    {
        private static readonly HandlerOptions Options = new() { Parallelism = 8, Retry = new RetryPolicy { AttemptsMax = 3, Delay = TimeSpan.FromMilliseconds(20) } };

        private readonly SdkHandlersClusterSpec _spec;
        private readonly Consumer<string?, string?> _consumer;
        private readonly ConcurrentQueue<ConsumerEvent> _told = new();
        private Task _running = Task.CompletedTask;

        public Member(SdkApplication app, SdkHandlersClusterSpec spec)
        {
            _spec = spec;
            _consumer = app.Consumer("steps");
            _consumer.Told += told =>
            {
                _told.Enqueue(told);
                spec._events.Enqueue(told);
            };
        }

        public int Assigned
        {
            get
            {
                var assigned = new HashSet<TopicPartition>();
                foreach (var told in _told)
                {
                    if (told is PartitionsAssigned some)
                        assigned.UnionWith(some.Partitions);
                    else if (told is PartitionsRevoked or PartitionsLost)
                        assigned.ExceptWith((told as PartitionsRevoked)?.Partitions ?? ((PartitionsLost)told).Partitions);
                }
                return assigned.Count;
            }
        }

        public async Task StartAsync()
        {
            await _consumer.SubscribeAsync(["steps"]);
            _running = _consumer.RunAsync(HandleAsync, Options);
        }

        public async ValueTask DisposeAsync()
        {
            await _consumer.DisposeAsync();
            await _running;
        }

        private async Task HandleAsync(ConsumerRecord<string?, string?> record, CancellationToken cancelled)
        {
            var number = int.Parse(record.Value!);
            if (number % 100 == 99 && record.Attempt == 1)
                throw new InvalidOperationException("not at the first attempt");
            if (number % Keys == 8)
                await Task.Delay(20, cancelled);
            _spec._handled.Enqueue(new Handled(number, record.Partition, record.Offset));
        }
    }
}
