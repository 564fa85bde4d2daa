namespace Akka.Broker.Replication.Partitions;

/// <summary>
/// What the leader of a partition knows of its replicas, and the high watermark that follows from it. Pure: events in, answers out; its actor carries them.
/// <para>
/// The watermark is the lowest log end among the in-sync replicas, and it rises only while there are at least <c>min.insync.replicas</c> of them
/// (KIP-966: below that, records are neither acknowledged nor shown).
/// </para>
/// <para>
/// Invariants: the leader is in the ISR; ISR ⊆ replicas; the watermark never falls; the watermark ≤ the leader's log end.
/// </para>
/// </summary>
public sealed class LeaderState
{
    private readonly int _leader;
    private readonly Dictionary<int, long> _logEnds;
    private int[] _inSync;
    private int _minInSyncReplicas;

    /// <param name="leader">This broker.</param>
    /// <param name="leaderEpoch">Of this leadership.</param>
    /// <param name="replicas">Every broker that holds a replica.</param>
    /// <param name="inSync">Those of them that the metadata calls in sync.</param>
    /// <param name="minInSyncReplicas">The topic's <c>min.insync.replicas</c>.</param>
    /// <param name="logEndOffset">Of the leader's own log.</param>
    /// <param name="highWatermark">The last that is known; where nothing is, the log start.</param>
    public LeaderState(
        int leader, int leaderEpoch, IReadOnlyList<int> replicas, IReadOnlyList<int> inSync, int minInSyncReplicas, long logEndOffset, long highWatermark)
    {
        _leader = leader;
        LeaderEpoch = leaderEpoch;
        _inSync = [.. inSync];
        _minInSyncReplicas = minInSyncReplicas;
        _logEnds = replicas.ToDictionary(r => r, _ => -1L);
        Invariant.Check(_logEnds.ContainsKey(leader));
        Invariant.Check(Array.IndexOf(_inSync, leader) >= 0);
        Invariant.Check(Array.TrueForAll(_inSync, _logEnds.ContainsKey));
        Invariant.Check(highWatermark <= logEndOffset);
        _logEnds[leader] = logEndOffset;
        HighWatermark = highWatermark;
        Advance();
    }

    public int LeaderEpoch { get; }

    public long LogEndOffset => _logEnds[_leader];

    public long HighWatermark { get; private set; }

    /// <summary>Whether a record that asks for all replicas may be taken at all (else NOT_ENOUGH_REPLICAS).</summary>
    public bool HasEnoughInSyncReplicas => _inSync.Length >= _minInSyncReplicas;

    /// <summary>The leader's own log ends at <paramref name="logEndOffset"/> now. True if the watermark rose.</summary>
    public bool OnAppended(long logEndOffset)
    {
        Invariant.Check(logEndOffset >= LogEndOffset);
        _logEnds[_leader] = logEndOffset;
        return Advance();
    }

    /// <summary>A follower fetched from <paramref name="fetchOffset"/>, so it has all before it. True if the watermark rose.</summary>
    /// <exception cref="ArgumentException">The broker holds no replica of this partition.</exception>
    public bool OnFollowerFetched(int broker, long fetchOffset)
    {
        if (broker == _leader || !_logEnds.ContainsKey(broker))
            throw new ArgumentException($"Broker {broker} is no follower of this partition; its followers are {string.Join(", ", _logEnds.Keys.Where(b => b != _leader))}.");
        Invariant.Check(fetchOffset <= LogEndOffset);
        _logEnds[broker] = fetchOffset;
        return Advance();
    }

    /// <summary>The metadata has committed another ISR. True if the watermark rose.</summary>
    public bool OnInSyncReplicasChanged(IReadOnlyList<int> inSync)
    {
        Invariant.Check(inSync.Contains(_leader) && inSync.All(_logEnds.ContainsKey));
        _inSync = [.. inSync];
        return Advance();
    }

    /// <summary>The topic's setting was altered. True if the watermark rose.</summary>
    public bool OnMinInSyncReplicasChanged(int minInSyncReplicas)
    {
        _minInSyncReplicas = minInSyncReplicas;
        return Advance();
    }

    private bool Advance()
    {
        if (!HasEnoughInSyncReplicas)
            return false;
        var lowest = long.MaxValue;
        foreach (var broker in _inSync)
            lowest = Math.Min(lowest, _logEnds[broker]);
        if (lowest <= HighWatermark)
            return false;
        Invariant.Check(lowest <= LogEndOffset);
        HighWatermark = lowest;
        return true;
    }
}
