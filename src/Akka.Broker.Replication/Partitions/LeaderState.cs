using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Partitions;

/// <summary>
/// The leader of a partition: what it knows of its followers, the ISR that it asks the controller for, and the high watermark that follows. Pure: events with their times in,
/// <see cref="LeaderEffects"/> out; its actor carries them.
/// <code>
///             a follower lags, or has caught up                committed, or newer metadata
///  Committed ──────────────────────────────────▶ In flight ──────────────────────────────────▶ Committed
///      ▲              proposal sent                 │   │  not heard, or may pass: sent again after a wait
///      └────── refused: ineligible replica ─────────┘   └─ fenced, stale: waits for the metadata that says so
/// </code>
/// <para>
/// The watermark is the lowest log end among all replicas that may be in sync: while a change is in flight the controller may have committed it or not, so both the old
/// members and the new count (the maximal ISR). It rises only while the committed ISR has <c>min.insync.replicas</c> members (KIP-966), and it waits for an eligible
/// follower that is about to join, which else would never catch up with it.
/// </para>
/// <para>
/// Invariants: ISR ⊆ replicas; the leader is in the ISR; the watermark never falls; the watermark ≤ the leader's log end; one proposal is in flight at most, and it names the
/// committed partition epoch; the partition epoch never falls.
/// </para>
/// </summary>
public sealed class LeaderState
{
    /// <summary>For how long a proposal that got no proper answer waits before it is sent again.</summary>
    public const long RetryAfterMs = 100;

    private const short AcksAll = -1;

    private readonly int _leader;
    private readonly long _lagTimeMaxMs;
    private readonly IReplicaBrokers _brokers;
    private readonly ControllerLease _lease;
    private FollowerProgress[] _followers = [];
    private int _inSyncCount;
    private int _minInSyncReplicas;
    private IsrProposal? _inFlight;
    private long _retryAtMs = long.MaxValue;

    /// <param name="start">What the leadership begins with.</param>
    /// <param name="brokers">Who may be in sync.</param>
    /// <param name="lease">Until when appends are taken.</param>
    /// <param name="nowMs">The time of this event, as in all others: of one clock that never goes back.</param>
    public LeaderState(LeaderStart start, IReplicaBrokers brokers, ControllerLease lease, long nowMs)
    {
        _leader = start.Leader;
        _lagTimeMaxMs = start.LagTimeMaxMs;
        _brokers = brokers;
        _lease = lease;
        _minInSyncReplicas = start.MinInSyncReplicas;
        LeaderEpoch = start.LeaderEpoch;
        PartitionEpoch = start.PartitionEpoch;
        EpochStartOffset = start.LogEndOffset;
        LogEndOffset = start.LogEndOffset;
        Invariant.Check(start.HighWatermark <= start.LogEndOffset);
        HighWatermark = start.HighWatermark;
        SetReplicas(start.Replicas, start.InSync, nowMs);
        Adopt(start.InFlight, nowMs);
        Advance(nowMs);
    }

    public int LeaderEpoch { get; }

    /// <summary>Of the newest metadata of this partition that the leader has seen or been answered.</summary>
    public int PartitionEpoch { get; private set; }

    /// <summary>Where this epoch's records begin.</summary>
    public long EpochStartOffset { get; }

    public long LogEndOffset { get; private set; }

    public long HighWatermark { get; private set; }

    /// <summary>
    /// Whether the watermark has reached this epoch: before, an earlier leader may have shown a higher one, so that "the latest offset" is not known yet (KIP-207).
    /// </summary>
    public bool IsWatermarkCurrent => HighWatermark >= EpochStartOffset;

    /// <summary>Whether a record that asks for all replicas may be taken at all (else NOT_ENOUGH_REPLICAS).</summary>
    public bool HasEnoughInSyncReplicas => _inSyncCount >= _minInSyncReplicas;

    /// <summary>The committed ISR, the leader first.</summary>
    public IEnumerable<int> InSync => _followers.Where(f => f.IsInSync).Select(f => f.Broker).Prepend(_leader);

    /// <summary>What the controller has not answered for good yet.</summary>
    public IsrProposal? InFlight => _inFlight;

    /// <summary>The followers; the array is replaced when the assignment changes, its members change with each fetch.</summary>
    public IReadOnlyList<FollowerProgress> Followers => _followers;

    /// <summary>Why a produce request is refused now; None if it is taken.</summary>
    public ErrorCode CheckAppend(short acks, long nowMs)
    {
        if (!_lease.IsHeld(nowMs))
            return ErrorCode.NotLeaderOrFollower;
        return acks == AcksAll && !HasEnoughInSyncReplicas ? ErrorCode.NotEnoughReplicas : ErrorCode.None;
    }

    /// <summary>
    /// What a record that ends before <paramref name="nextOffset"/>, appended with acks=all, is answered now: None when it is committed, NOT_ENOUGH_REPLICAS_AFTER_APPEND when
    /// too few replicas are left, null while it waits.
    /// </summary>
    public ErrorCode? CheckAppended(long nextOffset) =>
        nextOffset <= HighWatermark ? ErrorCode.None
        : HasEnoughInSyncReplicas ? null
        : ErrorCode.NotEnoughReplicasAfterAppend;

