namespace Akka.Broker.Client;

/// <summary>What became of one record.</summary>
/// <param name="Topic">Where it was sent.</param>
/// <param name="Partition">-1 if it failed before one was chosen.</param>
/// <param name="Offset">-1 if it is not known: the record failed, nobody was asked (acks = none), or the broker had it already and does not tell where.</param>
/// <param name="TimestampMs">The record's time as it is stored, in milliseconds since 1970.</param>
/// <param name="Error">Null if it is delivered.</param>
public readonly record struct DeliveryReport(string Topic, int Partition, long Offset, long TimestampMs, BrokerClientException? Error)
{
    public bool IsDelivered => Error is null;

    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(TimestampMs);
}

/// <summary>
/// Is told what became of records, each exactly once, those of a partition in their order. On the thread of the producer, which sends nothing meanwhile:
/// it must not block. One object may serve all records.
/// </summary>
public interface IDeliveryHandler
{
    /// <param name="report">What became of the record.</param>
    /// <param name="state">What was given with the record.</param>
    void OnDelivery(in DeliveryReport report, object? state);
}

/// <summary>A record was not delivered, or nobody knows whether it was: <see cref="IsOutcomeUnknown"/>.</summary>
public sealed class DeliveryException(Protocol.ErrorCode errorCode, string message, bool isOutcomeUnknown = false, Exception? cause = null)
    : BrokerClientException(errorCode, message, cause)
{
    /// <summary>The record was on its way when time ran out: it may be stored all the same.</summary>
    public bool IsOutcomeUnknown { get; } = isOutcomeUnknown;
}
