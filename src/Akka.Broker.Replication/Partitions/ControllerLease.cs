namespace Akka.Broker.Replication.Partitions;

/// <summary>
/// For how long this node may take itself for the leader of what the metadata gave it: a session from the last request that the controller answered.
/// By then the controller may have fenced the node and chosen others. One for all partitions of a node. Thread-safe.
/// A controller that is the only voter holds it by itself, as long as it is both.
/// <para>Invariants: the lease never ends earlier than it was once said to.</para>
/// </summary>
public sealed class ControllerLease(long sessionMs)
{
    private long _endsAtMs = long.MinValue;
    private volatile bool _isAlone;

    /// <summary>Until it has been heard of for the first time, nobody leads.</summary>
    public bool IsHeld(long nowMs) => _isAlone || nowMs < Volatile.Read(ref _endsAtMs);

    /// <summary>The controller has answered a request that this node sent at <paramref name="sentAtMs"/>: the time of sending counts, since the answer may have lain about.</summary>
    public void OnHeard(long sentAtMs)
    {
        var end = sentAtMs > long.MaxValue - sessionMs ? long.MaxValue : sentAtMs + sessionMs;
        var known = Volatile.Read(ref _endsAtMs);
        while (end > known)
        {
            var seen = Interlocked.CompareExchange(ref _endsAtMs, end, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    /// <summary>This node is the controller and the only voter: nobody else can be it.</summary>
    public void HoldAlone() => _isAlone = true;

    /// <summary>It was, up to now.</summary>
    public void EndAlone(long nowMs)
    {
        if (!_isAlone)
            return;
        OnHeard(nowMs);
        _isAlone = false;
    }

    /// <summary>For who is its own controller, or has none: a lease without end.</summary>
    public static ControllerLease Endless()
    {
        var lease = new ControllerLease(long.MaxValue);
        lease.OnHeard(0);
        return lease;
    }
}
