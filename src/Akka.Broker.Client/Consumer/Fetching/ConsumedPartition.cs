using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>Whether it is known where to go on in a partition; the transitions are drawn at <see cref="ConsumedPartition"/>.</summary>
internal enum PositionState
{
    /// <summary>Nobody has said where to begin; the committed offset is asked for.</summary>
    Unset,

    /// <summary>An offset is to be found by time, or at an end of the log.</summary>
    Resetting,

    /// <summary>A new leader is asked whether the log still is the one that was read.</summary>
    Validating,

    /// <summary>Can be fetched.</summary>
    Ready,

    /// <summary>There is no offset to begin with, and the settings do not choose one.</summary>
    Stuck,
}

/// <summary>
/// A partition that a consumer has: where it fetches, where it delivers, and what is to be found out before. Owned by the consumer's actor; pure.
/// <code>
///            committed                             new leader epoch
///  [ Unset ] ─────────▶ [ Ready ] ──────────────────────────────▶ [ Validating ]
///     │ none             ▲  │ ▲                                       │ the same log, or cut: goes back to the cut
///     ▼        found     │  │ └───────────────────────────────────────┘
///  [ Resetting ] ────────┘  │ out of range
///     ▲ ▲ └─ no policy ─▶ [ Stuck ] ── seek ─▶ …
///     │ └───────────────────┘
///     └─ seek to a time or an end, from any
/// </code>
/// <para>
/// Invariants: there is a delivery exactly while the position is known; its position is never above <see cref="FetchOffset"/>; an answer counts only if its
/// <see cref="Version"/> is the one of the question.
/// </para>
/// </summary>
internal sealed class ConsumedPartition(TopicPartition id, Action? released = null)
{
    private const int NoReplica = -1;

    private ResetPoint _resetTo;
    private bool _isPaused;
    private int _replica = NoReplica;
    private long _replicaUntilMs;
    private long _leaderOnlyUntilMs;

    public TopicPartition Id { get; } = id;

    public PositionState State { get; private set; }

    /// <summary>Rises with whatever makes answers that are under way useless.</summary>
    public int Version { get; private set; }

    public PartitionDelivery? Delivery { get; private set; }

    /// <summary>The offset to fetch next.</summary>
    public long FetchOffset { get; private set; } = -1;

    /// <summary>The leader epoch of the last batch before <see cref="FetchOffset"/>, -1 if unknown.</summary>
    public int FetchedEpoch { get; private set; } = -1;

    public int LeaderId { get; private set; } = -1;

    public int LeaderEpoch { get; private set; } = -1;

    public Guid TopicId { get; private set; }

    public long HighWatermark { get; private set; } = -1;

    public long LastStableOffset { get; private set; } = -1;

    public long LogStartOffset { get; private set; } = -1;

    /// <summary>Nothing is asked of a broker for this partition before.</summary>
    public long NotBeforeMs { get; private set; }

    /// <summary>A question about the position is under way.</summary>
    public bool IsAsking { get; set; }

    public long? LastFetchMs { get; private set; }

    public string? LastError { get; private set; }

    public ResetPoint ResetTo => _resetTo;

    public bool IsPaused
    {
        get => _isPaused;
        set
        {
            _isPaused = value;
            if (Delivery is { } delivery)
                delivery.IsPaused = value;
        }
    }

    public TopicIdPartition Target => new(TopicId, Id.Topic, Id.Partition);

    /// <summary>Whom to fetch from: the leader, or the replica that it has named (KIP-392). -1: there is no leader.</summary>
    public int FetchBroker(long nowMs) => _replica != NoReplica && nowMs < _replicaUntilMs ? _replica : LeaderId;

    /// <summary>Whether the leader may send the reader to a replica; not for a while after one has failed.</summary>
    public bool MayGoToReplica(long nowMs) => nowMs >= _leaderOnlyUntilMs;

    /// <summary>The leader has named a replica that is nearer.</summary>
    public void GoToReplica(int broker, long untilMs) => (_replica, _replicaUntilMs) = (broker, untilMs);

    /// <summary>The replica is of no use: on at the leader, and only there for a while, lest it sends the reader back at once.</summary>
    public void GoBackToLeader(string why, long leaderOnlyUntilMs)
    {
        (_replica, _leaderOnlyUntilMs) = (NoReplica, leaderOnlyUntilMs);
        LastError = why;
    }

