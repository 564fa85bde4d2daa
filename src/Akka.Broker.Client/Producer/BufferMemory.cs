namespace Akka.Broker.Client.Producing;

/// <summary>
/// The bytes that records may take until they are delivered. While somebody waits for some, only those who wait get any. Any thread.
/// <para>Invariants: 0 ≤ reserved ≤ limit.</para>
/// </summary>
internal sealed class BufferMemory(long limit)
{
    private long _reserved;
    private int _waiting;

    public long Limit => limit;

    public long Reserved => Volatile.Read(ref _reserved);

    /// <summary>Whether somebody waits: what is there should be sent.</summary>
    public bool IsExhausted => Volatile.Read(ref _waiting) > 0;

    public void BeginWaiting() => Interlocked.Increment(ref _waiting);

    public void EndWaiting() => Interlocked.Decrement(ref _waiting);

    public bool TryReserve(int bytes, bool hasWaited)
    {
        if (!hasWaited && IsExhausted)
            return false;
        var reserved = Volatile.Read(ref _reserved);
        while (reserved + bytes <= limit)
        {
            var seen = Interlocked.CompareExchange(ref _reserved, reserved + bytes, reserved);
            if (seen == reserved)
                return true;
            reserved = seen;
        }
        return false;
    }

    public void Release(int bytes) => Invariant.Check(Interlocked.Add(ref _reserved, -bytes) >= 0);
}
