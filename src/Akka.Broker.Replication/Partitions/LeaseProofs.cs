namespace Akka.Broker.Replication.Partitions;

/// <summary>
/// What a node's <see cref="ControllerLease"/> is extended by: a time at which its metadata quorum had all that was committed counts once the node goes by that metadata, and
/// not before. A leader that was replaced while nobody heard of it hears of its successor first.
/// <code>
/// quorum: current as of t, watermark w ─▶ (w, t) waits ─ the image holds all before w ─▶ lease from t on
/// </code>
/// <para>Invariants: both parts of what waits rise. Used by one thread at a time.</para>
/// </summary>
public sealed class LeaseProofs(ControllerLease lease)
{
    private readonly Queue<(long HighWatermark, long AtMs)> _waiting = new();
    private long _newestMs = long.MinValue;
    private long _newestHighWatermark = long.MinValue;
    private long _appliedEnd;

    /// <summary>All that was committed at <paramref name="atMs"/> stands before the watermark.</summary>
    public void OnCurrent(long highWatermark, long atMs)
    {
        if (atMs <= _newestMs)
            return;
        Invariant.Check(highWatermark >= _newestHighWatermark);
        (_newestHighWatermark, _newestMs) = (highWatermark, atMs);
        _waiting.Enqueue((highWatermark, atMs));
        Count();
    }

    /// <summary>The node goes by all the metadata before this offset.</summary>
    public void OnApplied(long endOffset)
    {
        _appliedEnd = Math.Max(_appliedEnd, endOffset);
        Count();
    }

    /// <summary>The quorum's part begins anew, perhaps with less; what is applied stays so.</summary>
    public void Reset()
    {
        _waiting.Clear();
        (_newestHighWatermark, _newestMs) = (long.MinValue, long.MinValue);
    }

    private void Count()
    {
        while (_waiting.TryPeek(out var proof) && proof.HighWatermark <= _appliedEnd)
            lease.OnHeard(_waiting.Dequeue().AtMs);
    }
}
