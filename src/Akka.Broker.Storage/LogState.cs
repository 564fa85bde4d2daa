using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;

namespace Akka.Broker.Storage;

/// <summary>Where a log stands at one moment of its writer; see <see cref="PartitionLog.CaptureAsync"/>.</summary>
/// <param name="LogStartOffset">The first offset.</param>
/// <param name="LogEndOffset">The offset of the next record.</param>
/// <param name="RecoveryPoint">All below it is on the disk.</param>
/// <param name="Epochs">Oldest first.</param>
/// <param name="Producers">A copy, the caller's own: it runs ahead with what it queues.</param>
public sealed record LogState(
    long LogStartOffset, long LogEndOffset, long RecoveryPoint, IReadOnlyList<EpochStart> Epochs, ProducerStateManager Producers);

/// <summary>A record found by its time.</summary>
/// <param name="TimestampMs">Its timestamp.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="LeaderEpoch">Of its batch.</param>
public readonly record struct TimestampedOffset(long TimestampMs, long Offset, int LeaderEpoch);
