using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using ReplicaState = Akka.Broker.Protocol.Messages.DescribeQuorumResponse.ReplicaState;

namespace Akka.Broker.Quorum;

/// <summary>What the leader of the metadata log knows of its voters and learners, as DescribeQuorum tells it. Pure.</summary>
internal static class QuorumReport
{
    /// <param name="request">Names the metadata log's one partition.</param>
    /// <param name="known">As this node's quorum describes itself; null: it is not running.</param>
    /// <param name="nowMs">Wall clock.</param>
    public static DescribeQuorumResponse Of(DescribeQuorumRequest request, QuorumDescription? known, long nowMs)
    {
        if (request.Topics is not [{ TopicName: InternalTopics.ClusterMetadata, Partitions: [{ PartitionIndex: 0 }] }])
            return Refuse(ErrorCode.InvalidRequest, $"Partition 0 of {InternalTopics.ClusterMetadata} alone has a quorum to describe.");
        if (known?.Replicas is not { } replicas)
        {
            var leader = known?.Status.LeaderId ?? -1;
            return Refuse(ErrorCode.NotLeaderOrFollower, leader < 0 ? "Nobody leads the metadata log, as far as this node hears." : $"Node {leader} leads the metadata log: ask that one.");
        }
        var byKey = replicas.ToDictionary(r => r.Key);
        var status = known.Status;
        return new DescribeQuorumResponse
        {
            Topics =
            [
                new()
                {
                    TopicName = InternalTopics.ClusterMetadata,
                    Partitions =
                    [
                        new()
                        {
                            LeaderId = status.LeaderId,
                            LeaderEpoch = status.Epoch,
                            HighWatermark = status.HighWatermark,
                            CurrentVoters = [.. status.Voters.Keys.Select(StateOf)],
                            Observers = [.. replicas.Where(r => !status.Voters.Contains(r.Key)).Select(r => StateOf(r.Key))],
                        },
                    ],
                },
            ],
            Nodes =
            [
                .. status.Voters.All.Select(v => new DescribeQuorumResponse.QuorumNode
                {
                    NodeId = v.Id,
                    Listeners = [.. v.Endpoints.Select(e => new DescribeQuorumResponse.QuorumListener { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
                }),
            ],
        };

        ReplicaState StateOf(ReplicaKey key)
        {
            if (key == known.Self)
                return new() { ReplicaId = key.Id, ReplicaDirectoryId = key.DirectoryId, LogEndOffset = status.LogEndOffset, LastCaughtUpTimestamp = nowMs };
            return byKey.TryGetValue(key, out var replica)
                ? new()
                {
                    ReplicaId = key.Id,
                    ReplicaDirectoryId = key.DirectoryId,
                    LogEndOffset = replica.LogEndOffset,
                    LastFetchTimestamp = nowMs - replica.LastFetchMsAgo,
                    LastCaughtUpTimestamp = replica.CaughtUpMsAgo < 0 ? -1 : nowMs - replica.CaughtUpMsAgo,
                }
                : new() { ReplicaId = key.Id, ReplicaDirectoryId = key.DirectoryId, LogEndOffset = -1 };
        }
    }

    public static DescribeQuorumResponse Refuse(ErrorCode error, string message) => new()
    {
        Topics =
        [
            new() { TopicName = InternalTopics.ClusterMetadata, Partitions = [new() { ErrorCode = error, ErrorMessage = message }] },
        ],
    };
}
