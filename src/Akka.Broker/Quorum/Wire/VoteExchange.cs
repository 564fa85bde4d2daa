using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Wire;

/// <summary>A candidate asks for a vote, or whether it would get it.</summary>
internal sealed class VoteExchange : QuorumExchange<VoteQuery, VoteRequest, VoteResponse, VoteReply>
{
    public override (short Min, short Max) Versions => (2, 2);

    public override VoteRequest RequestOf(VoteQuery query, QuorumAsker self) => new()
    {
        ClusterId = self.ClusterId,
        VoterId = query.To,
        Topics =
        [
            new()
            {
                TopicName = Topic,
                Partitions =
                [
                    new()
                    {
                        PartitionIndex = Partition,
                        ReplicaEpoch = query.Epoch,
                        ReplicaId = query.From,
                        ReplicaDirectoryId = query.Candidate.DirectoryId,
                        VoterDirectoryId = query.Voter.DirectoryId,
                        LastOffsetEpoch = query.LogEnd.Epoch,
                        LastOffset = query.LogEnd.Offset,
                        PreVote = query.IsPreVote,
                    },
                ],
            },
        ],
    };

    public override VoteQuery? QueryOf(VoteRequest request, ReplicaKey self) =>
        request.Topics is [{ TopicName: Topic, Partitions: [{ PartitionIndex: Partition } asked] }]
            ? new VoteQuery(
                asked.ReplicaId, self.Id, 0, asked.ReplicaEpoch, new ReplicaKey(asked.ReplicaId, asked.ReplicaDirectoryId),
                new ReplicaKey(request.VoterId, asked.VoterDirectoryId), new LogPosition(asked.LastOffsetEpoch, asked.LastOffset), asked.PreVote)
            : null;

    public override VoteResponse ResponseOf(VoteReply reply, QuorumStatus status) => new()
    {
        Topics =
        [
            new()
            {
                TopicName = Topic,
                Partitions =
                [
                    new()
                    {
                        PartitionIndex = Partition,
                        ErrorCode = reply.Error,
                        LeaderId = reply.LeaderId,
                        LeaderEpoch = reply.Epoch,
                        VoteGranted = reply.IsGranted,
                    },
                ],
            },
        ],
        NodeEndpoints = LeaderOf(reply, status, (id, at) => new VoteResponse.NodeEndpoint { NodeId = id, Host = at.Host, Port = (ushort)at.Port }),
    };

    public override VoteReply? ReplyOf(VoteResponse response, VoteQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new VoteReply(query.To, query.From, query.Id, said.ErrorCode, said.LeaderEpoch, said.LeaderId, said.VoteGranted)
            : null;

    public override string? ClusterIdOf(VoteRequest request) => request.ClusterId;

    public override ErrorCode ErrorOf(VoteResponse response) => response.ErrorCode;

    public override IEnumerable<PeerTold> LeadersOf(VoteResponse response) =>
        response.NodeEndpoints.Select(n => new PeerTold(n.NodeId, new BrokerAddress(n.Host, n.Port)));

    public override VoteResponse Refuse(ErrorCode error) => new() { ErrorCode = error };
}
