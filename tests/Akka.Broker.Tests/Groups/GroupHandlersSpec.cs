using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Groups.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Groups;

/// <summary>What stands between the wire and the group: versions, topic names and ids, errors in their places.</summary>
public sealed class GroupHandlersSpec : IDisposable
{
    private readonly GroupsTestContext _node = new();

    public void Dispose() => _node.Dispose();

    private sealed class NoCreation(ErrorCode answer) : ITopicCreation
    {
        public ValueTask<ErrorCode> EnsureAsync(string topic, CancellationToken cancellation = default) => new(answer);
    }

    private Guid IdOf(string topic) => _node.Metadata.Current.Topics[topic].Id;

    [Fact]
    public void Every_version_that_kafka_4_announces_is_served()
    {
        var handlers = GroupHandlers.All(_node.Router, new NoCreation(ErrorCode.None), Guid.NewGuid).ToDictionary(h => h.ApiKey, h => h.Versions);
        Assert.Equal(11, handlers.Count);
        Assert.Equal((0, 6), handlers[ApiKey.FindCoordinator]);
        Assert.Equal((0, 9), handlers[ApiKey.JoinGroup]);
        Assert.Equal((0, 5), handlers[ApiKey.SyncGroup]);
        Assert.Equal((0, 4), handlers[ApiKey.Heartbeat]);
        Assert.Equal((0, 5), handlers[ApiKey.LeaveGroup]);
        Assert.Equal((2, 10), handlers[ApiKey.OffsetCommit]);
        Assert.Equal((1, 10), handlers[ApiKey.OffsetFetch]);
        Assert.Equal((0, 0), handlers[ApiKey.OffsetDelete]);
        Assert.Equal((0, 6), handlers[ApiKey.DescribeGroups]);
        Assert.Equal((0, 5), handlers[ApiKey.ListGroups]);
        Assert.Equal((0, 2), handlers[ApiKey.DeleteGroups]);
    }

    /// <summary>Each response must have a place in its version for every field that is set.</summary>
    [Fact]
    public async Task Every_version_can_be_asked_and_its_answer_written()
    {
        var member = await new GroupClient(_node).EnterAsync();
        await member.CommitAsync(3);
        var r = _node.Router;
        await Every(new FindCoordinatorHandler(_node.Metadata, new NoCreation(ErrorCode.None)), v => v < 4
            ? new FindCoordinatorRequest { Key = "g" }
            : new FindCoordinatorRequest { CoordinatorKeys = ["g", "h"] });
        await Every(new JoinGroupHandler(r, Guid.NewGuid), v => new JoinGroupRequest
        {
            GroupId = "other",
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 10_000,
            ProtocolType = "connect",
            GroupInstanceId = v >= 5 ? "i" : null,
            MemberId = v >= 5 ? "" : "nobody",
            Protocols = [new() { Name = "p" }],
        });
        await Every(new SyncGroupHandler(r), _ => new SyncGroupRequest
        {
            GroupId = "g",
            MemberId = member.MemberId,
            GenerationId = 1,
            ProtocolType = "consumer",
            ProtocolName = "range",
        });
        await Every(new HeartbeatHandler(r), _ => new HeartbeatRequest { GroupId = "g", MemberId = member.MemberId, GenerationId = 1 });
        await Every(new LeaveGroupHandler(r), v => v < 3
            ? new LeaveGroupRequest { GroupId = "g", MemberId = "nobody" }
            : new LeaveGroupRequest { GroupId = "g", Members = [new() { MemberId = "nobody" }] });
        await Every(new OffsetCommitHandler(r), v => new OffsetCommitRequest
        {
            GroupId = "g",
            MemberId = member.MemberId,
            GenerationIdOrMemberEpoch = 1,
            Topics = [new() { Name = v < 10 ? "t" : "", TopicId = v < 10 ? Guid.Empty : IdOf("t"), Partitions = [new() { CommittedOffset = 3 }] }],
        });
        await Every(new OffsetFetchHandler(r), v => v < 8
            ? new OffsetFetchRequest { GroupId = "g", Topics = v < 2 ? [new() { Name = "t", PartitionIndexes = [0] }] : null }
            : new OffsetFetchRequest { Groups = [new() { GroupId = "g" }, new() { GroupId = "h" }] });
        await Every(new OffsetDeleteHandler(r), _ => new OffsetDeleteRequest { GroupId = "g", Topics = [new() { Name = "old", Partitions = [new()] }] });
        await Every(new DescribeGroupsHandler(r), v => new DescribeGroupsRequest { Groups = ["g", "missing"], IncludeAuthorizedOperations = v >= 3 });
        await Every(new ListGroupsHandler(r), _ => new ListGroupsRequest());
        await Every(new DeleteGroupsHandler(r), _ => new DeleteGroupsRequest { GroupsNames = ["g", "missing"] });
    }

