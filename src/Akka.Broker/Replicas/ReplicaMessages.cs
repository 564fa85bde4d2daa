using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replicas;

/// <summary>The node's image names this node a replica, and that leader at that epoch: copy its log.</summary>
public sealed record Follow(TopicIdPartition Target, int Leader, int LeaderEpoch)
{
    /// <summary>The last leader epoch that began with an unclean election; -1: none did.</summary>
    public int UncleanEpoch { get; init; } = -1;
}

/// <summary>This node follows the partition no more: it leads, the partition has no leader, or the replica is gone. Answered with <see cref="Unfollowed"/>.</summary>
/// <param name="Target">Which partition.</param>
/// <param name="Number">Another one for each follower that is to end, the same however often that is said: by it the asker knows what an answer is about.</param>
public sealed record Unfollow(TopicIdPartition Target, long Number);

/// <summary>No follower of this node writes to the log any more, as of the <see cref="Unfollow"/> of that number: one that was begun behind it may.</summary>
public sealed record Unfollowed(TopicIdPartition Target, long Number);

/// <summary>A follower can go on from here. It replaces what the fetcher knew of the partition.</summary>
/// <param name="Target">Which partition.</param>
/// <param name="Fetch">What to ask for.</param>
/// <param name="BacksOff">The last answer was of no use: wait first.</param>
internal sealed record FetchFrom(TopicIdPartition Target, ReplicaFetch Fetch, bool BacksOff);

/// <summary>The follower's log begins here now, which the leader is to hear soon: somebody may wait for it. What is fetched stays as it is.</summary>
internal sealed record TellLogStart(TopicIdPartition Target, long LogStartOffset);

/// <summary>The partition is fetched no more; what is under way for it is of no use.</summary>
internal sealed record StopFetching(TopicIdPartition Target);

/// <summary>What a leader has answered for one partition. Who gets it releases <paramref name="Response"/> when the records are not needed any more, and then sends <see cref="FetchFrom"/>.</summary>
internal sealed record PartitionFetched(TopicIdPartition Target, ReplicaFetch Asked, FetchResponse.PartitionData Data, SharedResponse Response);

/// <summary>The fetcher of this leader is another from now on, and knows of nothing.</summary>
internal sealed record FetcherReplaced(int Leader, IActorRef Fetcher);
