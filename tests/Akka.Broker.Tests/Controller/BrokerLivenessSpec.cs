using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage.Disks;
using Akka.Cluster;

namespace Akka.Broker.Tests.Controller;

/// <summary>The controller actor hears of brokers and acts on it.</summary>
public sealed class BrokerLivenessSpec
{
    private readonly MemoryDisk _disk = new();

    [Fact]
    public async Task Broker_is_active_when_it_follows_the_metadata_and_fenced_when_it_is_no_member()
    {
        var membership = new Membership();
        membership.Publish(View(1, 2));
        await using var node = new ControllerTestNode(_disk, membership: membership);
        await node.RegisterAsync();
        var registered = await node.RegisterAsync(2);
        Assert.False(node.Metadata.Current.IsAlive(2));

        node.Guardian.Tell(new MetadataFetched(2, registered.BrokerEpoch, registered.MetadataOffset + 1));
        await node.Metadata.WaitForAsync(image => image.IsAlive(2));
        var created = await CreateAsync(node, [2, 1]);
        Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
        Assert.Equal(2, node.Metadata.Current.Topics["orders"].Partitions[0].Leader);

        membership.Publish(View(1));
        var after = await node.Metadata.WaitForAsync(image => !image.IsAlive(2));
        Assert.Equal(1, after.Topics["orders"].Partitions[0].Leader);
    }

    [Fact]
    public async Task Broker_that_stops_has_others_lead()
    {
        await using var node = new ControllerTestNode(_disk);
        await node.RegisterAsync();
        var registered = await node.RegisterAsync(2);
        node.Guardian.Tell(new MetadataFetched(2, registered.BrokerEpoch, registered.MetadataOffset + 1));
        await node.Metadata.WaitForAsync(image => image.IsAlive(2));
        await CreateAsync(node, [2, 1]);

        var progress = await node.Client.ShutDownAsync(new ShutDownBroker(2, registered.BrokerEpoch), TimeSpan.FromSeconds(30));

        Assert.Equal((ErrorCode.None, 0), (progress.Error, progress.Remaining));
        var after = await node.Metadata.WaitForAsync(image => image.Brokers[2].InControlledShutdown);
        await node.Metadata.WaitForAsync(image => image.Topics["orders"].Partitions[0].Leader == 1);
        Assert.False(after.Brokers[1].InControlledShutdown);
    }

    [Fact]
    public async Task Isr_changes_come_as_requests_of_the_protocol()
    {
        await using var node = new ControllerTestNode(_disk);
        var self = await node.RegisterAsync();
        var other = await node.RegisterAsync(2);
        node.Guardian.Tell(new MetadataFetched(2, other.BrokerEpoch, other.MetadataOffset + 1));
        await node.Metadata.WaitForAsync(image => image.IsAlive(2));
        await CreateAsync(node, [1, 2]);

        var response = await node.Client.AdministerAsync<AlterPartitionResponse>(
            new AlterPartitionRequest
            {
                BrokerId = 1,
                BrokerEpoch = self.BrokerEpoch,
                Topics =
                [
                    new()
                    {
                        TopicId = node.Metadata.Current.Topics["orders"].Id,
                        Partitions = [new() { NewIsrWithEpochs = [new() { BrokerId = 1, BrokerEpoch = self.BrokerEpoch }] }],
                    },
                ],
            },
            ControllerClient.DefaultTimeout);

        Assert.Equal((ErrorCode.None, 1), (response.Topics[0].Partitions[0].ErrorCode, response.Topics[0].Partitions[0].PartitionEpoch));
        Assert.Equal(1, Assert.Single(node.Metadata.Current.Topics["orders"].Partitions[0].Isr));
    }

    private static MembershipView View(params int[] nodeIds) =>
        new([.. nodeIds.Select(id => new BrokerMember(id, new UniqueAddress(new Address("akka.tcp", "broker", "localhost", id), id), MemberStatus.Up, IsReachable: true))]);

    private static Task<CreateTopicsResponse> CreateAsync(ControllerTestNode node, int[] replicas) => node.Client.AdministerAsync<CreateTopicsResponse>(
        new CreateTopicsRequest
        {
            Topics = [new() { Name = "orders", NumPartitions = -1, ReplicationFactor = -1, Assignments = [new() { PartitionIndex = 0, BrokerIds = replicas }] }],
        },
        ControllerClient.DefaultTimeout);
}
