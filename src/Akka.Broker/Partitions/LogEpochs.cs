using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;

namespace Akka.Broker.Partitions;

/// <summary>A log's epochs as the replicas' machines ask for them. Thread-safe.</summary>
internal sealed class LogEpochs(PartitionLog log) : IEpochHistory
{
    public int LatestEpoch => log.LeaderEpochs.LatestEpoch;

    public OffsetAndEpoch? EndOf(int epoch, long logEndOffset) =>
        log.LeaderEpochs.EndOffsetFor(epoch, logEndOffset) is { Epoch: >= 0 } end ? new OffsetAndEpoch(end.EndOffset, end.Epoch) : null;
}
