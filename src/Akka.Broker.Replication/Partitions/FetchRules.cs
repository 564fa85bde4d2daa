using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Partitions;

/// <summary>Whether a leader may answer a fetch with records: error None and no diverging epoch.</summary>
public readonly record struct FetchVerdict(ErrorCode Error, OffsetAndEpoch? Diverging)
{
    public bool MayRead => Error == ErrorCode.None && Diverging is null;
}

/// <summary>What a leader checks before it reads its log for a fetch, a follower's or a consumer's. Without state.</summary>
public static class FetchRules
{
    /// <summary>Fences the epoch that the asker believes in; -1 is any.</summary>
    public static ErrorCode CheckEpoch(int asked, int leaderEpoch) =>
        asked == -1 || asked == leaderEpoch ? ErrorCode.None
        : asked < leaderEpoch ? ErrorCode.FencedLeaderEpoch
        : ErrorCode.UnknownLeaderEpoch;

    /// <param name="fetch">What is asked.</param>
    /// <param name="leaderEpoch">Of the leader.</param>
    /// <param name="logStartOffset">Of the leader's log.</param>
    /// <param name="logEndOffset">Of the leader's log.</param>
    /// <param name="epochs">Of the leader's log.</param>
    public static FetchVerdict Check(in ReplicaFetch fetch, int leaderEpoch, long logStartOffset, long logEndOffset, IEpochHistory epochs)
    {
        if (CheckEpoch(fetch.LeaderEpoch, leaderEpoch) is var fenced && fenced != ErrorCode.None)
            return new(fenced, null);
        // Whether the logs agree or not: what the leader has deleted, the asker cannot get on from.
        if (fetch.Offset < logStartOffset)
            return new(ErrorCode.OffsetOutOfRange, null);
        if (fetch.LastFetchedEpoch >= 0)
        {
            // A leader that has not noted its own epoch yet begins it at its log's end.
            var end = fetch.LastFetchedEpoch > epochs.LatestEpoch && epochs.LatestEpoch >= 0 && fetch.LastFetchedEpoch <= leaderEpoch
                ? epochs.EndOf(epochs.LatestEpoch, logEndOffset)
                : epochs.EndOf(fetch.LastFetchedEpoch, logEndOffset);
            if (end is not { } known)
                return new(ErrorCode.OffsetOutOfRange, null);
            if (known.Epoch < fetch.LastFetchedEpoch || known.Offset < fetch.Offset)
                return new(ErrorCode.None, known);
        }

        return new(fetch.Offset > logEndOffset ? ErrorCode.OffsetOutOfRange : ErrorCode.None, null);
    }
}
