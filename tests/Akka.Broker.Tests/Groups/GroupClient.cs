using System.Text;
using Akka.Broker.Groups.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Groups;

/// <summary>A member as a client library is one: it joins, syncs, and knows its id and generation.</summary>
internal sealed class GroupClient(GroupsTestContext node, string groupId = "g")
{
    public string MemberId { get; private set; } = "";

    public int GenerationId { get; private set; } = -1;

    public string Assignment { get; private set; } = "";

    public async Task<JoinGroupResponse> JoinAsync(int sessionTimeoutMs = 30_000)
    {
        var request = new JoinGroupRequest
        {
            GroupId = groupId,
            MemberId = MemberId,
            SessionTimeoutMs = sessionTimeoutMs,
            RebalanceTimeoutMs = 30_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 1, 0, 0, 0, 1, 0, 1, (byte)'t' } }],
        };
        var response = await node.Call(new JoinGroupHandler(node.Router, Guid.NewGuid), request);
        MemberId = response.MemberId;
        if (response.ErrorCode == ErrorCode.MemberIdRequired)
            return await JoinAsync(sessionTimeoutMs);
        GenerationId = response.GenerationId;
        return response;
    }

    /// <summary>As leader, each member is assigned its own id.</summary>
    public async Task<ErrorCode> SyncAsync(JoinGroupResponse joined)
    {
        var request = new SyncGroupRequest
        {
            GroupId = groupId,
            MemberId = MemberId,
            GenerationId = GenerationId,
            ProtocolType = "consumer",
            ProtocolName = "range",
            Assignments = joined.Members.ConvertAll(m => new SyncGroupRequest.SyncGroupRequestAssignment
            {
                MemberId = m.MemberId,
                Assignment = Encoding.UTF8.GetBytes(m.MemberId),
            }),
        };
        var response = await node.Call(new SyncGroupHandler(node.Router), request);
        Assignment = Encoding.UTF8.GetString(response.Assignment.Span);
        return response.ErrorCode;
    }

    /// <summary>Alone in the group, in one go.</summary>
    public async Task<GroupClient> EnterAsync()
    {
        var joined = await JoinAsync();
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        Assert.Equal(ErrorCode.None, await SyncAsync(joined));
        return this;
    }

    public async Task<ErrorCode> HeartbeatAsync() => (await node.Call(
        new HeartbeatHandler(node.Router), new HeartbeatRequest { GroupId = groupId, MemberId = MemberId, GenerationId = GenerationId })).ErrorCode;

    public async Task<ErrorCode> LeaveAsync() => Assert.Single((await node.Call(
        new LeaveGroupHandler(node.Router), new LeaveGroupRequest { GroupId = groupId, Members = [new() { MemberId = MemberId }] })).Members).ErrorCode;

    public async Task<ErrorCode> CommitAsync(long offset, string topic = "t", string metadata = "")
    {
        var request = new OffsetCommitRequest
        {
            GroupId = groupId,
            MemberId = MemberId,
            GenerationIdOrMemberEpoch = GenerationId,
            Topics = [new() { Name = topic, Partitions = [new() { CommittedOffset = offset, CommittedMetadata = metadata }] }],
        };
        var response = await node.Call(new OffsetCommitHandler(node.Router), request, version: 9);
        return Assert.Single(Assert.Single(response.Topics).Partitions).ErrorCode;
    }

    /// <summary>The stored offset, -1 without one or with an error.</summary>
    public async Task<(ErrorCode Error, long Offset)> FetchAsync(string topic = "t")
    {
        var request = new OffsetFetchRequest
        {
            Groups = [new() { GroupId = groupId, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }],
        };
        var group = Assert.Single((await node.Call(new OffsetFetchHandler(node.Router), request, version: 9)).Groups);
        if (group.ErrorCode != ErrorCode.None)
            return (group.ErrorCode, -1);
        var partition = Assert.Single(Assert.Single(group.Topics).Partitions);
        return (partition.ErrorCode, partition.CommittedOffset);
    }
}
