using System.Buffers;
using Akka.Broker.Client.Diagnostics;
using Akka.Broker.Client.Producing;
using Akka.Broker.Client.Serialization;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client;

/// <summary>
/// Sends records. They are put into batches by partition and sent in the background; nothing blocks. What is awaited says what happened:
/// <list type="bullet">
/// <item><see cref="SendAsync(in ProducerRecord{TKey, TValue})"/> ends when the record is delivered, or fails with the reason.</item>
/// <item><see cref="PostAsync(in ProducerRecord{TKey, TValue}, IDeliveryHandler?, object?)"/> ends when the producer has taken the record over: at once, or when
/// there is memory for it. Its handler is told of the delivery. It is the way to send many.</item>
/// </list>
/// What is sent one after the other to one partition is stored in that order. Any thread; one producer serves a whole application.
/// Disposing it waits until everything is delivered or has failed.
/// </summary>
public sealed class Producer<TKey, TValue> : IAsyncDisposable
{
    private readonly ProducerCore _core;
    private readonly ISerializer<TKey> _keys;
    private readonly ISerializer<TValue> _values;
    private readonly PendingDeliveryPool _deliveries = new();

    internal Producer(ProducerCore core, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        _core = core;
        _keys = keys;
        _values = values;
    }

    public ProducerSettings Settings => _core.Settings;

    /// <summary>Sends a record that is nothing but key and value, and ends when it is delivered.</summary>
    public ValueTask<DeliveryReport> SendAsync(string topic, TKey key, TValue value) => SendAsync(new ProducerRecord<TKey, TValue>(topic, key, value));

    /// <summary>Sends the record and ends when it is delivered. The task is awaited once, as any <see cref="ValueTask{TResult}"/>.</summary>
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    /// <exception cref="BrokerClientException">The producer did not take it.</exception>
    public ValueTask<DeliveryReport> SendAsync(in ProducerRecord<TKey, TValue> record)
    {
        var delivery = _deliveries.Rent();
        try
        {
            // A record that waits is told of by its delivery alone.
            _ = Append(record, delivery, null);
        }
        catch
        {
            _deliveries.Return(delivery);
            throw;
        }
        return delivery.Task;
    }

    /// <summary>Hands the record over: ended at once, as a rule, or when there is memory for it, which is to be awaited before the next one.</summary>
    /// <param name="record">What to send.</param>
    /// <param name="handler">Is told what became of it; null: nobody is.</param>
    /// <param name="state">Is given to the handler.</param>
    /// <exception cref="BrokerClientException">The producer did not take it; the handler is not told. Thrown, if at once; else the task fails, and the handler is told.</exception>
    public ValueTask PostAsync(in ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler = null, object? state = null) => Append(record, handler, state);

    /// <summary>As the other one, with a function in the place of the handler.</summary>
    public ValueTask PostAsync(in ProducerRecord<TKey, TValue> record, Action<DeliveryReport> onDelivery) => Append(record, CallbackHandler.Instance, onDelivery);

    /// <summary>Sends without lingering, and waits until everything is reported that was sent or posted before.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _core.FlushAsync().WaitAsync(cancellationToken);

    /// <summary>Takes no more records and waits until everything is reported.</summary>
    public ValueTask DisposeAsync() => _core.DisposeAsync();

    private ValueTask Append(in ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler, object? state)
    {
        ArgumentNullException.ThrowIfNull(record.Topic);
        ArgumentOutOfRangeException.ThrowIfNegative(record.Partition ?? 0);
        return ProducerTelemetry.IsTracing ? AppendTraced(record, handler, state) : AppendSerialized(record, record.Headers, handler, state);
    }

    private ValueTask AppendTraced(in ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler, object? state)
    {
        var headers = record.Headers;
        var activity = _core.Telemetry.StartSend(record.Topic, ref headers);
        try
        {
            return AppendSerialized(record, headers, activity is null ? handler : new TracedDelivery(activity, handler), state);
        }
        catch (Exception refusal)
        {
            ProducerTelemetry.EndSend(activity, -1, -1, refusal);
            throw;
        }
    }

    private ValueTask AppendSerialized(in ProducerRecord<TKey, TValue> record, RecordHeader[]? headers, IDeliveryHandler? handler, object? state)
    {
        var timestamp = (record.Timestamp ?? _core.Time.GetUtcNow()).ToUnixTimeMilliseconds();
        if (_keys is IRawSerializer<TKey> rawKeys && _values is IRawSerializer<TValue> rawValues)
            return _core.Append(record.Topic, record.Partition ?? -1, new OutgoingRecord(timestamp, rawKeys.Bytes(record.Key), rawValues.Bytes(record.Value), headers, handler, state));
        var scratch = SerializationScratch.Rent();
        try
        {
            var keyEnd = Write(scratch, _keys, record.Key, record.Topic, RecordPart.Key);
            var keySize = scratch.WrittenCount;
            var isValueNull = Write(scratch, _values, record.Value, record.Topic, RecordPart.Value) is null;
            var bytes = scratch.WrittenSpan;
            var key = keyEnd is null ? NullableBytes.Null : bytes[..keySize];
            var value = isValueNull ? NullableBytes.Null : bytes[keySize..];
            return _core.Append(record.Topic, record.Partition ?? -1, new OutgoingRecord(timestamp, key, value, headers, handler, state));
        }
        finally
        {
            SerializationScratch.Return(scratch);
        }
    }

    /// <summary>Null for null.</summary>
    private static int? Write<T>(ArrayBufferWriter<byte> to, ISerializer<T> serializer, T value, string topic, RecordPart part)
    {
        if (value is null || serializer is NullSerde)
            return null;
        if (serializer is IRawSerializer<T> raw)
        {
            var bytes = raw.Bytes(value);
            if (bytes.IsNull)
                return null;
            to.Write(bytes.Span);
        }
        else
        {
            serializer.Serialize(value, to, new SerializationContext(topic, part));
        }
        return to.WrittenCount;
    }

    /// <summary>The function is the record's state: no object a record.</summary>
    private sealed class CallbackHandler : IDeliveryHandler
    {
        public static readonly CallbackHandler Instance = new();

        public void OnDelivery(in DeliveryReport report, object? state) => ((Action<DeliveryReport>)state!)(report);
    }
}
