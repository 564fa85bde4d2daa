namespace Akka.Broker.Client.Admin;

/// <summary>An idempotent producer that a partition remembers.</summary>
/// <param name="ProducerId">Given by the cluster.</param>
/// <param name="ProducerEpoch">Rises when the producer begins anew.</param>
/// <param name="LastSequence">Of its last record; -1: none.</param>
/// <param name="LastTimestampMs">Of its last batch; -1: none.</param>
/// <param name="CoordinatorEpoch">Of its last transaction's coordinator.</param>
/// <param name="CurrentTransactionStartOffset">-1: it is in none.</param>
public sealed record ProducerDescription(
    long ProducerId, int ProducerEpoch, int LastSequence, long LastTimestampMs, int CoordinatorEpoch, long CurrentTransactionStartOffset);
