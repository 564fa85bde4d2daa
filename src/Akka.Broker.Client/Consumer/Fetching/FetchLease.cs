namespace Akka.Broker.Client.Consuming;

/// <summary>
/// The pooled memory of one fetch response, shared by the chunks cut from it; it goes back to the pool with the last of them. Any thread.
/// </summary>
internal sealed class FetchLease(IDisposable memory)
{
    private int _holders = 1;

    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>True if this was the last.</summary>
    public bool Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        Invariant.Check(left >= 0);
        if (left == 0)
            memory.Dispose();
        return left == 0;
    }
}
