using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Support;

/// <summary>
/// A group's coordinator that a spec plays, with one member to speak of; the group's leader is somebody else, so the spec says what is assigned. Thread-safe.
/// </summary>
internal sealed class MemoryGroup
{
    public const int Coordinator = 1;

    private readonly Lock _gate = new();
    private readonly Dictionary<TopicPartition, OffsetAndMetadata> _committed = [];
    private IReadOnlyList<TopicPartition> _assigned = [];
    private bool _isRebalancing;
    private bool _hasForgotten;
    private bool _isMember;
    private int _generation;

    public MemoryGroup(MemoryClusterClient cluster)
    {
        cluster.SetController(Coordinator);
        cluster.Answer<FindCoordinatorRequest, FindCoordinatorResponse>((_, _) => new FindCoordinatorResponse { NodeId = Coordinator });
        cluster.Answer<JoinGroupRequest, JoinGroupResponse>((_, request) => Join(request));
        cluster.Answer<SyncGroupRequest, SyncGroupResponse>((_, _) => Sync());
        cluster.Answer<HeartbeatRequest, HeartbeatResponse>((_, _) => new HeartbeatResponse { ErrorCode = Heartbeat() });
        cluster.Answer<LeaveGroupRequest, LeaveGroupResponse>((_, _) => Leave());
        cluster.Answer<OffsetFetchRequest, OffsetFetchResponse>((_, request) => Fetch(request));
        cluster.Answer<OffsetCommitRequest, OffsetCommitResponse>((_, request) => Commit(request));
    }

    public bool HasMember
    {
        get
        {
            lock (_gate)
                return _isMember;
        }
    }

    public int Generation
    {
        get
        {
            lock (_gate)
                return _generation;
        }
    }

    public long? Committed(TopicPartition partition)
    {
        lock (_gate)
            return _committed.GetValueOrDefault(partition)?.Offset;
    }

    /// <summary>What the member is to have; it learns that by its next heartbeat.</summary>
    public void Assign(params IReadOnlyList<TopicPartition> partitions)
    {
        lock (_gate)
            (_assigned, _isRebalancing) = (partitions, true);
    }

    /// <summary>The member's session is over.</summary>
    public void Forget()
    {
        lock (_gate)
            _hasForgotten = true;
    }

    private JoinGroupResponse Join(JoinGroupRequest request)
    {
        lock (_gate)
        {
            (_isRebalancing, _hasForgotten, _isMember) = (false, false, true);
            return new JoinGroupResponse
            {
                GenerationId = ++_generation,
                MemberId = request.MemberId.Length > 0 ? request.MemberId : $"member-{_generation}",
                Leader = "somebody else",
                ProtocolName = request.Protocols[0].Name,
            };
        }
    }

    private SyncGroupResponse Sync()
    {
        lock (_gate)
            return new SyncGroupResponse { Assignment = ConsumerProtocol.EncodeAssignment(_assigned) };
    }

    private ErrorCode Heartbeat()
    {
        lock (_gate)
            return _hasForgotten ? ErrorCode.UnknownMemberId : _isRebalancing ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private LeaveGroupResponse Leave()
    {
        lock (_gate)
            _isMember = false;
        return new LeaveGroupResponse();
    }

    private OffsetFetchResponse Fetch(OffsetFetchRequest request)
    {
        lock (_gate)
        {
            var response = new OffsetFetchResponse();
            foreach (var topic in request.Topics!)
            {
                response.Topics.Add(new()
                {
                    Name = topic.Name,
                    Partitions = [.. topic.PartitionIndexes.Select(p => new OffsetFetchResponse.OffsetFetchResponsePartition
                    {
                        PartitionIndex = p,
                        CommittedOffset = _committed.GetValueOrDefault(new TopicPartition(topic.Name, p))?.Offset ?? -1,
                    })],
                });
            }
            return response;
        }
    }

    private OffsetCommitResponse Commit(OffsetCommitRequest request)
    {
        lock (_gate)
        {
            var response = new OffsetCommitResponse();
            foreach (var topic in request.Topics)
            {
                response.Topics.Add(new() { Name = topic.Name, Partitions = [.. topic.Partitions.Select(p => new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = p.PartitionIndex })] });
                foreach (var partition in topic.Partitions)
                    _committed[new TopicPartition(topic.Name, partition.PartitionIndex)] = new OffsetAndMetadata(partition.CommittedOffset, partition.CommittedMetadata ?? "");
            }
            return response;
        }
    }
}
