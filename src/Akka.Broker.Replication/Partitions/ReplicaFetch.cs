namespace Akka.Broker.Replication.Partitions;

/// <summary>What a follower asks its leader for.</summary>
/// <param name="LeaderEpoch">The epoch that the follower believes in.</param>
/// <param name="Offset">Its log end.</param>
/// <param name="LastFetchedEpoch">The newest epoch of its log, -1 without any: by it the leader sees whether the two logs agree.</param>
/// <param name="LogStartOffset">Its log start.</param>
public readonly record struct ReplicaFetch(int LeaderEpoch, long Offset, int LastFetchedEpoch, long LogStartOffset)
{
    /// <summary>Whether an answer to the other is one to this too: what a leader reads does not depend on where the asker's log begins.</summary>
    public bool IsAnsweredAs(in ReplicaFetch other) =>
        LeaderEpoch == other.LeaderEpoch && Offset == other.Offset && LastFetchedEpoch == other.LastFetchedEpoch;
}
