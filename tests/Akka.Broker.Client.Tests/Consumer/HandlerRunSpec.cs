using System.Collections.Concurrent;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using static Akka.Broker.Client.Tests.Consuming.ConsumerTestContext;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>How a run of handlers ends.</summary>
public sealed class HandlerRunSpec : Akka.TestKit.Xunit2.TestKit
{
    private readonly ConsumerTestContext _context;

    public HandlerRunSpec()
        : base(ConsumerTestContext.Config)
    {
        _context = new ConsumerTestContext(Sys);
        _context.Cluster.SetTopic("t", 1, 2);
        _context.Group.Assign(T0);
        _context.Fill(T0, 3);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(60_000)]
    public async Task One_that_is_stopped_cancels_a_handler_that_hangs_and_the_next_run_begins_with_its_record(int? timeoutMs)
    {
        await using var consumer = _context.Consumer(s => s with { DrainTimeout = TimeSpan.FromMilliseconds(20) });
        await consumer.SubscribeAsync(["t"]);
        var options = new HandlerOptions { Order = HandlerOrder.Partition, Timeout = timeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null };
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        var hanging = consumer.RunAsync(
            async (record, cancelled) =>
            {
                if (record.Value == "0")
                    return;
                begun.TrySetResult(cancelled);
                await new TaskCompletionSource().Task;
            },
            options,
            stop.Token);

        var token = await begun.Task;
        Assert.False(token.IsCancellationRequested);
        await stop.CancelAsync();
        await hanging;
        _context.Eventually(() => token.IsCancellationRequested, "the handler is told");

        using var through = new CancellationTokenSource();
        var handled = new ConcurrentQueue<string?>();
        await consumer.RunAsync(
            (record, _) =>
            {
                handled.Enqueue(record.Value);
                return record.Value == "2" ? through.CancelAsync() : Task.CompletedTask;
            },
            options,
            through.Token);
        Assert.Equal(["1", "2"], handled);
    }

    [Fact]
    public async Task A_dead_letter_that_fails_as_nobody_expects_ends_it_and_says_why()
    {
        await using var consumer = new Consumer<string?, string?>(
            Sys, _context.Client.OptionsOf(_context.Client.ConsumerSettings) with { DeadLetters = _ => new BrokenWriter() }, Serializers.Utf8, Serializers.Utf8, null);
        await consumer.SubscribeAsync(["t"]);
        var running = consumer.RunAsync(
            (_, _) => throw new InvalidOperationException("poison"),
            new HandlerOptions { Order = HandlerOrder.Partition, Retry = new RetryPolicy { AttemptsMax = 1, DeadLetterTopic = "dead" } });

        var failure = await Assert.ThrowsAsync<NotSupportedException>(() => running);

        Assert.Equal("broken", failure.Message);
        Assert.True(_context.Group.Committed(T0) is null or 0);
    }

    private sealed class BrokenWriter : IDeadLetterWriter
    {
        public Task WriteAsync(string topic, TopicPartition origin, KeptRecord record, int attempts, Exception error, string? group) => throw new NotSupportedException("broken");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