    /// <summary>The end of what may be delivered: the last stable offset, or the high watermark.</summary>
    public long EndOffset(bool isReadCommitted) => isReadCommitted ? LastStableOffset : HighWatermark;

    /// <summary>Goes on at an offset: a committed one, one that was asked for, one that was found.</summary>
    public void StartAt(long offset, int epoch)
    {
        Renew();
        FetchOffset = offset;
        FetchedEpoch = epoch;
        Delivery = new PartitionDelivery(Id, offset, epoch, released) { IsPaused = _isPaused };
        // The committed epoch may be older than what the leader has: the log is to be checked against it.
        State = epoch >= 0 && LeaderEpoch >= 0 && epoch < LeaderEpoch ? PositionState.Validating : PositionState.Ready;
        LastError = null;
    }

    public void Reset(ResetPoint to)
    {
        Renew();
        _resetTo = to;
        State = PositionState.Resetting;
    }

    /// <summary>What was fetched cannot be read: from where the reader stands, once more.</summary>
    public void FetchAgain()
    {
        FetchOffset = Delivery!.Position;
        FetchedEpoch = -1;
        Version++;
        Delivery.IsPaused = _isPaused;
    }

    public void GetStuck(string error)
    {
        Renew();
        State = PositionState.Stuck;
        LastError = error;
    }

    /// <summary>The partition is another's, or the consumer ends.</summary>
    public void Drop() => Renew();

    /// <summary>As the cluster's view says.</summary>
    public void OnView(TopicView? topic, PartitionView? partition)
    {
        if (topic is null || partition is null || partition.LeaderEpoch < LeaderEpoch && topic.Id == TopicId)
            return;
        var isNewTopic = TopicId != Guid.Empty && topic.Id != TopicId;
        TopicId = topic.Id;
        LeaderId = partition.LeaderId;
        if (partition.LeaderEpoch == LeaderEpoch && !isNewTopic)
            return;
        var isFirst = LeaderEpoch < 0;
        LeaderEpoch = partition.LeaderEpoch;
        NotBeforeMs = 0;
        _replica = NoReplica;
        if (State is PositionState.Ready && FetchedEpoch >= 0 && !isNewTopic && (!isFirst || FetchedEpoch < LeaderEpoch))
        {
            State = PositionState.Validating;
            IsAsking = false;
            Version++;
        }
    }

    /// <summary>The new leader has said where the last epoch that was read ended. True if records that were read are gone from the log.</summary>
    public bool OnValidated(int epoch, long endOffset)
    {
        if (State != PositionState.Validating)
            return false;
        State = PositionState.Ready;
        IsAsking = false;
        if (endOffset < 0 || epoch < 0 || endOffset >= FetchOffset)
            return false;
        var delivery = Delivery!;
        // What is being handled counts under the old run only: to skip none of it the new one begins at what is finished.
        StartAt(Math.Min(delivery.Finished, endOffset), epoch);
        State = PositionState.Ready;
        return endOffset < delivery.Position;
    }

    /// <summary>Records up to <paramref name="nextOffset"/> are on their way to the reader.</summary>
    public void OnFetched(long nextOffset, int epoch)
    {
        Invariant.Check(nextOffset >= FetchOffset);
        FetchOffset = nextOffset;
        FetchedEpoch = epoch;
        LastError = null;
    }

    public void OnBounds(long highWatermark, long lastStable, long logStart, long nowMs)
    {
        HighWatermark = highWatermark;
        LastStableOffset = lastStable >= 0 ? lastStable : highWatermark;
        LogStartOffset = logStart;
        LastFetchMs = nowMs;
    }

    /// <summary>A fetch that asked for this partition was answered, perhaps without anything new of it.</summary>
    public void OnAnswered(long nowMs) => LastFetchMs = nowMs;

    public void BackOff(string error, long untilMs)
    {
        LastError = error;
        NotBeforeMs = untilMs;
        IsAsking = false;
    }

    private void Renew()
    {
        Delivery?.Close();
        Delivery = null;
        Version++;
        IsAsking = false;
        NotBeforeMs = 0;
        _replica = NoReplica;
    }
}
