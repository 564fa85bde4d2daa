namespace Akka.Broker.Replication.Partitions;

/// <summary>What a leadership begins with.</summary>
/// <param name="Leader">This broker.</param>
/// <param name="LeaderEpoch">Of this leadership.</param>
/// <param name="PartitionEpoch">Of the metadata that named the leader.</param>
/// <param name="Replicas">Every broker that holds a replica.</param>
/// <param name="InSync">Those of them that the metadata calls in sync.</param>
/// <param name="MinInSyncReplicas">The topic's <c>min.insync.replicas</c>.</param>
/// <param name="LogEndOffset">Of the leader's own log: where this epoch begins.</param>
/// <param name="HighWatermark">The last that is known; where nothing is, the log start.</param>
/// <param name="LagTimeMaxMs"><c>replica.lag.time.max.ms</c>: a follower that has not caught up for longer leaves the ISR.</param>
public sealed record LeaderStart(
    int Leader,
    int LeaderEpoch,
    int PartitionEpoch,
    IReadOnlyList<int> Replicas,
    IReadOnlyList<int> InSync,
    int MinInSyncReplicas,
    long LogEndOffset,
    long HighWatermark,
    long LagTimeMaxMs)
{
    /// <summary>
    /// What an earlier incarnation of this very leadership has asked for and got no final answer to: it may be committed yet, so its members count. Null if there is nothing.
    /// </summary>
    public IsrProposal? InFlight { get; init; }
}
