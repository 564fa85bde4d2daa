using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Wire;

/// <summary>A controller says that it leads, and where it is.</summary>
internal sealed class BeginEpochExchange : QuorumExchange<BeginEpochQuery, BeginQuorumEpochRequest, BeginQuorumEpochResponse, BeginEpochReply>
{
    public override (short Min, short Max) Versions => (1, 1);

    public override BeginQuorumEpochRequest RequestOf(BeginEpochQuery query, QuorumAsker self) => new()
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
                    new() { PartitionIndex = Partition, VoterDirectoryId = query.Voter.DirectoryId, LeaderId = query.From, LeaderEpoch = query.Epoch },
                ],
            },
        ],
        LeaderEndpoints = self.Address is { } at ? [new() { Name = self.Listener, Host = at.Host, Port = (ushort)at.Port }] : [],
    };

    public override BeginEpochQuery? QueryOf(BeginQuorumEpochRequest request, ReplicaKey self) =>
        request.Topics is [{ TopicName: Topic, Partitions: [{ PartitionIndex: Partition } said] }]
            ? new BeginEpochQuery(said.LeaderId, self.Id, 0, said.LeaderEpoch, new ReplicaKey(request.VoterId, said.VoterDirectoryId))
            : null;

    public override BrokerAddress? AddressOf(BeginQuorumEpochRequest request) =>
        request.LeaderEndpoints is [var endpoint, ..] ? new BrokerAddress(endpoint.Host, endpoint.Port) : null;

    public override BeginQuorumEpochResponse ResponseOf(BeginEpochReply reply, QuorumStatus status) => new()
    {
        Topics =
        [
            new()
            {
                TopicName = Topic,
                Partitions = [new() { PartitionIndex = Partition, ErrorCode = reply.Error, LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch }],
            },
        ],
        NodeEndpoints = LeaderOf(reply, status, (id, at) => new BeginQuorumEpochResponse.NodeEndpoint { NodeId = id, Host = at.Host, Port = (ushort)at.Port }),
    };

    public override BeginEpochReply? ReplyOf(BeginQuorumEpochResponse response, BeginEpochQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new BeginEpochReply(query.To, query.From, query.Id, said.ErrorCode, said.LeaderEpoch, said.LeaderId)
            : null;

    public override string? ClusterIdOf(BeginQuorumEpochRequest request) => request.ClusterId;

    public override ErrorCode ErrorOf(BeginQuorumEpochResponse response) => response.ErrorCode;

    public override IEnumerable<PeerTold> LeadersOf(BeginQuorumEpochResponse response) =>
        response.NodeEndpoints.Select(n => new PeerTold(n.NodeId, new BrokerAddress(n.Host, n.Port)));

    public override BeginQuorumEpochResponse Refuse(ErrorCode error) => new() { ErrorCode = error };
}
