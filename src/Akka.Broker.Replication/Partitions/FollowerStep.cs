namespace Akka.Broker.Replication.Partitions;

/// <summary>What a follower does next with its log.</summary>
public enum FollowerAction : byte
{
    /// <summary>Nothing: fetch again.</summary>
    Fetch,

    /// <summary>Nothing, and the answer was not to be used: fetch again after a wait.</summary>
    BackOff,

    /// <summary>Append the answer's batches, then <see cref="FollowerState.OnAppended"/>.</summary>
    Append,

    /// <summary>The log is empty and the leader's first batch begins before its start: delete all, begin at <see cref="FollowerStep.Offset"/>, append, then <see cref="FollowerState.OnAppended"/>.</summary>
    RestartAndAppend,

    /// <summary>Cut off what lies at and behind <see cref="FollowerStep.Offset"/>, then <see cref="FollowerState.OnTruncated"/>.</summary>
    Truncate,

    /// <summary>Delete all and begin at <see cref="FollowerStep.Offset"/>, then <see cref="FollowerState.OnTruncated"/>.</summary>
    Restart,
}

/// <param name="Action">What to do.</param>
/// <param name="Offset">Where; -1 if the action has none.</param>
/// <param name="Why">For the log; null if there is nothing to say.</param>
public readonly record struct FollowerStep(FollowerAction Action, long Offset = -1, string? Why = null);
