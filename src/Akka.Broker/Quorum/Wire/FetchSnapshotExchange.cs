using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Wire;

/// <summary>A node that is far behind fetches a snapshot of the metadata.</summary>
internal sealed class FetchSnapshotExchange : QuorumExchange<SnapshotQuery, FetchSnapshotRequest, FetchSnapshotResponse, SnapshotReply>
{
    public override (short Min, short Max) Versions => (1, 1);

    public override FetchSnapshotRequest RequestOf(SnapshotQuery query, QuorumAsker self) => new()
    {
        ClusterId = self.ClusterId,
        ReplicaId = query.From,
        MaxBytes = query.MaxBytes,
        Topics =
        [
            new()
            {
                Name = Topic,
                Partitions =
                [
                    new()
                    {
                        Partition = Partition,
                        CurrentLeaderEpoch = query.Epoch,
                        SnapshotId = new() { EndOffset = query.SnapshotId.Offset, Epoch = query.SnapshotId.Epoch },
                        Position = query.Position,
                        ReplicaDirectoryId = query.Replica.DirectoryId,
                    },
                ],
            },
        ],
    };

    public override SnapshotQuery? QueryOf(FetchSnapshotRequest request, ReplicaKey self) =>
        request.Topics is [{ Name: Topic, Partitions: [{ Partition: Partition } asked] }]
            ? new SnapshotQuery(
                request.ReplicaId, self.Id, 0, asked.CurrentLeaderEpoch, new ReplicaKey(request.ReplicaId, asked.ReplicaDirectoryId),
                new LogPosition(asked.SnapshotId.Epoch, asked.SnapshotId.EndOffset), asked.Position, request.MaxBytes)
            : null;

    public override FetchSnapshotResponse ResponseOf(SnapshotReply reply, QuorumStatus status) => new()
    {
        Topics =
        [
            new()
            {
                Name = Topic,
                Partitions =
                [
                    new()
                    {
                        Index = Partition,
                        ErrorCode = reply.Error,
                        SnapshotId = new() { Epoch = reply.SnapshotId.Epoch, EndOffset = reply.SnapshotId.Offset },
                        CurrentLeader = new() { LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch },
                        Size = reply.FileSize,
                        Position = reply.Position,
                        UnalignedRecords = new MemoryRecords(reply.Bytes),
                    },
                ],
            },
        ],
        NodeEndpoints = LeaderOf(reply, status, (id, at) => new FetchSnapshotResponse.NodeEndpoint { NodeId = id, Host = at.Host, Port = (ushort)at.Port }),
    };

    public override SnapshotReply? ReplyOf(FetchSnapshotResponse response, SnapshotQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new SnapshotReply(
                query.To, query.From, query.Id, said.ErrorCode, said.CurrentLeader?.LeaderEpoch ?? -1, said.CurrentLeader?.LeaderId ?? -1,
                new LogPosition(said.SnapshotId.Epoch, said.SnapshotId.EndOffset), said.Size, said.Position, CopyOf(said.UnalignedRecords))
            : null;

    public override string? ClusterIdOf(FetchSnapshotRequest request) => request.ClusterId;

    public override ErrorCode ErrorOf(FetchSnapshotResponse response) => response.ErrorCode;

    public override IEnumerable<PeerTold> LeadersOf(FetchSnapshotResponse response) =>
        response.NodeEndpoints.Select(n => new PeerTold(n.NodeId, new BrokerAddress(n.Host, n.Port)));

    public override FetchSnapshotResponse Refuse(ErrorCode error) => new() { ErrorCode = error };
}
