using Akka.Broker.Storage.Epochs;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// What must be true of a segment's batches beside each other, which their checksums do not cover: offsets rise, end before the next segment begins, and each batch
/// is of the leader epoch that the log has noted for its offset. Gaps are allowed, for a compaction leaves them. One thread.
/// </summary>
internal sealed class BatchOrder(long baseOffset, long endOffset = long.MaxValue, LeaderEpochCache? epochs = null)
{
    /// <summary>Where the next batch begins, or behind it.</summary>
    public long Next { get; private set; } = baseOffset;

    /// <summary>Why this batch cannot be the next; null: it can.</summary>
    public string? Judge(in BatchHeader batch)
    {
        if (batch.BaseOffset < Next)
            return $"the batch's base offset {batch.BaseOffset} does not follow {Next}";
        if (batch.NextOffset > endOffset)
            return $"the batch at offset {batch.BaseOffset} reaches to {batch.LastOffset}, and the next segment begins at {endOffset}";
        // Batches of a Kafka that knew no epochs say -1.
        return batch.PartitionLeaderEpoch != -1 && epochs?.EpochOf(batch.BaseOffset) is >= 0 and var epoch && epoch != batch.PartitionLeaderEpoch
            ? $"the batch at offset {batch.BaseOffset} says leader epoch {batch.PartitionLeaderEpoch}, and the log has noted {epoch}"
            : null;
    }

    public void Take(in BatchHeader batch) => Next = batch.NextOffset;
}
