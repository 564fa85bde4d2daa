namespace Akka.Broker.Client;

/// <summary>To a producer actor: send the record. The sender is answered with <see cref="RecordDelivered"/> or <see cref="RecordFailed"/>.</summary>
/// <param name="Record">What to send.</param>
/// <param name="Correlation">Stands in the answer.</param>
public sealed record Produce<TKey, TValue>(ProducerRecord<TKey, TValue> Record, object? Correlation = null);

/// <summary>The record is delivered.</summary>
public sealed record RecordDelivered(DeliveryReport Report, object? Correlation);

/// <summary>The record is not delivered, or nobody knows: <see cref="DeliveryException.IsOutcomeUnknown"/>.</summary>
public sealed record RecordFailed(DeliveryReport Report, object? Correlation)
{
    public BrokerClientException Error => Report.Error!;
}

/// <summary>To a producer actor: the sender has many records and wants to be told by <see cref="ProduceDemand"/> how many it may send.</summary>
public sealed record RequestProduceDemand
{
    public static readonly RequestProduceDemand Instance = new();
}

/// <summary>From a producer actor: so many more records may be sent. Who keeps to it never has more under way than the actor's window.</summary>
public sealed record ProduceDemand(int Count);

/// <summary>To a producer actor: the sender is answered with <see cref="ProducerFlushed"/> when all that was sent before is reported.</summary>
public sealed record FlushProducer
{
    public static readonly FlushProducer Instance = new();
}

public sealed record ProducerFlushed
{
    public static readonly ProducerFlushed Instance = new();
}
