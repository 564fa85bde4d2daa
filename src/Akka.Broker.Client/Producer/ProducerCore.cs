using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Diagnostics;

namespace Akka.Broker.Client.Producing;

/// <summary>A producer of bytes: accumulator and sender, opened and closed together. Any thread.</summary>
internal sealed class ProducerCore : IAsyncDisposable
{
    private readonly IClusterClient _lane;
    private readonly RecordAccumulator _accumulator;
    private readonly Sender _sender;
    private Task? _closing;
    private int _isClosing;

    public ProducerCore(ProducerSettings settings, ClientSettings client, IClusterClient lane, ProducerSeams seams)
    {
        Settings = settings.Checked();
        _lane = lane;
        var clock = new MonotonicClock(seams.Time);
        _accumulator = new RecordAccumulator(settings, lane, clock, seams.Random, seams.Partitioner);
        Telemetry = new ProducerTelemetry(client.ClientId);
        var results = new DeliveryResults(_accumulator, lane, client, seams);
        _sender = new Sender(_accumulator, lane, settings, clock, results);
        Time = seams.Time;
    }

    public ProducerSettings Settings { get; }

    public TimeProvider Time { get; }

    public ProducerTelemetry Telemetry { get; }

    /// <summary>As <see cref="RecordAccumulator.Append"/>.</summary>
    public ValueTask Append(string topic, int partition, in OutgoingRecord record)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosing) != 0, typeof(ProducerCore));
        if (record.SizeMax + Protocol.Records.RecordBatch.HeaderSize > Settings.MaxRequestSize)
            throw new DeliveryException(Protocol.ErrorCode.MessageTooLarge, $"A record of {record.SizeMax} bytes to {topic}; at most {Settings.MaxRequestSize} are allowed in a request (max-request-size).");
        return _accumulator.Append(topic, partition, record);
    }

    public Task FlushAsync() => _sender.FlushAsync();

    /// <summary>Takes no more records, waits until all that are here are reported, and closes the connections.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosing, 1) == 0)
            Volatile.Write(ref _closing, CloseAsync());
        return new ValueTask(Volatile.Read(ref _closing) ?? Task.CompletedTask);
    }

    /// <summary>Takes no more records and closes the connections at once; what is not reported yet never will be, and may be stored or not.</summary>
    public async ValueTask AbandonAsync()
    {
        if (Interlocked.Exchange(ref _isClosing, 1) != 0)
            return;
        await _sender.DisposeAsync().ConfigureAwait(false);
        await _lane.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        await _sender.FlushAsync().ConfigureAwait(false);
        await _sender.DisposeAsync().ConfigureAwait(false);
        await _lane.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>What a producer takes from outside.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Random">Draws partitions.</param>
/// <param name="Partitioner">Chooses them, if the application wants to.</param>
/// <param name="OnFault">Is told of handlers that throw, and of bugs.</param>
internal sealed record ProducerSeams(TimeProvider Time, Random Random, IPartitioner? Partitioner, Action<Exception> OnFault)
{
    /// <summary>Is told of each attempt that failed and is followed by another, on the producer's thread; null: nobody is.</summary>
    public Action<BrokerClientException>? OnRetry { get; init; }
}
