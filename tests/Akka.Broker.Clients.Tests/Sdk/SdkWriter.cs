using Akka.Broker.Client;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>Sends numbers in the background, in turn to each partition, until it is stopped; counts what is reported, and lets a stock client read what is stored.</summary>
internal sealed class SdkWriter : IAsyncDisposable, IDeliveryHandler
{
    private readonly Producer<Null?, string?> _producer;
    private readonly string _topic;
    private readonly int _partitions;
    private readonly int _perSecondMax;
    private readonly int[] _delivered;
    private readonly List<BrokerClientException> _failures = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<int> _sending;

    /// <param name="producer">Is disposed with this.</param>
    /// <param name="topic">Must exist.</param>
    /// <param name="partitions">Of the topic.</param>
    /// <param name="perSecondMax">No more than that, so that a long test does not fill a disk.</param>
    public SdkWriter(Producer<Null?, string?> producer, string topic, int partitions, int perSecondMax)
    {
        _producer = producer;
        _topic = topic;
        _partitions = partitions;
        _perSecondMax = perSecondMax;
        _delivered = new int[partitions];
        _sending = Task.Run(SendAsync);
    }

    public IReadOnlyList<BrokerClientException> Failures
    {
        get
        {
            lock (_failures)
                return [.. _failures];
        }
    }

    /// <summary>What is reported as stored, of each partition.</summary>
    public int[] Delivered
    {
        get
        {
            lock (_failures)
                return [.. _delivered];
        }
    }

    public void OnDelivery(in DeliveryReport report, object? state)
    {
        lock (_failures)
        {
            if (report.Error is { } error)
                _failures.Add(error);
            else
                _delivered[report.Partition]++;
        }
    }

    /// <summary>Waits until each partition has taken so many more.</summary>
    public async Task GoOnAsync(int more, string when, TimeSpan limit)
    {
        var before = Delivered;
        using var timeout = new CancellationTokenSource(limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Delivered.Where((count, p) => count < before[p] + more).Any())
        {
            if (_sending.IsFaulted)
                await _sending;
            if (timeout.IsCancellationRequested)
                Assert.Fail($"Not within {limit} {when}: {more} more in each partition. Were {string.Join(' ', before)}, are {string.Join(' ', Delivered)}; {Failures.Count} failed, first {Failures.FirstOrDefault()}");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Sends no more, waits until all is reported, and says how many were sent.</summary>
    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        var sent = await _sending;
        await _producer.FlushAsync();
        return sent;
    }

    /// <summary>What is stored is what was sent: each number once and in order, as kcat reads it.</summary>
    public async Task AssertStoredAsync(string bootstrap, int sent)
    {
        Assert.Empty(Failures);
        for (var p = 0; p < _partitions; p++)
        {
            var read = (await Tool.RunAsync("kcat", "-b", bootstrap, "-C", "-t", _topic, "-p", $"{p}", "-o", "beginning", "-e", "-q")).MustSucceed();
            Assert.Equal(Enumerable.Range(0, sent).Where(i => i % _partitions == p).Select(i => $"{i}"), read.Lines);
        }
        Assert.Equal(sent, Delivered.Sum());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _producer.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<int> SendAsync()
    {
        const int TicksPerSecond = 100;
        using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / TicksPerSecond));
        var sent = 0;
        while (!_stop.IsCancellationRequested)
        {
            for (var i = 0; i < Math.Max(1, _perSecondMax / TicksPerSecond); i++, sent++)
                await _producer.PostAsync(new ProducerRecord<Null?, string?>(_topic, null, $"{sent}") { Partition = sent % _partitions }, this);
            await ticks.WaitForNextTickAsync(CancellationToken.None);
        }
        return sent;
    }
}
