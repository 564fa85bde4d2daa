namespace Akka.Broker.Replication.Partitions;

/// <summary>Which leader epochs a log's records were written in: by this two replicas find where they part (KIP-101).</summary>
public interface IEpochHistory
{
    /// <summary>The newest that the log knows; -1 without any.</summary>
    int LatestEpoch { get; }

    /// <summary>
    /// The largest epoch not above <paramref name="epoch"/> that the log knows, and where it ends in a log that ends at <paramref name="logEndOffset"/>; an epoch older than
    /// all that is known ends where they begin. Null if <paramref name="epoch"/> is newer than all, or nothing is known.
    /// </summary>
    OffsetAndEpoch? EndOf(int epoch, long logEndOffset);
}
