using Akka.Broker.Client.Admin;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Admin;

/// <summary>What groups' coordinators answer.</summary>
public sealed class GroupAdminSpec
{
    private readonly AdminTestContext _context = new();

    [Fact]
    public async Task Groups_are_described_by_their_coordinators_with_members_and_assignments()
    {
        _context.CoordinatorOf = group => group == "readers" ? 2 : 1;
        _context.Cluster.Answer<DescribeGroupsRequest, DescribeGroupsResponse>((_, request) => new()
        {
            Groups = [.. request.Groups.Select(Group)],
        });

        var groups = await _context.Client.DescribeConsumerGroupsAsync(["readers", "gone"]);

        var readers = groups["readers"].Value;
        Assert.Equal(("Stable", "range", 2), (readers.State, readers.PartitionAssignor, readers.CoordinatorId));
        var member = Assert.Single(readers.Members);
        Assert.Equal(["orders"], member.Subscription);
        Assert.Equal([new TopicPartition("orders", 0), new TopicPartition("orders", 3)], member.Assignment);
        Assert.Equal(ErrorCode.GroupIdNotFound, groups["gone"].Error!.ErrorCode);
    }

    [Fact]
    public async Task A_coordinator_that_is_loading_or_moved_is_asked_again()
    {
        var errors = new Queue<ErrorCode>([ErrorCode.CoordinatorLoadInProgress, ErrorCode.NotCoordinator, ErrorCode.None]);
        _context.CoordinatorOf = _ => errors.Count == 1 ? 2 : 1;
        _context.Cluster.Answer<DeleteGroupsRequest, DeleteGroupsResponse>((_, request) => new()
        {
            Results = [new() { GroupId = request.GroupsNames[0], ErrorCode = errors.Dequeue() }],
        });

        await _context.Client.DeleteConsumerGroupsAsync(["readers"]).OrThrow();

        Assert.Equal([1, 1, 2], _context.Asked<DeleteGroupsRequest>().Select(asked => asked.BrokerId));
    }

    [Fact]
    public async Task Every_broker_lists_its_groups_and_one_that_does_not_answer_is_told()
    {
        _context.Cluster.Cut(2);
        _context.Cluster.Answer<ListGroupsRequest, ListGroupsResponse>((brokerId, request) =>
        {
            _context.Time.Advance(TimeSpan.FromSeconds(61));
            return new() { Groups = [new() { GroupId = $"of-{brokerId}", ProtocolType = "consumer", GroupState = request.StatesFilter[0] }] };
        });

        var listings = await _context.Client.ListConsumerGroupsAsync(["Empty"]);

        Assert.Equal(new ConsumerGroupListing("of-1", "consumer", "Empty", 1), Assert.Single(listings.Groups));
        Assert.Equal(2, Assert.Single(listings.Errors).Key);
    }

    [Fact]
    public async Task Offsets_are_those_committed_and_null_where_there_is_none()
    {
        _context.CoordinatorOf = _ => 2;
        _context.Cluster.Answer<OffsetFetchRequest, OffsetFetchResponse>((_, request) => new()
        {
            Topics =
            [
                new()
                {
                    Name = request.Topics![0].Name,
                    Partitions =
                    [
                        new() { PartitionIndex = 0, CommittedOffset = 12, CommittedLeaderEpoch = 3, Metadata = "noted" },
                        new() { PartitionIndex = 1, CommittedOffset = -1 },
                    ],
                },
            ],
        });

        var offsets = await _context.Client.ListConsumerGroupOffsetsAsync("readers", [new("orders", 0), new("orders", 1)]).OrThrow();

        Assert.Equal(new OffsetAndMetadata(12, "noted") { LeaderEpoch = 3 }, offsets[new("orders", 0)]);
        Assert.Null(offsets[new("orders", 1)]);
        Assert.Equal([0, 1], Assert.Single(_context.Asked<OffsetFetchRequest>()).Request.Topics![0].PartitionIndexes);
    }

    [Fact]
    public async Task All_offsets_are_asked_for_without_names_and_again_while_one_is_unstable()
    {
        var tries = 0;
        _context.Cluster.Answer<OffsetFetchRequest, OffsetFetchResponse>((_, request) => request.Topics is not null
            ? throw new InvalidOperationException("null asks for all")
            : new()
            {
                Topics = [new() { Name = "orders", Partitions = [new() { CommittedOffset = 1, ErrorCode = ++tries < 2 ? ErrorCode.UnstableOffsetCommit : ErrorCode.None }] }],
            });

        var offsets = await _context.Client.ListConsumerGroupOffsetsAsync("readers").OrThrow();

        Assert.Equal(1, Assert.Single(offsets).Value!.Offset);
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task A_group_that_lives_keeps_its_offsets_and_says_why()
    {
        _context.Cluster.Answer<OffsetCommitRequest, OffsetCommitResponse>((_, _) => new()
        {
            Topics = [new() { Name = "orders", Partitions = [new() { ErrorCode = ErrorCode.UnknownMemberId }] }],
        });

        var results = await _context.Client.AlterConsumerGroupOffsetsAsync(
            "readers", new Dictionary<TopicPartition, OffsetAndMetadata> { [new("orders", 0)] = new(5) });

        var error = results[new("orders", 0)]!;
        Assert.Equal(ErrorCode.UnknownMemberId, error.ErrorCode);
        Assert.Contains("the group has members", error.Message);
    }

    [Fact]
    public async Task A_refusal_of_the_whole_group_is_each_partitions()
    {
        _context.Cluster.Answer<OffsetDeleteRequest, OffsetDeleteResponse>((_, _) => new() { ErrorCode = ErrorCode.GroupIdNotFound });

        var results = await _context.Client.DeleteConsumerGroupOffsetsAsync("readers", [new("orders", 0), new("orders", 1)]);

        Assert.All(results.Values, error => Assert.Equal(ErrorCode.GroupIdNotFound, error!.ErrorCode));
        Assert.Equal(2, results.Count);
    }

    private static DescribeGroupsResponse.DescribedGroup Group(string name) => name == "gone"
        ? new() { GroupId = name, GroupState = "Dead" }
        : new()
        {
            GroupId = name,
            GroupState = "Stable",
            ProtocolType = "consumer",
            ProtocolData = "range",
            Members =
            [
                new()
                {
                    MemberId = "m-1",
                    MemberMetadata = VersionedMessage.ToArray(new ConsumerProtocolSubscription { Topics = ["orders"] }, 0),
                    MemberAssignment = VersionedMessage.ToArray(
                        new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = "orders", Partitions = [0, 3] }] }, 0),
                },
            ],
        };
}
