using Akka.Broker.Storage;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>The results of work that a log with an inline writer has done when the call returns.</summary>
internal static class Done
{
    public static T Of<T>(Task<T> task)
    {
        Of((Task)task);
        return task.GetAwaiter().GetResult();
    }

    public static void Of(Task task)
    {
        if (!task.IsCompleted)
            throw new InvalidOperationException("The log's writer is not inline: its work is not done when the call returns.");
        task.GetAwaiter().GetResult();
    }

    /// <summary>Whether the work has failed because the disk, or the log on it, does.</summary>
    public static bool IsOfDisk(Exception cause) => cause is StorageException or IOException;

    public static AppendResult Append(PartitionLog log, WriterToken token, ReadOnlyMemory<byte> batches, AppendKind kind)
    {
        var completion = new Completion();
        log.Append(token, batches, kind, completion, null);
        return completion.Result ?? throw new InvalidOperationException("The log's writer is not inline: an append is not done when the call returns.");
    }

    private sealed class Completion : IAppendCompletion
    {
        public AppendResult? Result { get; private set; }

        public void OnAppendCompleted(object? state, in AppendResult result) => Result = result;
    }
}