    private async Task Every<TRequest, TResponse>(RequestHandler<TRequest, TResponse> handler, Func<short, TRequest> request)
        where TRequest : IRequest, new()
        where TResponse : IResponse
    {
        for (var version = handler.Versions.Min; version <= handler.Versions.Max; version++)
        {
            using var writer = new MessageWriter();
            request(version).Write(writer, version);
            var frame = new MessageReader(writer.ToArray());
            var read = new TRequest();
            read.Read(ref frame, version);
            var response = await _node.Call(handler, read, version);
            writer.Reset();
            response.Write(writer, version);
        }
    }

    [Fact]
    public async Task The_coordinator_is_the_leader_of_the_groups_partition_by_the_listener_that_was_asked()
    {
        var handler = new FindCoordinatorHandler(_node.Metadata, new NoCreation(ErrorCode.None));
        var found = await _node.Call(handler, new FindCoordinatorRequest { CoordinatorKeys = ["a", "b"] });
        Assert.All(found.Coordinators, c => Assert.Equal((ErrorCode.None, 1, "localhost", 9092), (c.ErrorCode, c.NodeId, c.Host, c.Port)));
        var transactional = await _node.Call(handler, new FindCoordinatorRequest { KeyType = 1, Key = "tx" }, 3);
        Assert.Equal((ErrorCode.TransactionalIdAuthorizationFailed, -1), (transactional.ErrorCode, transactional.NodeId));
    }

