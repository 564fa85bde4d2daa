using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Wire;

/// <summary>A node follows the metadata log. The same request as for records: it is this one if a replica asks for the metadata log and for nothing else.</summary>
internal sealed class FetchExchange : QuorumExchange<FetchQuery, FetchRequest, FetchResponse, FetchReply>
{
    // From here on a response says who leads and where.
    public override (short Min, short Max) Versions => (16, 18);

    public override FetchRequest RequestOf(FetchQuery query, QuorumAsker self) => new()
    {
        ClusterId = self.ClusterId,
        ReplicaState = new() { ReplicaId = query.From, ReplicaEpoch = query.BrokerEpoch },
        MaxWaitMs = query.MaxWaitMs,
        MinBytes = 1,
        MaxBytes = self.FetchBytes,
        Topics =
        [
            new()
            {
                TopicId = InternalTopics.ClusterMetadataId,
                Partitions =
                [
                    new()
                    {
                        Partition = Partition,
                        CurrentLeaderEpoch = query.Epoch,
                        FetchOffset = query.LogEnd.Offset,
                        LastFetchedEpoch = query.LogEnd.Epoch,
                        PartitionMaxBytes = self.FetchBytes,
                        ReplicaDirectoryId = query.Replica.DirectoryId,
                        HighWatermark = query.HighWatermark,
                    },
                ],
            },
        ],
    };

    public override FetchQuery? QueryOf(FetchRequest request, ReplicaKey self) =>
        request.Topics is [{ Partitions: [{ Partition: Partition } asked] } topic] && topic.TopicId == InternalTopics.ClusterMetadataId
            && request.ReplicaState is { ReplicaId: >= 0 } replica
            ? new FetchQuery(
                replica.ReplicaId, self.Id, 0, asked.CurrentLeaderEpoch, new ReplicaKey(replica.ReplicaId, asked.ReplicaDirectoryId), replica.ReplicaEpoch,
                new LogPosition(asked.LastFetchedEpoch, asked.FetchOffset), asked.HighWatermark == long.MaxValue ? -1 : asked.HighWatermark, request.MaxWaitMs)
            : null;

    public override FetchResponse ResponseOf(FetchReply reply, QuorumStatus status) => new()
    {
        Responses =
        [
            new()
            {
                TopicId = InternalTopics.ClusterMetadataId,
                Partitions =
                [
                    new()
                    {
                        PartitionIndex = Partition,
                        ErrorCode = reply.Error,
                        HighWatermark = reply.HighWatermark,
                        LastStableOffset = reply.HighWatermark,
                        LogStartOffset = status.LogStartOffset,
                        DivergingEpoch = reply.Diverging is { } parts ? new() { Epoch = parts.Epoch, EndOffset = parts.Offset } : null,
                        SnapshotId = reply.SnapshotId is { } id ? new() { Epoch = id.Epoch, EndOffset = id.Offset } : null,
                        CurrentLeader = new() { LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch },
                        Records = new MemoryRecords(reply.Records),
                    },
                ],
            },
        ],
        NodeEndpoints = LeaderOf(reply, status, (id, at) => new FetchResponse.NodeEndpoint { NodeId = id, Host = at.Host, Port = at.Port }),
    };

    public override FetchReply? ReplyOf(FetchResponse response, FetchQuery query) =>
        response.Responses is [{ Partitions: [var said] }]
            ? new FetchReply(
                query.To, query.From, query.Id, said.ErrorCode, said.CurrentLeader?.LeaderEpoch ?? -1, said.CurrentLeader?.LeaderId ?? -1, said.HighWatermark,
                CopyOf(said.Records),
                said.DivergingEpoch is { } parts ? new LogPosition(parts.Epoch, parts.EndOffset) : null,
                said.SnapshotId is { EndOffset: >= 0 } id ? new LogPosition(id.Epoch, id.EndOffset) : null)
            : null;

    public override string? ClusterIdOf(FetchRequest request) => request.ClusterId;

    public override ErrorCode ErrorOf(FetchResponse response) => response.ErrorCode;

    public override IEnumerable<PeerTold> LeadersOf(FetchResponse response) =>
        response.NodeEndpoints.Select(n => new PeerTold(n.NodeId, new BrokerAddress(n.Host, n.Port)));

    public override FetchResponse Refuse(ErrorCode error) => new() { ErrorCode = error };
}
