namespace Akka.Broker.Storage;

internal sealed class LogWriter
{
    public string DataFolder => throw new NotImplementedException();
    public void Append(PartitionLog log, WriterToken token, ReadOnlyMemory<byte> batches, AppendKind kind, IAppendCompletion completion, object? state) => throw new NotImplementedException();
    public Task<T> RunAsync<T>(PartitionLog log, WriterToken? token, Func<LogMutator, T> work, bool flush) => throw new NotImplementedException();
}
