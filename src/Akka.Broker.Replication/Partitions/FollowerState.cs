using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Partitions;

/// <summary>
/// A follower of a partition under one leader epoch: where it fetches from, what it does with the answers, and its watermark. Pure: answers in, a
/// <see cref="FollowerStep"/> out; its actor carries the step and says when it is done.
/// <code>
///              records / the logs part / out of range
///  Fetching ───────────────────────────────────────────▶ Applying
///     ▲  ▲ │ nothing new, or refused                        │
///     │  └─┘            OnAppended, OnTruncated             │
///     └─────────────────────────────────────────────────────┘
/// </code>
/// <para>
/// An answer without a diverging epoch says that the leader's log has the same record at the follower's end, and so all the same before. Only such an answer moves the watermark.
/// A diverging one names the last epoch that both may have in common and its end in the leader's log; the follower cuts its log to where both agree, in as many rounds as it takes.
/// </para>
/// <para>
/// Invariants: log start ≤ watermark ≤ log end; the watermark falls only with the log's end; an answer is used only for the offset that was asked for.
/// </para>
/// </summary>
public sealed class FollowerState
{
    private long _leaderWatermark = -1;

    /// <param name="leaderEpoch">Of the leader that is followed.</param>
    /// <param name="logStartOffset">Of the own log.</param>
    /// <param name="logEndOffset">Of the own log.</param>
    /// <param name="lastEpoch">The newest epoch of the own log, -1 without any.</param>
    /// <param name="highWatermark">The last that is known; where nothing is, the log start.</param>
    public FollowerState(int leaderEpoch, long logStartOffset, long logEndOffset, int lastEpoch, long highWatermark)
    {
        LeaderEpoch = leaderEpoch;
        LogStartOffset = logStartOffset;
        LogEndOffset = logEndOffset;
        LastEpoch = lastEpoch;
        LeaderLogStartOffset = logStartOffset;
        HighWatermark = Math.Clamp(highWatermark, logStartOffset, logEndOffset);
    }

    public int LeaderEpoch { get; }

    public long LogStartOffset { get; private set; }

    public long LogEndOffset { get; private set; }

    public int LastEpoch { get; private set; }

    public long HighWatermark { get; private set; }

    /// <summary>A step is under way: what it changes is not known yet.</summary>
    public bool IsApplying { get; private set; }

    /// <summary>As its last usable answer said.</summary>
    public long LeaderLogStartOffset { get; private set; }

    /// <summary>Where the log's start is to be moved up to, as the leader's was; null if it is there.</summary>
    public long? LogStartToRaise => Math.Min(LeaderLogStartOffset, HighWatermark) is var start && start > LogStartOffset ? start : null;

    /// <summary>What to ask for next.</summary>
    /// <exception cref="InvariantViolatedException">A step is under way.</exception>
    public ReplicaFetch NextFetch()
    {
        Invariant.Check(!IsApplying);
        return new(LeaderEpoch, LogEndOffset, LastEpoch, LogStartOffset);
    }

    /// <summary>The leader has answered a fetch.</summary>
    /// <param name="asked">The fetch.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="own">The epochs of the own log.</param>
    public FollowerStep OnFetched(in ReplicaFetch asked, in FetchAnswer answer, IEpochHistory own)
    {
        if (IsApplying || asked.LeaderEpoch != LeaderEpoch || asked.Offset != LogEndOffset || asked.LastFetchedEpoch != LastEpoch)
            return new(FollowerAction.Fetch);
        if (answer.Error == ErrorCode.OffsetOutOfRange)
            return OnOutOfRange(answer);
        if (answer.Error != ErrorCode.None)
            return new(FollowerAction.BackOff, Why: $"the leader answers {answer.Error}");
        if (answer.Diverging is { } leaderEnd)
            return Truncate(leaderEnd, own);
        return answer.HasRecords ? OnRecords(answer) : OnNothing(answer);
    }

    /// <summary>The answer's batches are in the log.</summary>
    public void OnAppended(long logStartOffset, long logEndOffset, int lastEpoch)
    {
        Invariant.Check(IsApplying && logEndOffset >= LogEndOffset && lastEpoch >= LastEpoch);
        IsApplying = false;
        LogStartOffset = logStartOffset;
        LogEndOffset = logEndOffset;
        LastEpoch = lastEpoch;
        RaiseWatermark();
    }

