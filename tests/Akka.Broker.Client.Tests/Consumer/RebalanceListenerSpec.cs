using System.Collections.Concurrent;
using Akka.Broker.Protocol;
using Akka.Tests;
using static Akka.Broker.Client.Tests.Consuming.ConsumerTestContext;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>What an application is asked about partitions that come and go, and what handlers of any speed mean for the membership.</summary>
public sealed class RebalanceListenerSpec : PatientTestKit
{
    private readonly ConsumerTestContext _context;
    private readonly Listener _listener = new();

    public RebalanceListenerSpec()
        : base(ConsumerTestContext.Config)
    {
        _context = new ConsumerTestContext(Sys);
        _context.Cluster.SetTopic("t", 1, 1);
        _context.Fill(T0, 1);
        _context.Fill(T1, 1);
    }

    [Fact]
    public async Task A_partition_delivers_nothing_before_its_callback_is_through_and_is_another_s_only_after_it()
    {
        _listener.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _context.Group.Assign(T0, T1);
        await using var consumer = _context.Consumer(listener: _listener);
        await consumer.SubscribeAsync(["t"]);
        var read = new ConcurrentQueue<TopicPartition>();
        var reading = ReadAsync(consumer, read);
        _context.Eventually(() => _listener.Calls.Contains("assigned t-0, t-1"), "it is asked");
        Assert.Empty(read);
        Assert.Empty(_context.Events);
        _listener.Gate.SetResult();
        _context.Eventually(() => read.Count == 2, "both are read");

        _listener.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _context.Group.Assign(T0);
        _context.Eventually(() => _listener.Calls.Contains("revoked t-1"), "it is asked about the one that goes");
        _context.Reads.Append(T0, null, "meanwhile");
        _context.Eventually(() => read.Count(p => p == T0) == 2, "the other goes on");
        Assert.Equal(2, _context.Group.Generation);
        _listener.Gate.SetResult();
        _context.Eventually(() => _context.Group.Generation == 3, "it has joined without it");

        _context.Group.Forget();
        _context.Eventually(() => _listener.Calls.Contains("lost t-0"), "it is told of what is lost");
        await consumer.DisposeAsync();
        await reading;
    }

    [Fact]
    public async Task A_callback_that_throws_is_told_and_ends_nothing()
    {
        _listener.Gate = new TaskCompletionSource();
        _listener.Gate.SetException(new InvalidOperationException("as the spec wants it"));
        _context.Group.Assign(T0);
        await using var consumer = _context.Consumer(listener: _listener);
        await consumer.SubscribeAsync(["t"]);
        var read = new ConcurrentQueue<TopicPartition>();
        _ = ReadAsync(consumer, read);

        _context.Eventually(() => read.Count == 1, "it is read all the same");
        Assert.Contains("The callback for assigned partitions has failed: InvalidOperationException: as the spec wants it", _context.Events.Select(e => e.ToString()));
    }

    [Fact]
    public async Task A_handler_that_hangs_is_reported_and_costs_neither_the_membership_nor_other_keys()
    {
        _context.Group.Assign(T0);
        for (var i = 0; i < 20; i++)
            _context.Reads.Append(T0, $"key {i % 4}", $"{i}");
        await using var consumer = _context.Consumer(s => s with
        {
            SessionTimeout = TimeSpan.FromSeconds(2),
            HandlerSlowAfter = TimeSpan.FromSeconds(3),
            DrainTimeout = TimeSpan.Zero,
        });
        await consumer.SubscribeAsync(["t"]);
        using var stop = new CancellationTokenSource();
        var handled = new ConcurrentQueue<string?>();
        var running = consumer.RunAsync(
            async (record, _) =>
            {
                if (record is { Key: "key 1", Value: "1" })
                    await new TaskCompletionSource().Task;
                handled.Enqueue(record.Key);
            },
            new HandlerOptions { Parallelism = 2, Timeout = null },
            stop.Token);

        _context.Eventually(() => handled.Count == 16, "all other keys are through");
        _context.Eventually(() => _context.Events.Any(e => e is HandlerTooSlow { Offset: 2 }), "the one that hangs is reported");
        Assert.DoesNotContain("key 1", handled);
        Assert.Equal(1, _context.Group.Generation);
        Assert.Equal(2, _context.Group.Committed(T0));
        await stop.CancelAsync();
        await running;
    }

    private static async Task ReadAsync(Consumer<string?, string?> consumer, ConcurrentQueue<TopicPartition> read)
    {
        await foreach (var record in consumer)
            read.Enqueue(record.TopicPartition);
    }

    /// <summary>Keeps what it is asked, and answers when the gate is open.</summary>
    private sealed class Listener : IRebalanceListener
    {
        private TaskCompletionSource _gate = new();

        public TaskCompletionSource Gate
        {
            get => Volatile.Read(ref _gate);
            set => Volatile.Write(ref _gate, value);
        }

        public ConcurrentQueue<string> Calls { get; } = new();

        public ValueTask OnAssignedAsync(IReadOnlyList<TopicPartition> partitions) => AskAsync("assigned", partitions);

        public ValueTask OnRevokedAsync(IReadOnlyList<TopicPartition> partitions) => AskAsync("revoked", partitions);

        public ValueTask OnLostAsync(IReadOnlyList<TopicPartition> partitions) => AskAsync("lost", partitions);

        private ValueTask AskAsync(string what, IReadOnlyList<TopicPartition> partitions)
        {
            Calls.Enqueue($"{what} {string.Join(", ", partitions)}");
            return new ValueTask(Gate.Task);
        }
    }
}
