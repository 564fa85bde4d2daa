namespace Akka.Broker.Quorum;

/// <summary>
/// Decisions of the controller that are in the leader's log and not committed yet, in the order of the log. All of them are of the epoch that is led now: when it ends
/// they fail, and nobody knows what becomes of them.
/// </summary>
internal sealed class PendingDecisions
{
    private readonly Queue<(long End, TaskCompletionSource Written)> _pending = new();

    public void Add(long endOffset, TaskCompletionSource written) => _pending.Enqueue((endOffset, written));

    /// <summary>Everything before the offset is committed.</summary>
    public void Complete(long highWatermark)
    {
        while (_pending.TryPeek(out var next) && next.End <= highWatermark)
            _pending.Dequeue().Written.TrySetResult();
    }

    public void FailAll(string reason)
    {
        while (_pending.TryDequeue(out var next))
            next.Written.TrySetException(new QuorumWriteException($"This node leads the metadata log no more: {reason}"));
    }
}