    /// <summary>The answer's batches found no space. What else it said holds, so that what the leader has deleted can go here too and make some.</summary>
    public void OnNoSpace()
    {
        Invariant.Check(IsApplying);
        IsApplying = false;
        RaiseWatermark();
    }

    /// <summary>The log is cut, or begins anew; it may have been cut further than asked, to a batch's begin.</summary>
    public void OnTruncated(long logStartOffset, long logEndOffset, int lastEpoch)
    {
        Invariant.Check(IsApplying);
        IsApplying = false;
        LogStartOffset = logStartOffset;
        LogEndOffset = logEndOffset;
        LastEpoch = lastEpoch;
        HighWatermark = Math.Clamp(HighWatermark, logStartOffset, logEndOffset);
    }

    /// <summary>The log's start was moved up.</summary>
    public void OnLogStartRaised(long logStartOffset)
    {
        Invariant.Check(logStartOffset <= LogEndOffset);
        LogStartOffset = Math.Max(LogStartOffset, logStartOffset);
        HighWatermark = Math.Max(HighWatermark, LogStartOffset);
    }

    private FollowerStep OnNothing(in FetchAnswer answer)
    {
        Take(answer);
        RaiseWatermark();
        return new(FollowerAction.Fetch);
    }

    private FollowerStep OnRecords(in FetchAnswer answer)
    {
        if (answer.FirstOffset >= LogEndOffset)
        {
            Take(answer);
            return Apply(FollowerAction.Append);
        }

        // The leader's log begins inside its first batch, which a follower that begins there gets whole.
        if (LogStartOffset == LogEndOffset && answer.NextOffset > LogEndOffset)
        {
            Take(answer);
            LogStartOffset = LogEndOffset = HighWatermark = answer.FirstOffset;
            return Apply(FollowerAction.RestartAndAppend, answer.FirstOffset, $"the leader's first batch begins at {answer.FirstOffset}");
        }

        return new(FollowerAction.BackOff, Why: $"the leader answers with a batch at {answer.FirstOffset} where {LogEndOffset} was asked for");
    }

    private FollowerStep OnOutOfRange(in FetchAnswer answer)
    {
        var isThere = LogStartOffset == LogEndOffset && LogEndOffset == answer.LogStartOffset;
        if (answer.LogStartOffset >= 0 && !isThere)
        {
            LeaderLogStartOffset = answer.LogStartOffset;
            return Apply(
                FollowerAction.Restart, answer.LogStartOffset, $"the leader's log begins at {answer.LogStartOffset} and shares nothing with [{LogStartOffset}, {LogEndOffset})");
        }

        return new(FollowerAction.BackOff, Why: $"the leader has nothing at {LogEndOffset}, and says that its log begins at {answer.LogStartOffset}");
    }

    private FollowerStep Truncate(OffsetAndEpoch leaderEnd, IEpochHistory own)
    {
        // Without an epoch in common the leader's end is all there is to go by. Where only an older epoch is known, the leader is asked again with that one.
        var end = leaderEnd.Offset;
        if (own.EndOf(leaderEnd.Epoch, LogEndOffset) is { } mine)
            end = mine.Epoch == leaderEnd.Epoch ? Math.Min(mine.Offset, leaderEnd.Offset) : mine.Offset;
        end = Math.Min(end, LogEndOffset);
        return Apply(FollowerAction.Truncate, end, $"the leader's log has the {leaderEnd}, this one is at the {new OffsetAndEpoch(LogEndOffset, LastEpoch)}");
    }

    private FollowerStep Apply(FollowerAction action, long offset = -1, string? why = null)
    {
        IsApplying = true;
        return new(action, offset, why);
    }

    private void Take(in FetchAnswer answer)
    {
        _leaderWatermark = answer.HighWatermark;
        if (answer.LogStartOffset >= 0)
            LeaderLogStartOffset = answer.LogStartOffset;
    }

    private void RaiseWatermark()
    {
        HighWatermark = Math.Max(HighWatermark, Math.Min(_leaderWatermark, LogEndOffset));
        Invariant.Check(LogStartOffset <= HighWatermark && HighWatermark <= LogEndOffset);
    }
}
