using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Producing;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Consuming;

/// <summary>Where records go that no handler could handle.</summary>
internal interface IDeadLetterWriter : IAsyncDisposable
{
    /// <summary>Ends when all in-sync replicas have the letter. What passes is tried again until then, or until this is disposed of: then it never ends.</summary>
    /// <exception cref="BrokerClientException">It is not written, and will not be by itself.</exception>
    Task WriteAsync(string topic, TopicPartition origin, KeptRecord record, int attempts, Exception error, string? group);
}

/// <summary>
/// Writes dead letters with a producer of its own: idempotent, to all in-sync replicas, each at once and for as long as it takes, so that a letter whose answer was lost is stored
/// once. The producer is made with the first letter. The partition is the origin's number, modulo; so the letters of one partition stay in order. Any thread.
/// </summary>
/// <param name="cluster">Knows the topic.</param>
/// <param name="open">Makes the producer, by <see cref="SettingsOf"/>.</param>
/// <param name="time">The letters' clock.</param>
internal sealed class DeadLetterWriter(IClusterClient cluster, Func<ProducerCore> open, TimeProvider time) : IDeadLetterWriter
{
    /// <summary>A letter is at least as large as what was read, however large that was.</summary>
    private const int LetterBytesMax = 1024 * 1024 * 1024;

    private readonly Lazy<ProducerCore> _producer = new(open);
    private bool _isDisposed;

    /// <summary>A producer's settings as letters need them.</summary>
    public static ProducerSettings SettingsOf(ProducerSettings settings) => settings with
    {
        Acks = Acks.All,
        Idempotence = true,
        MaxInFlight = Math.Min(settings.MaxInFlight, 5),
        Linger = TimeSpan.Zero,
        // To give up and begin again would be to store it twice, if the first attempt was stored.
        DeliveryTimeout = TimeSpan.FromMilliseconds(int.MaxValue),
        BufferMemory = LetterBytesMax,
        MaxRequestSize = LetterBytesMax,
    };

    public async Task WriteAsync(string topic, TopicPartition origin, KeptRecord record, int attempts, Exception error, string? group)
    {
        var view = cluster.View;
        if (view.Topic(topic) is not { Partitions.Length: > 0 })
            view = await cluster.RefreshAsync([topic], CancellationToken.None).ConfigureAwait(false);
        if (view.Topic(topic) is not { Partitions.Length: > 0 } known)
            throw BrokerClientException.Of(view.Topic(topic)?.Error ?? ErrorCode.UnknownTopicOrPartition, $"Finding the dead-letter topic {topic}");
        var headers = DeadLetterHeaders.Of(record.Headers, origin, record.Offset, record.TimestampMs, attempts, error, group);
        var letter = new Letter();
        Send(topic, origin.Partition % known.Partitions.Length, record, headers, letter);
        await letter.Written.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isDisposed, true);
        if (_producer.IsValueCreated)
            await _producer.Value.AbandonAsync().ConfigureAwait(false);
    }

    private void Send(string topic, int partition, KeptRecord record, RecordHeader[] headers, Letter letter)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this);
        var key = record.IsKeyNull ? NullableBytes.Null : record.Key.Span;
        var value = record.IsValueNull ? NullableBytes.Null : record.Value.Span;
        // If it has to wait for metadata, the letter is told of that, too.
        _ = _producer.Value.Append(topic, partition, new OutgoingRecord(time.GetUtcNow().ToUnixTimeMilliseconds(), key, value, headers, letter, null));
    }

    private sealed class Letter : IDeliveryHandler
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Written => _written.Task;

        public void OnDelivery(in DeliveryReport report, object? state)
        {
            if (report.Error is { } error)
                _written.TrySetException(error);
            else
                _written.TrySetResult();
        }
    }
}
