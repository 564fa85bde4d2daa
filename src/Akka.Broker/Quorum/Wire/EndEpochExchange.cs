using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Wire;

/// <summary>A controller says that it leads no more, and who should claim next.</summary>
internal sealed class EndEpochExchange : QuorumExchange<EndEpochQuery, EndQuorumEpochRequest, EndQuorumEpochResponse, EndEpochReply>
{
    public override (short Min, short Max) Versions => (1, 1);

    public override EndQuorumEpochRequest RequestOf(EndEpochQuery query, QuorumAsker self) => new()
    {
        ClusterId = self.ClusterId,
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
                        LeaderId = query.From,
                        LeaderEpoch = query.Epoch,
                        PreferredSuccessors = [.. query.Successors],
                        PreferredCandidates =
                        [
                            .. query.Successors.Select(id => new EndQuorumEpochRequest.ReplicaInfo
                            {
                                CandidateId = id,
                                CandidateDirectoryId = self.Voters.Find(id)?.Key.DirectoryId ?? Guid.Empty,
                            }),
                        ],
                    },
                ],
            },
        ],
    };

    public override EndEpochQuery? QueryOf(EndQuorumEpochRequest request, ReplicaKey self) =>
        request.Topics is [{ TopicName: Topic, Partitions: [{ PartitionIndex: Partition } said] }]
            ? new EndEpochQuery(
                said.LeaderId, self.Id, 0, said.LeaderEpoch,
                said.PreferredCandidates.Count > 0 ? [.. said.PreferredCandidates.Select(c => c.CandidateId)] : [.. said.PreferredSuccessors])
            : null;

    public override EndQuorumEpochResponse ResponseOf(EndEpochReply reply, QuorumStatus status) => new()
    {
        Topics =
        [
            new()
            {
                TopicName = Topic,
                Partitions = [new() { PartitionIndex = Partition, ErrorCode = reply.Error, LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch }],
            },
        ],
        NodeEndpoints = LeaderOf(reply, status, (id, at) => new EndQuorumEpochResponse.NodeEndpoint { NodeId = id, Host = at.Host, Port = (ushort)at.Port }),
    };

    public override EndEpochReply? ReplyOf(EndQuorumEpochResponse response, EndEpochQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new EndEpochReply(query.To, query.From, query.Id, said.ErrorCode, said.LeaderEpoch, said.LeaderId)
            : null;

    public override string? ClusterIdOf(EndQuorumEpochRequest request) => request.ClusterId;

    public override ErrorCode ErrorOf(EndQuorumEpochResponse response) => response.ErrorCode;

    public override IEnumerable<PeerTold> LeadersOf(EndQuorumEpochResponse response) =>
        response.NodeEndpoints.Select(n => new PeerTold(n.NodeId, new BrokerAddress(n.Host, n.Port)));

    public override EndQuorumEpochResponse Refuse(ErrorCode error) => new() { ErrorCode = error };
}
