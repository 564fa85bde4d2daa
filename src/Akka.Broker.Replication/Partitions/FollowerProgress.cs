namespace Akka.Broker.Replication.Partitions;

/// <summary>
/// What a leader knows of one follower from its fetches. Belongs to a <see cref="LeaderState"/>; other threads may read what is public and of no use for decisions about the ISR.
/// <para>
/// Caught up is a matter of time: a follower that has asked for the offset at which the leader's log ended at its last fetch had, at the time of that fetch, everything. So one
/// that is always one batch behind under load is caught up, one that falls back steadily is not.
/// </para>
/// </summary>
public sealed class FollowerProgress
{
    private const long Never = long.MinValue / 2;

    private long _logEndOffset = -1;
    private long _logStartOffset = -1;
    private long _caughtUpAtMs = Never;
    private long _lastFetchAtMs;
    private long _leaderEndAtLastFetch = -1;

    internal FollowerProgress(int broker, long nowMs)
    {
        Broker = broker;
        _lastFetchAtMs = nowMs;
    }

    public int Broker { get; }

    /// <summary>It has all before this offset; -1 before its first fetch.</summary>
    public long LogEndOffset => Volatile.Read(ref _logEndOffset);

    /// <summary>-1 before its first fetch.</summary>
    public long LogStartOffset => Volatile.Read(ref _logStartOffset);

    /// <summary>When it last had all that the leader had; long ago where that was never seen, be it of a replica that was just added or of one that comes back.</summary>
    public long CaughtUpAtMs => Volatile.Read(ref _caughtUpAtMs);

    /// <summary>Of its last fetch; -1 before.</summary>
    internal long BrokerEpoch { get; private set; } = -1;

    /// <summary>In the ISR that the metadata has committed.</summary>
    internal bool IsInSync { get; private set; }

    /// <summary>It has fetched since it was last taken out of the ISR: what it had before says nothing of what it has now.</summary>
    internal bool HasFetchedSinceOut { get; private set; }

    /// <summary>In the ISR that is asked for and may be committed already.</summary>
    internal bool IsProposed { get; set; }

    /// <summary>It may be in the ISR at this moment, so nothing is committed without it.</summary>
    internal bool IsInMaximalIsr => IsInSync || IsProposed;

    /// <summary>Whether <paramref name="epoch"/> is no older than what has been seen.</summary>
    internal bool Accepts(long epoch) => epoch >= BrokerEpoch;

    internal void OnFetched(long brokerEpoch, long fetchOffset, long logStartOffset, long leaderEnd, long nowMs)
    {
        if (fetchOffset >= leaderEnd)
            Volatile.Write(ref _caughtUpAtMs, Math.Max(_caughtUpAtMs, nowMs));
        else if (_leaderEndAtLastFetch >= 0 && fetchOffset >= _leaderEndAtLastFetch)
            Volatile.Write(ref _caughtUpAtMs, Math.Max(_caughtUpAtMs, _lastFetchAtMs));
        BrokerEpoch = brokerEpoch;
        HasFetchedSinceOut = true;
        Volatile.Write(ref _logEndOffset, fetchOffset);
        Volatile.Write(ref _logStartOffset, logStartOffset);
        _leaderEndAtLastFetch = Math.Max(_leaderEndAtLastFetch, leaderEnd);
        _lastFetchAtMs = Math.Max(_lastFetchAtMs, nowMs);
    }

    /// <summary>The metadata says whether it is in the ISR.</summary>
    internal void SetInSync(bool isInSync, long nowMs)
    {
        // One that comes in, or is in when a leader begins, lags only from now on.
        if (isInSync && !IsInSync)
            Volatile.Write(ref _caughtUpAtMs, Math.Max(_caughtUpAtMs, nowMs));
        if (!isInSync && IsInSync)
            HasFetchedSinceOut = false;
        IsInSync = isInSync;
    }

    internal bool IsCaughtUp(long leaderEnd, long nowMs, long lagTimeMaxMs) => _logEndOffset == leaderEnd || nowMs - _caughtUpAtMs <= lagTimeMaxMs;
}
