namespace Akka.Broker.Replication.Partitions;

/// <summary>What a follower asks its leader for.</summary>
/// <param name="LeaderEpoch">The epoch that the follower believes in.</param>
/// <param name="Offset">Its log end.</param>
/// <param name="LastFetchedEpoch">The newest epoch of its log, -1 without any: by it the leader sees whether the two logs agree.</param>
/// <param name="LogStartOffset">Its log start.</param>
public readonly record struct ReplicaFetch(int LeaderEpoch, long Offset, int LastFetchedEpoch, long LogStartOffset);
