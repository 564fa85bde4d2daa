using Akka.Broker.Client;
using Akka.Broker.Protocol;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>Reads with <c>await foreach</c> in the background and writes down what it gets.</summary>
internal sealed class SdkReader : IAsyncDisposable
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(1);

    private readonly Consumer<string?, string?> _consumer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<(TopicPartition Partition, long Offset, string? Key, string? Value, long AtMs)> _records = [];
    private readonly List<ConsumerEvent> _events = [];
    private readonly Task _reading;

    public SdkReader(Consumer<string?, string?> made, out Consumer<string?, string?> consumer)
    {
        _consumer = consumer = made;
        consumer.Told += told =>
        {
            lock (_gate)
                _events.Add(told);
        };
        _reading = ReadAsync();
    }

    public IReadOnlyList<(TopicPartition Partition, long Offset, string? Key, string? Value, long AtMs)> Records
    {
        get
        {
            lock (_gate)
                return [.. _records];
        }
    }

    public IReadOnlyList<ConsumerEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }

    /// <summary>As the events say.</summary>
    public IReadOnlySet<TopicPartition> Assigned
    {
        get
        {
            var assigned = new HashSet<TopicPartition>();
            foreach (var told in Events)
            {
                if (told is PartitionsAssigned some)
                    assigned.UnionWith(some.Partitions);
                else if (told is PartitionsRevoked revoked)
                    assigned.ExceptWith(revoked.Partitions);
                else if (told is PartitionsLost lost)
                    assigned.ExceptWith(lost.Partitions);
            }
            return assigned;
        }
    }

    public async Task UntilAsync(Func<SdkReader, bool> holds, string what, TimeSpan? limit = null)
    {
        using var timeout = new CancellationTokenSource(limit ?? DefaultLimit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!holds(this))
        {
            if (_reading.IsFaulted)
                await _reading;
            try
            {
                await poll.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not within {limit ?? DefaultLimit}: {what}; {Records.Count} records.\n{await _consumer.ExplainAsync()}\n{string.Join('\n', Events)}");
            }
        }
    }

    /// <summary>Stops reading and closes the consumer; what was read stays to be looked at.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        await _consumer.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var record in _consumer.WithCancellation(_stop.Token))
            {
                lock (_gate)
                    _records.Add((record.TopicPartition, record.Offset, record.Key, record.Value, Environment.TickCount64));
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }
}
