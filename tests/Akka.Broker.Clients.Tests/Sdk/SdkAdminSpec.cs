using System.Text;
using Akka.Broker.Client;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The SDK's administrator against the real broker, each call once where it does something and once where it is refused.</summary>
public sealed class SdkAdminSpec : IClassFixture<CheckedBroker>, IAsyncLifetime
{
    private readonly CheckedBroker _broker;
    private readonly SdkApplication _app;
    private readonly AdminClient _admin;

    public SdkAdminSpec(CheckedBroker broker)
    {
        _broker = broker;
        _app = new SdkApplication(broker.Bootstrap);
        _admin = _app.Client.Admin;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Topics_are_made_described_grown_and_deleted()
    {
        var tried = await _admin.CreateTopicsAsync([new NewTopic("admin-topics", 2, 1)], validateOnly: true).OrThrow();
        Assert.Equal(2, tried["admin-topics"].Partitions);
        Assert.DoesNotContain("admin-topics", (await _admin.ListTopicsAsync()).Keys);

        var created = await _admin.CreateTopicsAsync(
            [new NewTopic("admin-topics", 2, 1) { Configs = new Dictionary<string, string> { ["retention.ms"] = "123456" } }, new NewTopic("not a name")]);
        Assert.Equal("123456", created["admin-topics"].Value.Configs.Single(config => config.Name == "retention.ms").Value);
        Assert.Equal(ErrorCode.InvalidTopicException, created["not a name"].Error!.ErrorCode);

        await _admin.CreatePartitionsAsync(new Dictionary<string, NewPartitions> { ["admin-topics"] = new(4) }).OrThrow();
        var described = await _admin.DescribeTopicsAsync(["admin-topics", "admin-nowhere"]);
        Assert.Equal(created["admin-topics"].Value.TopicId, described["admin-topics"].Value.TopicId);
        Assert.Equal([0, 1, 2, 3], described["admin-topics"].Value.Partitions.Select(partition => partition.Partition));
        Assert.All(described["admin-topics"].Value.Partitions, partition => Assert.Equal([partition.LeaderId], partition.InSyncReplicas));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, described["admin-nowhere"].Error!.ErrorCode);

        var deleted = await _admin.DeleteTopicsAsync(["admin-topics", "admin-nowhere"]);
        Assert.Null(deleted["admin-topics"]);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, deleted["admin-nowhere"]!.ErrorCode);
        Assert.DoesNotContain("admin-topics", (await _admin.ListTopicsAsync()).Keys);
    }

    [Fact]
    public async Task Records_are_counted_and_deleted_at_the_leader()
    {
        await _admin.CreateTopicsAsync([new NewTopic("admin-records", 1, 1)]).OrThrow();
        await ProduceAsync("admin-records", 10);
        var partition = new TopicPartition("admin-records", 0);

        Assert.Equal(10, await OffsetAsync(partition, OffsetSpec.Latest));
        Assert.Equal(3, (await _admin.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [partition] = 3 }).OrThrow())[partition]);
        Assert.Equal(3, await OffsetAsync(partition, OffsetSpec.Earliest));
        Assert.Equal(3, await OffsetAsync(partition, OffsetSpec.ForTimestamp(DateTimeOffset.UnixEpoch)));
        Assert.True(await OffsetAsync(partition, OffsetSpec.MaxTimestamp) >= 3);
        var refused = await _admin.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [partition] = 99 });
        Assert.Equal(ErrorCode.OffsetOutOfRange, refused[partition].Error!.ErrorCode);
        Assert.NotNull((await _admin.DescribeProducersAsync([partition]).OrThrow())[partition]);
    }

    [Fact]
    public async Task Settings_are_described_with_their_source_and_altered_one_by_one()
    {
        await _admin.CreateTopicsAsync([new NewTopic("admin-configs", 1, 1)]).OrThrow();
        var topic = ConfigResource.Topic("admin-configs");

        async Task<ConfigEntry> RetentionAsync() =>
            (await _admin.DescribeConfigsAsync([topic], includeSynonyms: true, includeDocumentation: true).OrThrow())[topic]["retention.ms"];

        Assert.NotEqual(ConfigSource.Topic, (await RetentionAsync()).Source);
        var change = new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> { [topic] = [AlterConfigOp.Set("retention.ms", "777")] };
        await _admin.IncrementalAlterConfigsAsync(change, validateOnly: true).OrThrow();
        Assert.NotEqual("777", (await RetentionAsync()).Value);

        await _admin.IncrementalAlterConfigsAsync(change).OrThrow();
        var altered = await RetentionAsync();
        Assert.Equal(("777", ConfigSource.Topic, ConfigType.Long), (altered.Value, altered.Source, altered.Type));
        Assert.NotEmpty(altered.Synonyms);

        var wrong = new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> { [topic] = [AlterConfigOp.Set("retention.ms", "soon")] };
        Assert.Equal(ErrorCode.InvalidConfig, (await _admin.IncrementalAlterConfigsAsync(wrong))[topic]!.ErrorCode);

        var brokerId = Assert.Single((await _admin.DescribeClusterAsync()).Brokers).Id;
        Assert.NotEmpty((await _admin.DescribeConfigsAsync([ConfigResource.Broker(brokerId)]).OrThrow())[ConfigResource.Broker(brokerId)]);
    }

    [Fact]
    public async Task Groups_are_listed_described_reset_and_deleted()
    {
        await _admin.CreateTopicsAsync([new NewTopic("admin-groups", 1, 1)]).OrThrow();
        await ProduceAsync("admin-groups", 5);
        var partition = new TopicPartition("admin-groups", 0);
        string member;
        await using (var reader = Tool.Start("kcat", "-b", _broker.Bootstrap, "-G", "admin-readers", "-X", "auto.offset.reset=earliest", "-u", "admin-groups"))
        {
            await reader.LineAsync(line => line == "5");
            var live = (await _admin.DescribeConsumerGroupsAsync(["admin-readers"]).OrThrow())["admin-readers"];
            Assert.Equal("Stable", live.State);
            member = Assert.Single(live.Members).MemberId;
            Assert.Equal(["admin-groups"], live.Members[0].Subscription);
            Assert.Equal([partition], live.Members[0].Assignment);
            Assert.Contains("admin-readers", (await _admin.ListConsumerGroupsAsync(["Stable"])).Groups.Select(group => group.GroupId));
            Assert.Equal(ErrorCode.NonEmptyGroup, (await _admin.DeleteConsumerGroupsAsync(["admin-readers"]))["admin-readers"]!.ErrorCode);
            Assert.False((await AlterAsync(partition, 2)).IsSuccess);
            await reader.SignalAsync("TERM");
            await reader.EndAsync();
        }

        Assert.NotEmpty(member);
        Assert.Equal(5, (await _admin.ListConsumerGroupOffsetsAsync("admin-readers").OrThrow())[partition]!.Offset);
        (await AlterAsync(partition, 2)).OrThrow();
        var offsets = await _admin.ListConsumerGroupOffsetsAsync("admin-readers", [partition, new TopicPartition("admin-groups", 7)]).OrThrow();
        Assert.Equal(new OffsetAndMetadata(2, "reset"), offsets[partition]);
        Assert.Null(offsets[new TopicPartition("admin-groups", 7)]);

        await _admin.DeleteConsumerGroupOffsetsAsync("admin-readers", [partition]).OrThrow();
        Assert.Empty(await _admin.ListConsumerGroupOffsetsAsync("admin-readers"));
        await _admin.DeleteConsumerGroupsAsync(["admin-readers"]);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await _admin.DescribeConsumerGroupsAsync(["admin-readers"]))["admin-readers"].Error!.ErrorCode);
    }

    [Fact]
    public async Task The_cluster_its_folders_its_quorum_and_its_features_are_described()
    {
        var cluster = await _admin.DescribeClusterAsync(includeFencedBrokers: true);
        var broker = Assert.Single(cluster.Brokers);
        Assert.Equal(_broker.Bootstrap, $"{broker.Host}:{broker.Port}");

        await _admin.CreateTopicsAsync([new NewTopic("admin-cluster", 1, 1)]).OrThrow();
        var folders = (await _admin.DescribeLogDirsAsync([broker.Id]).OrThrow())[broker.Id];
        Assert.Contains(folders.Values, folder => folder.Replicas.ContainsKey(new TopicPartition("admin-cluster", 0)));

        var quorum = await _admin.DescribeMetadataQuorumAsync();
        Assert.Equal(broker.Id, quorum.LeaderId);
        var voter = Assert.Single(quorum.Voters);
        var unknown = await Assert.ThrowsAsync<BrokerClientException>(() => _admin.RemoveRaftVoterAsync(voter.ReplicaId, Guid.NewGuid()));
        Assert.Equal(ErrorCode.VoterNotFound, unknown.ErrorCode);
        var last = await Assert.ThrowsAsync<BrokerClientException>(() => _admin.RemoveRaftVoterAsync(voter.ReplicaId, voter.DirectoryId));
        Assert.Equal(ErrorCode.InvalidRequest, last.ErrorCode);
        Assert.Contains("only voter", last.Message);
        var known = await Assert.ThrowsAsync<BrokerClientException>(
            () => _admin.AddRaftVoterAsync(voter.ReplicaId, voter.DirectoryId, quorum.Nodes[voter.ReplicaId]));
        Assert.Equal(ErrorCode.DuplicateVoter, known.ErrorCode);

        var features = await _admin.DescribeFeaturesAsync();
        var (name, levels) = Assert.Single(features.Finalized, feature => feature.Key == "metadata.version");
        var refused = await _admin.UpdateFeaturesAsync(new Dictionary<string, FeatureUpdate> { [name] = new((short)(levels.Highest + 99)) }, validateOnly: true);
        Assert.NotNull(refused[name]);
        await Assert.ThrowsAsync<BrokerClientException>(() => _admin.UnregisterBrokerAsync(broker.Id + 100));
    }

    [Fact]
    public async Task Moves_and_elections_answer_for_each_partition()
    {
        await _admin.CreateTopicsAsync([new NewTopic("admin-moves", 1, 1)]).OrThrow();
        var partition = new TopicPartition("admin-moves", 0);

        Assert.Empty(await _admin.ListPartitionReassignmentsAsync());
        var moves = await _admin.AlterPartitionReassignmentsAsync(new Dictionary<TopicPartition, IReadOnlyList<int>?> { [partition] = [99] });
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, moves[partition]!.ErrorCode);
        var none = await _admin.AlterPartitionReassignmentsAsync(new Dictionary<TopicPartition, IReadOnlyList<int>?> { [partition] = null });
        Assert.Equal(ErrorCode.NoReassignmentInProgress, none[partition]!.ErrorCode);
        Assert.Equal(ErrorCode.ElectionNotNeeded, (await _admin.ElectLeadersAsync(ElectionType.Preferred, [partition]))[partition]!.ErrorCode);
    }

    private Task<AdminResults<TopicPartition>> AlterAsync(TopicPartition partition, long offset) => _admin.AlterConsumerGroupOffsetsAsync(
        "admin-readers", new Dictionary<TopicPartition, OffsetAndMetadata> { [partition] = new(offset, "reset") });

    private async Task<long> OffsetAsync(TopicPartition partition, OffsetSpec spec) =>
        (await _admin.ListOffsetsAsync(new Dictionary<TopicPartition, OffsetSpec> { [partition] = spec }).OrThrow())[partition].Offset;

    private async Task ProduceAsync(string topic, int count)
    {
        var lines = new StringBuilder();
        for (var i = 1; i <= count; i++)
            lines.Append(i).Append("\\n");
        (await Tool.RunShellAsync($"printf '{lines}' | kcat -b {_broker.Bootstrap} -P -t {topic}")).MustSucceed();
    }
}
