namespace Akka.Broker.Storage;

/// <summary>An append on its way through the writer: what was asked for, and from <see cref="LogAppender.WriteGroup"/> on, what became of it.</summary>
internal struct PendingAppend
{
    public WriterToken Token;
    public ReadOnlyMemory<byte> Batches;
    public AppendKind Kind;
    public IAppendCompletion Completion;
    public object? State;
    public AppendResult Result;
}
