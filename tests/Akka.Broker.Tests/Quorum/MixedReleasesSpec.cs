using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Quorum;

/// <summary>Nodes that read different levels of the metadata, side by side: an older release is rolled to a newer one, node by node.</summary>
public sealed class MixedReleasesSpec : IAsyncLifetime
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(20);
    private static readonly MetadataLevels Older = new(MetadataVersion.Initial, MetadataVersion.Initial);
    private static readonly MetadataLevels Newer = new(MetadataVersion.Initial, MetadataVersion.Cluster);

    private readonly QuorumTestNetwork _network = new();
    private readonly Dictionary<int, MemoryDisk> _disks = new() { [1] = new(), [2] = new(), [3] = new() };
    private readonly List<QuorumNode> _nodes = [];

    public async Task InitializeAsync()
    {
        var voters = new VoterSet(_disks.Select(d => QuorumNode.VoterOf(d.Key, QuorumNode.DirectoryOf(d.Value, d.Key))));
        foreach (var id in _disks.Keys)
            _nodes.Add(QuorumNode.Start(id, _network, _disks[id], new QuorumNodeOptions(voters) { Levels = Older }));
        foreach (var node in _nodes)
            await node.RegisterAsync(_nodes);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_are_rolled_one_at_a_time_and_the_level_is_raised_when_all_read_it()
    {
        await QuorumNode.CreateAsync(_nodes, "before", 1);
        foreach (var id in _disks.Keys)
        {
            var refused = await RaiseAsync();
            Assert.Equal(ErrorCode.InvalidUpdateVersion, refused.ErrorCode);
            Assert.Contains("cannot be raised to 2", refused.ErrorMessage);

            await RestartAsync(id, Newer);

            await QuorumNode.CreateAsync(_nodes, $"with-{id}", id);
            Assert.Equal(ErrorCode.UnsupportedVersion, (await MoveAsync("before", 2)).ErrorCode);
            foreach (var node in _nodes)
            {
                var image = await node.Metadata.WaitForAsync(i => i.Topics.ContainsKey($"with-{id}")).WaitAsync(Enough);
                Assert.Equal(MetadataVersion.Initial, image.MetadataVersion);
                AssertOlderReads(node);
            }
        }

        Assert.Equal(ErrorCode.None, (await RaiseAsync()).ErrorCode);

        foreach (var node in _nodes)
            await node.Metadata.WaitForAsync(i => i.MetadataVersion == MetadataVersion.Cluster).WaitAsync(Enough);
        Assert.Equal(ErrorCode.None, (await MoveAsync("before", 2)).ErrorCode);
        foreach (var node in _nodes)
            await node.Metadata.WaitForAsync(i => i.Topics["before"].Partitions[0].Adding.Contains(2)).WaitAsync(Enough);
    }

    [Fact]
    public async Task Node_of_the_older_release_is_refused_when_the_level_is_raised_and_the_others_go_on()
    {
        foreach (var id in _disks.Keys)
            await RestartAsync(id, Newer);
        Assert.Equal(ErrorCode.None, (await RaiseAsync()).ErrorCode);
        await KillAsync(3);

        await using var older = QuorumNode.Start(3, _network, _disks[3], new QuorumNodeOptions { Levels = Older });

        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => DecideAsync(older.Registration()));
        Assert.Equal(ErrorCode.UnsupportedVersion, refused.Error);
        Assert.Contains("Start it with the release that the cluster runs", refused.Message);
        await QuorumNode.CreateAsync(_nodes, "after", 1);
        Assert.Equal(-1, older.Metadata.Current.Offset);
    }

    /// <summary>Every record of the log is as the older release writes it, and so reads it.</summary>
    private static void AssertOlderReads(QuorumNode node)
    {
        var log = node.Logs.Get(MetadataLog.Id.TopicPartition)!;
        using var records = log.Read(0, int.MaxValue, log.LogEndOffset, minOneBatch: true);
        ReadOnlyMemory<byte> rest = records.ToArray();
        var count = 0;
        for (; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
        {
            if (batch.IsControl)
                continue;
            using var payload = RecordBatchReader.Decompress(batch, int.MaxValue);
            foreach (var record in payload.Records)
            {
                var value = record.Value.Span.ToArray();
                Assert.Equal(MetadataRecordCodec.Encode(MetadataRecordCodec.Decode(value), MetadataVersion.Initial), value);
                count++;
            }
        }
        Assert.True(count > 0);
    }

    private Task<UpdateFeaturesResponse> RaiseAsync() => AdministerAsync<UpdateFeaturesResponse>(new UpdateFeaturesRequest
    {
        FeatureUpdates = [new() { Feature = MetadataVersion.FeatureName, MaxVersionLevel = MetadataVersion.Cluster, UpgradeType = 1 }],
    });

    private Task<AlterPartitionReassignmentsResponse> MoveAsync(string topic, params int[] replicas) =>
        AdministerAsync<AlterPartitionReassignmentsResponse>(new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Replicas = replicas }] }],
        });

    private Task<T> AdministerAsync<T>(IRequest request) where T : IResponse =>
        QuorumNode.AskControllerAsync(_nodes, client => client.AdministerAsync<T>(request, TimeSpan.FromSeconds(5)));

    /// <summary>Asks until somebody decides.</summary>
    private async Task<BrokerRegistered> DecideAsync(RegisterBroker registration)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; ; i++)
        {
            try
            {
                return await new ControllerClient(_nodes[i % _nodes.Count].Guardian, TimeProvider.System).RegisterAsync(registration).WaitAsync(Enough);
            }
            catch (ControllerUnavailableException notNow) when (
                notNow.Error != ErrorCode.UnsupportedVersion && TimeProvider.System.GetElapsedTime(started) < Enough)
            {
            }
        }
    }

    private async Task RestartAsync(int id, MetadataLevels levels)
    {
        await KillAsync(id);
        var node = QuorumNode.Start(id, _network, _disks[id], new QuorumNodeOptions { Levels = levels });
        _nodes.Add(node);
        await node.RegisterAsync(_nodes);
        // What the others show of its earlier life is not what counts.
        var epoch = node.Metadata.Current.Brokers[id].Epoch;
        foreach (var other in _nodes)
            await other.Metadata.WaitForAsync(i => i.Brokers[id].Epoch == epoch && i.IsActive(id)).WaitAsync(Enough);
    }

    private async Task KillAsync(int id)
    {
        var node = _nodes.Single(n => n.Id == id);
        _nodes.Remove(node);
        await node.KillAsync();
    }
}
