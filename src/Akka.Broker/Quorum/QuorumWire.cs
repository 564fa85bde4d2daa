using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>
/// The quorum's messages as Kafka's requests and responses, in the highest version, with the one partition that there is. What a response says at its top
/// concerns the whole request; such an error is taken for the partition's.
/// </summary>
internal static class QuorumWire
{
    private const int Partition = 0;
    private const string Topic = InternalTopics.ClusterMetadata;

    // ---- Queries: ours to the wire ----

    public static VoteRequest Of(VoteQuery query, string? clusterId) => new()
    {
        ClusterId = clusterId,
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

    public static BeginQuorumEpochRequest Of(BeginEpochQuery query, string? clusterId, string listener, BrokerAddress? self) => new()
    {
        ClusterId = clusterId,
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
        LeaderEndpoints = self is { } at ? [new() { Name = listener, Host = at.Host, Port = (ushort)at.Port }] : [],
    };

    public static EndQuorumEpochRequest Of(EndEpochQuery query, string? clusterId, VoterSet voters) => new()
    {
        ClusterId = clusterId,
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
                                CandidateDirectoryId = voters.Find(id)?.Key.DirectoryId ?? Guid.Empty,
                            }),
                        ],
                    },
                ],
            },
        ],
    };

    public static FetchRequest Of(FetchQuery query, string? clusterId, int maxBytes) => new()
    {
        ClusterId = clusterId,
        ReplicaState = new() { ReplicaId = query.From, ReplicaEpoch = query.BrokerEpoch },
        MaxWaitMs = query.MaxWaitMs,
        MinBytes = 1,
        MaxBytes = maxBytes,
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
                        PartitionMaxBytes = maxBytes,
                        ReplicaDirectoryId = query.Replica.DirectoryId,
                        HighWatermark = query.HighWatermark,
                    },
                ],
            },
        ],
    };

    public static FetchSnapshotRequest Of(SnapshotQuery query, string? clusterId) => new()
    {
        ClusterId = clusterId,
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

    // ---- Queries: the wire's to ours. The id is the caller's to give; null: it is not about the metadata log. ----

    public static VoteQuery? From(VoteRequest request, ReplicaKey self, long id) =>
        request.Topics is [{ TopicName: Topic, Partitions: [{ PartitionIndex: Partition } asked] }]
            ? new VoteQuery(
                asked.ReplicaId, self.Id, id, asked.ReplicaEpoch, new ReplicaKey(asked.ReplicaId, asked.ReplicaDirectoryId),
                new ReplicaKey(request.VoterId, asked.VoterDirectoryId), new LogPosition(asked.LastOffsetEpoch, asked.LastOffset), asked.PreVote)
            : null;

    public static BeginEpochQuery? From(BeginQuorumEpochRequest request, ReplicaKey self, long id) =>
        request.Topics is [{ TopicName: Topic, Partitions: [{ PartitionIndex: Partition } said] }]
            ? new BeginEpochQuery(said.LeaderId, self.Id, id, said.LeaderEpoch, new ReplicaKey(request.VoterId, said.VoterDirectoryId))
            : null;

    public static EndEpochQuery? From(EndQuorumEpochRequest request, ReplicaKey self, long id) =>
        request.Topics is [{ TopicName: Topic, Partitions: [{ PartitionIndex: Partition } said] }]
            ? new EndEpochQuery(
                said.LeaderId, self.Id, id, said.LeaderEpoch,
                said.PreferredCandidates.Count > 0 ? [.. said.PreferredCandidates.Select(c => c.CandidateId)] : [.. said.PreferredSuccessors])
            : null;

    /// <summary>Whether the fetch is a replica's of the metadata log and of nothing else.</summary>
    public static FetchQuery? From(FetchRequest request, ReplicaKey self, long id) =>
        request.Topics is [{ Partitions: [{ Partition: Partition } asked] } topic] && topic.TopicId == InternalTopics.ClusterMetadataId
            && request.ReplicaState is { ReplicaId: >= 0 } replica
            ? new FetchQuery(
                replica.ReplicaId, self.Id, id, asked.CurrentLeaderEpoch, new ReplicaKey(replica.ReplicaId, asked.ReplicaDirectoryId), replica.ReplicaEpoch,
                new LogPosition(asked.LastFetchedEpoch, asked.FetchOffset), asked.HighWatermark == long.MaxValue ? -1 : asked.HighWatermark, request.MaxWaitMs)
            : null;

    public static SnapshotQuery? From(FetchSnapshotRequest request, ReplicaKey self, long id) =>
        request.Topics is [{ Name: Topic, Partitions: [{ Partition: Partition } asked] }]
            ? new SnapshotQuery(
                request.ReplicaId, self.Id, id, asked.CurrentLeaderEpoch, new ReplicaKey(request.ReplicaId, asked.ReplicaDirectoryId),
                new LogPosition(asked.SnapshotId.Epoch, asked.SnapshotId.EndOffset), asked.Position, request.MaxBytes)
            : null;

    // ---- Replies: ours to the wire ----

    public static VoteResponse Of(VoteReply reply, BrokerAddress? leader) => new()
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
        NodeEndpoints = reply.LeaderId >= 0 && leader is { } at ? [new() { NodeId = reply.LeaderId, Host = at.Host, Port = (ushort)at.Port }] : [],
    };

    public static BeginQuorumEpochResponse Of(BeginEpochReply reply, BrokerAddress? leader) => new()
    {
        Topics =
        [
            new()
            {
                TopicName = Topic,
                Partitions = [new() { PartitionIndex = Partition, ErrorCode = reply.Error, LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch }],
            },
        ],
        NodeEndpoints = reply.LeaderId >= 0 && leader is { } at ? [new() { NodeId = reply.LeaderId, Host = at.Host, Port = (ushort)at.Port }] : [],
    };

    public static EndQuorumEpochResponse Of(EndEpochReply reply, BrokerAddress? leader) => new()
    {
        Topics =
        [
            new()
            {
                TopicName = Topic,
                Partitions = [new() { PartitionIndex = Partition, ErrorCode = reply.Error, LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch }],
            },
        ],
        NodeEndpoints = reply.LeaderId >= 0 && leader is { } at ? [new() { NodeId = reply.LeaderId, Host = at.Host, Port = (ushort)at.Port }] : [],
    };

    public static FetchResponse Of(FetchReply reply, long logStartOffset, BrokerAddress? leader) => new()
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
                        LogStartOffset = logStartOffset,
                        DivergingEpoch = reply.Diverging is { } parts ? new() { Epoch = parts.Epoch, EndOffset = parts.Offset } : null,
                        SnapshotId = reply.SnapshotId is { } id ? new() { Epoch = id.Epoch, EndOffset = id.Offset } : null,
                        CurrentLeader = new() { LeaderId = reply.LeaderId, LeaderEpoch = reply.Epoch },
                        Records = new MemoryRecords(reply.Records),
                    },
                ],
            },
        ],
        NodeEndpoints = reply.LeaderId >= 0 && leader is { } at ? [new() { NodeId = reply.LeaderId, Host = at.Host, Port = at.Port }] : [],
    };

    public static FetchSnapshotResponse Of(SnapshotReply reply, BrokerAddress? leader) => new()
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
        NodeEndpoints = reply.LeaderId >= 0 && leader is { } at ? [new() { NodeId = reply.LeaderId, Host = at.Host, Port = (ushort)at.Port }] : [],
    };

    // ---- Replies: the wire's to ours. Null: it does not answer the query. ----

    public static VoteReply? From(VoteResponse response, VoteQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new VoteReply(query.To, query.From, query.Id, said.ErrorCode, said.LeaderEpoch, said.LeaderId, said.VoteGranted)
            : null;

    public static BeginEpochReply? From(BeginQuorumEpochResponse response, BeginEpochQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new BeginEpochReply(query.To, query.From, query.Id, said.ErrorCode, said.LeaderEpoch, said.LeaderId)
            : null;

    public static EndEpochReply? From(EndQuorumEpochResponse response, EndEpochQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new EndEpochReply(query.To, query.From, query.Id, said.ErrorCode, said.LeaderEpoch, said.LeaderId)
            : null;

    /// <summary>The records are a copy: the response's lie in memory that is used again.</summary>
    public static FetchReply? From(FetchResponse response, FetchQuery query) =>
        response.Responses is [{ Partitions: [var said] }]
            ? new FetchReply(
                query.To, query.From, query.Id, said.ErrorCode, said.CurrentLeader?.LeaderEpoch ?? -1, said.CurrentLeader?.LeaderId ?? -1, said.HighWatermark,
                CopyOf(said.Records),
                said.DivergingEpoch is { } parts ? new LogPosition(parts.Epoch, parts.EndOffset) : null,
                said.SnapshotId is { EndOffset: >= 0 } id ? new LogPosition(id.Epoch, id.EndOffset) : null)
            : null;

    public static SnapshotReply? From(FetchSnapshotResponse response, SnapshotQuery query) =>
        response.Topics is [{ Partitions: [var said] }]
            ? new SnapshotReply(
                query.To, query.From, query.Id, said.ErrorCode, said.CurrentLeader?.LeaderEpoch ?? -1, said.CurrentLeader?.LeaderId ?? -1,
                new LogPosition(said.SnapshotId.Epoch, said.SnapshotId.EndOffset), said.Size, said.Position, CopyOf(said.UnalignedRecords))
            : null;

    private static ReadOnlyMemory<byte> CopyOf(Records? records) => records is MemoryRecords memory ? memory.Memory.ToArray() : default;
}