    /// <summary>
    /// The least offset at which a replica begins that lives or may be in sync: what lies before is gone for good, whoever of them leads next (KIP-107). -1 while one has not
    /// said since it was last registered.
    /// </summary>
    /// <param name="logStartOffset">Of the leader's own log.</param>
    public long LowWatermark(long logStartOffset)
    {
        var low = logStartOffset;
        foreach (var follower in _followers)
        {
            if (follower.IsInMaximalIsr || _brokers.IsEligible(follower.Broker))
                low = Math.Min(low, follower.BrokerEpoch < _brokers.EpochOf(follower.Broker) ? -1 : follower.LogStartOffset);
        }

        return low;
    }

    /// <summary>The leader's own log ends at <paramref name="logEndOffset"/> now.</summary>
    public LeaderEffects OnAppended(long logEndOffset, long nowMs)
    {
        Invariant.Check(logEndOffset >= LogEndOffset);
        LogEndOffset = logEndOffset;
        return new(Advance(nowMs), null);
    }

    /// <summary>
    /// A follower has fetched from <paramref name="fetchOffset"/>, with an epoch that agrees with the leader's log (<see cref="FetchRules"/>): it has all before. What comes
    /// from a stranger, or under another broker epoch than the registered one, is of no effect.
    /// </summary>
    /// <param name="broker">The follower.</param>
    /// <param name="brokerEpoch">As its request said.</param>
    /// <param name="fetchOffset">Its log end.</param>
    /// <param name="logStartOffset">Its log start.</param>
    /// <param name="leaderEnd">The leader's log end when the fetch was read.</param>
    /// <param name="nowMs">When the fetch was read.</param>
    public LeaderEffects OnFollowerFetched(int broker, long brokerEpoch, long fetchOffset, long logStartOffset, long leaderEnd, long nowMs)
    {
        if (Find(broker) is not { } follower || fetchOffset > LogEndOffset || !follower.Accepts(brokerEpoch) || brokerEpoch != _brokers.EpochOf(broker))
            return default;
        follower.OnFetched(brokerEpoch, fetchOffset, logStartOffset, leaderEnd, nowMs);
        var proposal = MayJoin(follower) ? Propose([follower], joins: true, $"broker {broker} has caught up to {fetchOffset}") : null;
        return new(Advance(nowMs), proposal);
    }

    /// <summary>Time has passed: who lags leaves, and what was not heard is asked again. To be called at least twice in <c>replica.lag.time.max.ms</c>, and every <see cref="RetryAfterMs"/> while a proposal is in flight.</summary>
    public LeaderEffects OnTick(long nowMs)
    {
        IsrProposal? proposal = null;
        if (_inFlight is not null)
        {
            if (nowMs >= _retryAtMs)
            {
                _retryAtMs = long.MaxValue;
                proposal = _inFlight = _inFlight with { Attempt = _inFlight.Attempt + 1 };
            }
        }
        else
        {
            proposal = ProposeShrink(nowMs) ?? ProposeExpansion();
        }

        return new(Advance(nowMs), proposal);
    }

    /// <summary>The node's metadata has this of the partition, at this leadership's epoch. Older than what the leader knows, it is of no effect.</summary>
    public LeaderEffects OnMetadata(int partitionEpoch, IReadOnlyList<int> replicas, IReadOnlyList<int> inSync, long nowMs)
    {
        if (partitionEpoch <= PartitionEpoch)
            return default;
        PartitionEpoch = partitionEpoch;
        // A proposal that is still under way names an older partition epoch, which the controller refuses from now on.
        _inFlight = null;
        SetReplicas(replicas, inSync, nowMs);
        return new(Advance(nowMs), ProposeExpansion());
    }

    /// <summary>The controller has answered, or could not be reached (then with a code that may pass, such as REQUEST_TIMED_OUT).</summary>
    public LeaderEffects OnProposalAnswered(IsrProposal proposal, IsrAnswer answer, long nowMs)
    {
        if (_inFlight is null || proposal.PartitionEpoch != _inFlight.PartitionEpoch || !proposal.InSync.SequenceEqual(_inFlight.InSync))
            return default;
        if (answer.Error != ErrorCode.None && proposal.Attempt != _inFlight.Attempt)
            return default;
        switch (answer.Error)
        {
            case ErrorCode.None:
                if (answer.LeaderEpoch != LeaderEpoch || answer.PartitionEpoch < PartitionEpoch)
                    return default;
                PartitionEpoch = answer.PartitionEpoch;
                _inFlight = null;
                SetInSync(answer.InSync, nowMs);
                return new(Advance(nowMs), ProposeExpansion());
            case ErrorCode.IneligibleReplica or ErrorCode.OperationNotAttempted:
                // It is certain that nothing was changed.
                _inFlight = null;
                ClearProposed();
                return new(Advance(nowMs), null);
            case ErrorCode.FencedLeaderEpoch or ErrorCode.InvalidUpdateVersion or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId
                or ErrorCode.InvalidRequest or ErrorCode.NewLeaderElected or ErrorCode.NotLeaderOrFollower:
                // The metadata has moved on; what it says is on its way here.
                return default;
            default:
                _retryAtMs = nowMs + RetryAfterMs;
                return default;
        }
    }

