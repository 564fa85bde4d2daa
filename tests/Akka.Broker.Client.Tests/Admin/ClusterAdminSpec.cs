using Akka.Broker.Client.Admin;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Admin;

/// <summary>Settings, folders, moves, elections, the quorum and features.</summary>
public sealed class ClusterAdminSpec
{
    private readonly AdminTestContext _context = new();

    [Fact]
    public async Task A_brokers_settings_are_its_own_to_tell_and_a_topics_are_anybodys()
    {
        _context.Cluster.Answer<DescribeConfigsRequest, DescribeConfigsResponse>((brokerId, request) => new()
        {
            Results = [.. request.Resources.Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                Configs = [new() { Name = "asked", Value = brokerId.ToString(), ConfigSource = 4, ConfigType = 3 }],
            })],
        });

        var configs = await _context.Client.DescribeConfigsAsync([ConfigResource.Topic("orders"), ConfigResource.Broker(2), ConfigResource.AllBrokers]).OrThrow();

        Assert.Equal("-1", configs[ConfigResource.Topic("orders")]["asked"].Value);
        Assert.Equal("2", configs[ConfigResource.Broker(2)]["asked"].Value);
        Assert.Equal("-1", configs[ConfigResource.AllBrokers]["asked"].Value);
        Assert.Equal((ConfigSource.StaticBroker, ConfigType.Int), (configs[ConfigResource.Broker(2)]["asked"].Source, configs[ConfigResource.Broker(2)]["asked"].Type));
    }

    [Fact]
    public async Task Settings_of_a_broker_that_is_down_can_be_altered_by_any_other()
    {
        _context.Cluster.Answer<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>((_, request) => new()
        {
            Responses = [.. request.Resources.Select(resource => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
            })],
        });
        await _context.Cluster.RefreshAsync([], CancellationToken.None);

        await _context.Client.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>>
        {
            [ConfigResource.Broker(9)] = [AlterConfigOp.Set("log.retention.ms", "1")],
            [ConfigResource.Broker(1)] = [AlterConfigOp.Delete("log.retention.ms")],
        }).OrThrow();

        var asked = _context.Asked<IncrementalAlterConfigsRequest>().ToDictionary(a => a.Request.Resources[0].ResourceName, a => a);
        Assert.Equal(-1, asked["9"].BrokerId);
        Assert.Equal(1, asked["1"].BrokerId);
        Assert.Equal(1, asked["1"].Request.Resources[0].Configs[0].ConfigOperation);
    }

    [Fact]
    public async Task Folders_are_described_broker_by_broker_and_an_unknown_broker_is_refused_at_once()
    {
        _context.Cluster.Answer<DescribeLogDirsRequest, DescribeLogDirsResponse>((_, _) => new()
        {
            Results = [new() { LogDir = "/data", TotalBytes = 100, Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 1, PartitionSize = 7 }] }] }],
        });

        var results = await _context.Client.DescribeLogDirsAsync([1, 9]);

        var folder = results[1].Value["/data"];
        Assert.Equal((100L, null), (folder.TotalBytes, folder.UsableBytes));
        Assert.Equal(7, folder.Replicas[new("orders", 1)].SizeInBytes);
        Assert.Equal(ErrorCode.BrokerIdNotRegistered, results[9].Error!.ErrorCode);
    }

    [Fact]
    public async Task A_move_is_begun_by_its_target_and_ended_by_none()
    {
        _context.Cluster.Answer<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>((_, request) => new()
        {
            Responses = [.. request.Topics.Select(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(p => new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
                {
                    PartitionIndex = p.PartitionIndex,
                    ErrorCode = p.Replicas is null ? ErrorCode.NoReassignmentInProgress : ErrorCode.None,
                })],
            })],
        });

        var results = await _context.Client.AlterPartitionReassignmentsAsync(
            new Dictionary<TopicPartition, IReadOnlyList<int>?> { [new("orders", 0)] = [2, 1], [new("orders", 1)] = null });

        Assert.Null(results[new("orders", 0)]);
        Assert.Equal(ErrorCode.NoReassignmentInProgress, results[new("orders", 1)]!.ErrorCode);
    }

    [Fact]
    public async Task Moves_under_way_are_listed()
    {
        _context.Cluster.Answer<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>((_, _) => new()
        {
            Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 3, Replicas = [1, 2], AddingReplicas = [2], RemovingReplicas = [1] }] }],
        });

        var (partition, move) = Assert.Single(await _context.Client.ListPartitionReassignmentsAsync());

        Assert.Equal(new TopicPartition("orders", 3), partition);
        Assert.Equal([2], move.AddingReplicas);
    }

    [Fact]
    public async Task An_election_that_is_not_needed_is_an_answer_and_no_reason_to_ask_again()
    {
        _context.Cluster.Answer<ElectLeadersRequest, ElectLeadersResponse>((_, _) => new()
        {
            ReplicaElectionResults = [new() { Topic = "orders", PartitionResults = [new() { PartitionId = 0, ErrorCode = ErrorCode.ElectionNotNeeded }] }],
        });

        var results = await _context.Client.ElectLeadersAsync(ElectionType.Preferred, [new("orders", 0)]);

        Assert.Equal(ErrorCode.ElectionNotNeeded, results[new("orders", 0)]!.ErrorCode);
        Assert.Single(_context.Asked<ElectLeadersRequest>());
    }

    [Fact]
    public async Task The_quorum_is_described_when_its_leader_is_known_again()
    {
        var tries = 0;
        _context.Cluster.Answer<DescribeQuorumRequest, DescribeQuorumResponse>((_, request) => ++tries < 2
            ? new() { ErrorCode = ErrorCode.NotLeaderOrFollower }
            : new()
            {
                Topics =
                [
                    new()
                    {
                        TopicName = request.Topics[0].TopicName,
                        Partitions = [new() { LeaderId = 1, HighWatermark = 50, CurrentVoters = [new() { ReplicaId = 1, LogEndOffset = 51 }, new() { ReplicaId = 2, LastFetchTimestamp = 1000 }] }],
                    },
                ],
                Nodes = [new() { NodeId = 1, Listeners = [new() { Name = "internal", Host = "h", Port = 9093 }] }],
            });

        var quorum = await _context.Client.DescribeMetadataQuorumAsync();

        Assert.Equal((1, 50L), (quorum.LeaderId, quorum.HighWatermark));
        Assert.Null(quorum.Voters[0].LastFetch);
        Assert.Equal(1000, quorum.Voters[1].LastFetch!.Value.ToUnixTimeMilliseconds());
        Assert.Equal(new RaftVoterEndpoint("internal", "h", 9093), quorum.Nodes[1][0]);
    }

    [Fact]
    public async Task A_voter_that_is_refused_is_an_exception_with_the_brokers_words()
    {
        _context.Cluster.Answer<RemoveRaftVoterRequest, RemoveRaftVoterResponse>((_, _) => new() { ErrorCode = ErrorCode.VoterNotFound, ErrorMessage = "no voter 4" });

        var refusal = await Assert.ThrowsAsync<BrokerClientException>(() => _context.Client.RemoveRaftVoterAsync(4, Guid.NewGuid()));

        Assert.Equal("Removing voter 4 failed: VoterNotFound: no voter 4", refusal.Message);
    }

    [Fact]
    public async Task Features_are_told_and_a_refused_update_is_each_features()
    {
        _context.Cluster.Answer<ApiVersionsRequest, ApiVersionsResponse>((_, _) => new()
        {
            FinalizedFeatures = [new() { Name = "metadata.version", MinVersionLevel = 1, MaxVersionLevel = 3 }],
            FinalizedFeaturesEpoch = 9,
            SupportedFeatures = [new() { Name = "metadata.version", MinVersion = 1, MaxVersion = 4 }],
        });
        _context.Cluster.Answer<UpdateFeaturesRequest, UpdateFeaturesResponse>((_, request) => request.ValidateOnly
            ? new()
            : new() { ErrorCode = ErrorCode.InvalidUpdateVersion, ErrorMessage = "broker 2 cannot" });
        var update = new Dictionary<string, FeatureUpdate> { ["metadata.version"] = new(4) };

        var features = await _context.Client.DescribeFeaturesAsync();
        var tried = await _context.Client.UpdateFeaturesAsync(update, validateOnly: true);
        var done = await _context.Client.UpdateFeaturesAsync(update);

        Assert.Equal(new FeatureLevels(1, 3), features.Finalized["metadata.version"]);
        Assert.Equal(9, features.FinalizedEpoch);
        Assert.True(tried.IsSuccess);
        Assert.Equal(ErrorCode.InvalidUpdateVersion, done["metadata.version"]!.ErrorCode);
    }

    [Fact]
    public async Task The_cluster_is_described_with_fenced_brokers_on_demand()
    {
        _context.Cluster.Answer<DescribeClusterRequest, DescribeClusterResponse>((_, request) => new()
        {
            ClusterId = "c",
            ControllerId = 2,
            Brokers = [new() { BrokerId = 2, Host = "h", Port = 9092 }, .. request.IncludeFencedBrokers ? [new DescribeClusterResponse.DescribeClusterBroker { BrokerId = 1, IsFenced = true }] : Array.Empty<DescribeClusterResponse.DescribeClusterBroker>()],
        });

        Assert.Equal([2], (await _context.Client.DescribeClusterAsync()).Brokers.Select(broker => broker.Id));
        Assert.Equal([1, 2], (await _context.Client.DescribeClusterAsync(includeFencedBrokers: true)).Brokers.Select(broker => broker.Id));
    }
}