    [Fact]
    public async Task Without_the_offsets_topic_there_is_no_coordinator()
    {
        _node.Publish([new RemoveTopicRecord { TopicId = IdOf(InternalTopics.ConsumerOffsets) }]);
        var handler = new FindCoordinatorHandler(_node.Metadata, new NoCreation(ErrorCode.InvalidReplicationFactor));
        var found = Assert.Single((await _node.Call(handler, new FindCoordinatorRequest { CoordinatorKeys = ["a"] })).Coordinators);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, found.ErrorCode);
        Assert.Contains("InvalidReplicationFactor", found.ErrorMessage);
        Assert.Equal(ErrorCode.NotCoordinator, (await new GroupClient(_node).JoinAsync()).ErrorCode);
    }

    [Fact]
    public async Task An_empty_group_id_is_refused_where_members_are_concerned()
    {
        Assert.Equal(ErrorCode.InvalidGroupId, (await _node.Call(new JoinGroupHandler(_node.Router, Guid.NewGuid), new JoinGroupRequest())).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await _node.Call(new SyncGroupHandler(_node.Router), new SyncGroupRequest())).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await _node.Call(new HeartbeatHandler(_node.Router), new HeartbeatRequest())).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await _node.Call(new LeaveGroupHandler(_node.Router), new LeaveGroupRequest())).ErrorCode);
        Assert.Equal(ErrorCode.None, await new GroupClient(_node, "").CommitAsync(1));
    }

    [Fact]
    public async Task A_sync_from_version_5_on_must_name_its_protocol()
    {
        var request = new SyncGroupRequest { GroupId = "g", MemberId = "m", GenerationId = 1 };
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await _node.Call(new SyncGroupHandler(_node.Router), request, 5)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await _node.Call(new SyncGroupHandler(_node.Router), request, 4)).ErrorCode);
    }

    [Fact]
    public async Task A_commit_for_what_does_not_exist_is_refused_line_by_line()
    {
        var request = new OffsetCommitRequest
        {
            GroupId = "g",
            Topics =
            [
                new() { Name = "missing", Partitions = [new() { CommittedOffset = 1 }] },
                new() { Name = "t", Partitions = [new() { PartitionIndex = 7, CommittedOffset = 1 }, new() { CommittedOffset = 9 }] },
            ],
        };
        var response = await _node.Call(new OffsetCommitHandler(_node.Router), request, 9);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, response.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal([ErrorCode.UnknownTopicOrPartition, ErrorCode.None], response.Topics[1].Partitions.Select(p => p.ErrorCode));
        Assert.Equal((ErrorCode.None, 9), await new GroupClient(_node).FetchAsync());
    }

    [Fact]
    public async Task Topics_are_named_by_id_from_version_10_on()
    {
        var missing = Guid.NewGuid();
        var commit = new OffsetCommitRequest
        {
            GroupId = "g",
            Topics =
            [
                new() { TopicId = IdOf("t"), Partitions = [new() { CommittedOffset = 4 }] },
                new() { TopicId = missing, Partitions = [new()] },
            ],
        };
        var committed = await _node.Call(new OffsetCommitHandler(_node.Router), commit, 10);
        Assert.Equal([(IdOf("t"), ErrorCode.None), (missing, ErrorCode.UnknownTopicId)], committed.Topics.Select(t => (t.TopicId, t.Partitions[0].ErrorCode)));
        var fetch = new OffsetFetchRequest
        {
            Groups = [new() { GroupId = "g", Topics = [new() { TopicId = IdOf("t"), PartitionIndexes = [0] }, new() { TopicId = missing, PartitionIndexes = [0] }] }],
        };
        var group = Assert.Single((await _node.Call(new OffsetFetchHandler(_node.Router), fetch, 10)).Groups);
        Assert.Equal(
            [(missing, -1, ErrorCode.UnknownTopicId), (IdOf("t"), 4, ErrorCode.None)],
            group.Topics.Select(t => (t.TopicId, t.Partitions[0].CommittedOffset, t.Partitions[0].ErrorCode)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(9)]
    public async Task An_error_of_the_group_stands_where_the_version_has_a_place_for_it(short version)
    {
        _node.Publish([new RemoveTopicRecord { TopicId = IdOf(InternalTopics.ConsumerOffsets) }]);
        var request = version < 8
            ? new OffsetFetchRequest { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }
            : new OffsetFetchRequest { Groups = [new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }] };
        var response = await _node.Call(new OffsetFetchHandler(_node.Router), request, version);
        Assert.Equal(ErrorCode.NotCoordinator, version switch
        {
            1 => response.Topics[0].Partitions[0].ErrorCode,
            7 => response.ErrorCode,
            _ => response.Groups[0].ErrorCode,
        });
    }

    [Fact]
    public async Task Groups_are_described_and_a_missing_one_as_its_version_knows_it()
    {
        var member = await new GroupClient(_node).EnterAsync();
        var request = new DescribeGroupsRequest { Groups = ["g", "missing"], IncludeAuthorizedOperations = true };
        var described = (await _node.Call(new DescribeGroupsHandler(_node.Router), request, 6)).Groups;
        Assert.Equal(("Stable", "consumer", "range"), (described[0].GroupState, described[0].ProtocolType, described[0].ProtocolData));
        Assert.Equal((member.MemberId, "client", "/127.0.0.1"), (described[0].Members[0].MemberId, described[0].Members[0].ClientId, described[0].Members[0].ClientHost));
        Assert.Equal(AuthorizedOperations.AllOfGroup, described[0].AuthorizedOperations);
        Assert.Equal((ErrorCode.GroupIdNotFound, "Dead"), (described[1].ErrorCode, described[1].GroupState));
        Assert.Equal(ErrorCode.None, (await _node.Call(new DescribeGroupsHandler(_node.Router), request, 5)).Groups[1].ErrorCode);
    }

    [Theory]
    [InlineData("", "", "simple,stable")]
    [InlineData("stable", "", "stable")]
    [InlineData("Empty,Dead", "", "simple")]
    [InlineData("", "Classic", "simple,stable")]
    [InlineData("", "consumer", "")]
    public async Task Groups_are_listed_by_state_and_type(string states, string types, string expected)
    {
        await new GroupClient(_node, "stable").EnterAsync();
        await new GroupClient(_node, "simple").CommitAsync(1);
        var request = new ListGroupsRequest
        {
            StatesFilter = states.Split(',', StringSplitOptions.RemoveEmptyEntries),
            TypesFilter = types.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };
        var listed = await _node.Call(new ListGroupsHandler(_node.Router), request, 5);
        Assert.Equal(expected, string.Join(',', listed.Groups.Select(g => g.GroupId).Order()));
        Assert.All(listed.Groups, g => Assert.Equal("classic", g.GroupType));
    }

    [Fact]
    public async Task Offsets_are_deleted_for_what_exists()
    {
        var client = new GroupClient(_node);
        await client.CommitAsync(1);
        var request = new OffsetDeleteRequest
        {
            GroupId = "g",
            Topics = [new() { Name = "t", Partitions = [new()] }, new() { Name = "missing", Partitions = [new()] }],
        };
        var deleted = await _node.Call(new OffsetDeleteHandler(_node.Router), request);
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition], deleted.Topics.Select(t => t.Partitions[0].ErrorCode));
        Assert.Equal((ErrorCode.None, -1), await client.FetchAsync());
        request.GroupId = "missing";
        Assert.Equal(ErrorCode.GroupIdNotFound, (await _node.Call(new OffsetDeleteHandler(_node.Router), request)).ErrorCode);
    }
}
