using Akka.Broker.Storage.Segments;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Producers;
namespace Akka.Broker.Storage;

internal sealed class LogMutator
{
    public string Folder => throw new NotImplementedException();
    public long LogStartOffset => throw new NotImplementedException();
    public long LogEndOffset => throw new NotImplementedException();
    public long RecoveryPoint => throw new NotImplementedException();
    public long SizeInBytes => throw new NotImplementedException();
    public LeaderEpochCache Epochs => throw new NotImplementedException();
    public LogSegment[] Segments => throw new NotImplementedException();
    public IReadOnlyList<TransactionSpan> Transactions => throw new NotImplementedException();
    public void Attach(PartitionLog log) => throw new NotImplementedException();
    public LogState Capture() => throw new NotImplementedException();
    public void AssignEpoch(int epoch) => throw new NotImplementedException();
    public long TruncateTo(long offset) => throw new NotImplementedException();
    public void TruncateFullyAndStartAt(long offset) => throw new NotImplementedException();
    public long IncrementLogStartOffset(long offset) => throw new NotImplementedException();
    public void Roll() => throw new NotImplementedException();
    public int DeleteOldSegments(long nowMs, long highWatermark) => throw new NotImplementedException();
}
