using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Controller;

public sealed class ControllerActorSpec
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    public async Task First_start_forms_a_cluster()
    {
        await using var node = new ControllerTestNode(_disk);

        var registered = await node.RegisterAsync();

        var image = node.Metadata.Current;
        Assert.Equal(22, image.ClusterId.Length);
        Assert.Equal(MetadataVersion.Latest, image.MetadataVersion);
        Assert.Equal(registered.BrokerEpoch, image.Brokers[1].Epoch);
        Assert.Equal(registered.MetadataOffset, image.Offset);
        Assert.Equal(1, node.Metadata.ControllerId);
    }

    [Fact]
    public async Task Cluster_id_of_the_folders_is_taken()
    {
        await using var node = new ControllerTestNode(_disk, "Some-cluster-id-of-old");

        await node.RegisterAsync();

        Assert.Equal("Some-cluster-id-of-old", node.Metadata.Current.ClusterId);
    }

    [Fact]
    public async Task Created_topic_is_in_the_image_when_it_is_answered()
    {
        await using var node = new ControllerTestNode(_disk);
        await node.RegisterAsync();

        var response = await node.CreateAsync("orders");

        Assert.Equal(ErrorCode.None, response.Topics[0].ErrorCode);
        Assert.Equal(response.Topics[0].TopicId, node.Metadata.Current.Topics["orders"].Id);
    }

    [Fact]
    public async Task Node_is_told_of_each_image_in_order()
    {
        await using var node = new ControllerTestNode(_disk);
        await node.RegisterAsync();
        await node.CreateAsync("a");
        await node.CreateAsync("b");

        var changes = await node.ChangesAsync();
        Assert.Equal(3, changes.Length);
        Assert.Same(MetadataImage.Empty, changes[0].Old);
        Assert.Same(changes[0].New, changes[1].Old);
        Assert.Same(changes[1].New, changes[2].Old);
        Assert.Same(node.Metadata.Current, changes[2].New);
    }

    [Fact]
    public async Task Decisions_outlive_the_process_and_show_once_it_is_registered()
    {
        Guid id;
        await using (var node = new ControllerTestNode(_disk))
        {
            await node.RegisterAsync();
            id = (await node.CreateAsync("orders")).Topics[0].TopicId;
        }

        await using var next = new ControllerTestNode(_disk, seed: 2);
        Assert.Same(MetadataImage.Empty, next.Metadata.Current);
        await next.RegisterAsync();

        Assert.Equal(id, next.Metadata.Current.Topics["orders"].Id);
        Assert.Equal(0, next.Metadata.Current.Topics["orders"].Partitions[0].LeaderEpoch);
        Assert.Single(await next.ChangesAsync());
        Assert.Equal(2, next.Metadata.Current.Epoch);
    }

    [Fact]
    public async Task Decisions_outlive_a_lost_machine()
    {
        await using (var node = new ControllerTestNode(_disk))
        {
            await node.RegisterAsync();
            await node.CreateAsync("orders");
            _disk.Crash(new Random(7));
        }

        await using var next = new ControllerTestNode(_disk);
        await next.RegisterAsync(clean: false);

        var partitions = next.Metadata.Current.Topics["orders"].Partitions;
        Assert.All(partitions, p => Assert.Equal((1, 1), (p.Leader, p.LeaderEpoch)));
    }

    [Fact]
    public async Task Many_at_once_are_each_decided_on_the_outcome_of_those_before()
    {
        await using var node = new ControllerTestNode(_disk);
        await node.RegisterAsync();
        var syncs = _disk.SyncCount;

        var responses = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => node.CreateAsync($"topic-{i / 2}")));

        var errors = responses.Select(r => r.Topics[0].ErrorCode).ToList();
        Assert.Equal(100, errors.Count(e => e == ErrorCode.None));
        Assert.Equal(100, errors.Count(e => e == ErrorCode.TopicAlreadyExists));
        Assert.Equal(100, node.Metadata.Current.Topics.Count);
        // A group of them costs two: the log's, and that of the note of its end.
        Assert.True(_disk.SyncCount - syncs <= 2 * 100, $"{_disk.SyncCount - syncs} syncs");
    }

    [Fact]
    public async Task Nothing_is_decided_before_the_node_is_registered()
    {
        await using var node = new ControllerTestNode(_disk);

        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => node.CreateAsync("orders"));

        Assert.Equal(ErrorCode.BrokerNotAvailable, refused.Error);
    }

    [Fact]
    public async Task Log_of_another_cluster_is_refused()
    {
        await using (var node = new ControllerTestNode(_disk, "AAAAAAAAAAAAAAAAAAAAAA"))
            await node.RegisterAsync();

        await using var other = new ControllerTestNode(_disk, "BBBBBBBBBBBBBBBBBBBBBB");
        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => other.RegisterAsync());

        Assert.Contains("AAAAAAAAAAAAAAAAAAAAAA", refused.Message);
        Assert.Contains("BBBBBBBBBBBBBBBBBBBBBB", refused.Message);
    }

    [Fact]
    public async Task Record_of_a_newer_release_is_refused_by_name()
    {
        await using (var node = new ControllerTestNode(_disk))
            await node.RegisterAsync();
        await ControllerTestNode.AppendAsync(_disk, Convert.FromHexString("01ff0000"));

        await using var older = new ControllerTestNode(_disk);
        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => older.RegisterAsync());

        Assert.Contains("type 127", refused.Message);
        Assert.Contains("release", refused.Message);
    }

    [Fact]
    public async Task Controller_that_cannot_write_starts_anew_and_recovers_what_is_committed()
    {
        await using var node = new ControllerTestNode(_disk);
        await node.RegisterAsync();
        await node.CreateAsync("before");

        _disk.CapacityBytes = 0;
        var failed = node.Client.AdministerAsync<Protocol.Messages.CreateTopicsResponse>(
            new Protocol.Messages.CreateTopicsRequest { Topics = [new() { Name = "full", NumPartitions = 1, ReplicationFactor = 1 }] },
            TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAsync<ControllerUnavailableException>(() => failed);
        Assert.DoesNotContain("full", node.Metadata.Current.Topics.Keys);

        _disk.CapacityBytes = long.MaxValue;
        while (true)
        {
            try
            {
                await node.CreateAsync("after");
                break;
            }
            catch (ControllerUnavailableException starting)
            {
                // One that was with the controller when it stopped is not answered.
                Assert.True(starting.Error is ErrorCode.NotController or ErrorCode.RequestTimedOut, starting.Message);
            }
        }
        // What stayed without an answer may have been carried out, where it had not been tried before there was space.
        Assert.Equal(["after", "before"], node.Metadata.Current.Topics.Keys.Except(["full"]).Order());
    }
}