    /// <summary>The topic's setting was altered.</summary>
    public LeaderEffects OnMinInSyncReplicasChanged(int minInSyncReplicas, long nowMs)
    {
        _minInSyncReplicas = minInSyncReplicas;
        return new(Advance(nowMs), null);
    }

    // ---- The ISR ----

    private bool MayJoin(FollowerProgress follower) =>
        _inFlight is null
        && !follower.IsInSync
        && follower.HasFetchedSinceOut
        && follower.LogEndOffset >= HighWatermark
        && follower.LogEndOffset >= EpochStartOffset
        && IsEligible(follower);

    private bool IsEligible(FollowerProgress follower) =>
        follower.BrokerEpoch >= 0 && follower.BrokerEpoch == _brokers.EpochOf(follower.Broker) && _brokers.IsEligible(follower.Broker);

    private IsrProposal? ProposeExpansion()
    {
        var joining = Array.FindAll(_followers, MayJoin);
        return joining.Length == 0
            ? null
            : Propose(joining, joins: true, string.Join(", ", joining.Select(f => $"broker {f.Broker} has caught up to {f.LogEndOffset}")));
    }

    private IsrProposal? ProposeShrink(long nowMs)
    {
        var lagging = Array.FindAll(_followers, f => f.IsInSync && !f.IsCaughtUp(LogEndOffset, nowMs, _lagTimeMaxMs));
        return lagging.Length == 0
            ? null
            : Propose(lagging, joins: false, string.Join(", ", lagging.Select(f =>
                $"broker {f.Broker} has {f.LogEndOffset} of {LogEndOffset} and has not caught up for {nowMs - f.CaughtUpAtMs} ms")));
    }

    private IsrProposal Propose(FollowerProgress[] changed, bool joins, string why)
    {
        Invariant.Check(_inFlight is null);
        var inSync = ImmutableArray.CreateBuilder<ReplicaEpoch>(_followers.Length + 1);
        inSync.Add(new(_leader, _brokers.EpochOf(_leader)));
        foreach (var follower in _followers)
        {
            follower.IsProposed = Array.IndexOf(changed, follower) >= 0 ? joins : follower.IsInSync;
            if (follower.IsProposed)
                inSync.Add(new(follower.Broker, follower.BrokerEpoch >= 0 ? follower.BrokerEpoch : _brokers.EpochOf(follower.Broker)));
        }

        _retryAtMs = long.MaxValue;
        return _inFlight = new(LeaderEpoch, PartitionEpoch, inSync.ToImmutable(), why, Attempt: 1);
    }

    private void Adopt(IsrProposal? proposal, long nowMs)
    {
        if (proposal is null || proposal.LeaderEpoch != LeaderEpoch || proposal.PartitionEpoch != PartitionEpoch)
            return;
        foreach (var follower in _followers)
            follower.IsProposed = proposal.InSync.Any(r => r.Broker == follower.Broker);
        _inFlight = proposal;
        _retryAtMs = nowMs;
    }

    private void SetReplicas(IReadOnlyList<int> replicas, IReadOnlyList<int> inSync, long nowMs)
    {
        Invariant.Check(replicas.Contains(_leader));
        _followers = [.. replicas.Where(r => r != _leader).Select(r => Find(r) ?? new FollowerProgress(r, nowMs))];
        SetInSync(inSync, nowMs);
    }

    private void SetInSync(IReadOnlyList<int> inSync, long nowMs)
    {
        Invariant.Check(inSync.Contains(_leader));
        _inSyncCount = 1;
        foreach (var follower in _followers)
        {
            follower.SetInSync(inSync.Contains(follower.Broker), nowMs);
            _inSyncCount += follower.IsInSync ? 1 : 0;
        }

        Invariant.Check(_inSyncCount == inSync.Count);
        ClearProposed();
    }

    private void ClearProposed()
    {
        foreach (var follower in _followers)
            follower.IsProposed = false;
    }

    private FollowerProgress? Find(int broker)
    {
        foreach (var follower in _followers)
        {
            if (follower.Broker == broker)
                return follower;
        }

        return null;
    }

    // ---- The watermark ----

    private bool Advance(long nowMs)
    {
        if (!HasEnoughInSyncReplicas)
            return false;
        var lowest = LogEndOffset;
        foreach (var follower in _followers)
        {
            if (follower.LogEndOffset < lowest && (follower.IsInMaximalIsr || IsAboutToJoin(follower, nowMs)))
                lowest = follower.LogEndOffset;
        }

        if (lowest <= HighWatermark)
            return false;
        HighWatermark = lowest;
        return true;
    }

    private bool IsAboutToJoin(FollowerProgress follower, long nowMs) =>
        follower.LogEndOffset >= 0 && follower.IsCaughtUp(LogEndOffset, nowMs, _lagTimeMaxMs) && IsEligible(follower);
}
