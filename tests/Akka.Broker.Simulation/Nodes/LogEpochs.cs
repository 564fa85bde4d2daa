using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>The epochs of a real log, as the replication machines ask for them.</summary>
internal sealed class LogEpochs(PartitionLog log) : IEpochHistory
{
    public int LatestEpoch => log.LeaderEpochs.LatestEpoch;

    public OffsetAndEpoch? EndOf(int epoch, long logEndOffset)
    {
        var end = log.LeaderEpochs.EndOffsetFor(epoch, logEndOffset);
        return end.Epoch < 0 ? null : new OffsetAndEpoch(end.EndOffset, end.Epoch);
    }
}
