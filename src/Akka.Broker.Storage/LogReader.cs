using Akka.Broker.Storage.Segments;
namespace Akka.Broker.Storage;

internal sealed class LogReader(PartitionLog log)
{
    public FileRecords Read(long startOffset, int maxBytes, long maxOffsetExclusive, bool minOneBatch) => throw new NotImplementedException(log.ToString());
    public IEnumerable<BatchHeader> ReadHeaders(long fromOffset) => throw new NotImplementedException();
    public TimestampedOffset? OffsetForTimestamp(long timestampMs) => throw new NotImplementedException();
    public TimestampedOffset? MaxTimestampOffset() => throw new NotImplementedException();
    public IReadOnlyList<AbortedTransaction> AbortedTransactions(long startOffset, long endOffset) => throw new NotImplementedException();
}
