using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Support;
using Akka.Tests;

namespace Akka.Broker.Tests.Partitions;

/// <summary>What a producer is answered that has heard of a leader, or of a topic, before the leader has: by the gateway and the leader together.</summary>
public sealed class EarlyProducerSpec() : PatientTestKit(PartitionTestContext.Hocon)
{
    private const int OtherNode = 2;

    [Theory]
    [InlineData((short)9)]
    [InlineData((short)13)]
    public async Task Batch_behind_one_that_came_before_the_leadership_is_to_be_sent_again_with_it(short version)
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        await using var gateway = GatewayOf(context, context.Metadata);
        using var client = await gateway.ConnectAsync();
        await SendAsync(client, 0, version);
        context.Metadata.Publish(PartitionTestContext.Image("t", OtherNode, leaderEpoch: 6));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await SendAsync(client, 1, version)).ErrorCode);
        context.Metadata.Publish(PartitionTestContext.Image("t", PartitionTestContext.NodeId, leaderEpoch: 7));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await SendAsync(client, 2, version)).ErrorCode);
        Assert.Equal(1, (await SendAsync(client, 1, version)).BaseOffset);
        Assert.Equal(2, (await SendAsync(client, 2, version)).BaseOffset);
    }

    [Theory]
    [InlineData((short)9, ErrorCode.UnknownTopicOrPartition)]
    [InlineData((short)13, ErrorCode.UnknownTopicId)]
    public async Task Producers_second_batch_does_not_come_before_its_first_in_a_new_topic(short version, ErrorCode expected)
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var metadata = new MetadataCache();
        await using var gateway = GatewayOf(context, metadata);
        using var client = await gateway.ConnectAsync();
        Assert.Equal(expected, (await SendAsync(client, 0, version)).ErrorCode);
        metadata.Publish(context.Metadata.Current);

        Assert.Equal(expected, (await SendAsync(client, 1, version)).ErrorCode);
        Assert.Equal(0, (await SendAsync(client, 0, version)).BaseOffset);
        Assert.Equal(1, (await SendAsync(client, 1, version)).BaseOffset);
    }

    /// <summary>Its leader is woken by what it is sent, as the shard region does it.</summary>
    private GatewayTestContext GatewayOf(PartitionTestContext context, MetadataCache metadata)
    {
        var rules = new TopicRules(new ConfigResolver(PartitionTestContext.NodeId, []));
        var region = Sys.ActorOf(Props.Create(() => new Region(context.Services)));
        return new GatewayTestContext(
            null,
            new ProduceHandler(PartitionTestContext.NodeId, metadata, rules, new PartitionRegionPort(region), context.Services.Refused, TimeProvider.System));
    }

    private static async Task<ProduceResponse.PartitionProduceResponse> SendAsync(WireClient client, int sequence, short version)
    {
        var request = new ProduceRequest
        {
            Acks = 1,
            TimeoutMs = 30_000,
            TopicData =
            [
                new()
                {
                    Name = "t",
                    TopicId = PartitionTestContext.TopicId,
                    PartitionData = [new() { Records = new MemoryRecords(TestBatches.From(7, 0, sequence, "a")) }],
                },
            ],
        };
        var response = await client.AskAsync<ProduceRequest, ProduceResponse>(request, version);
        return Assert.Single(Assert.Single(response.Responses).PartitionResponses);
    }

    private sealed class Region : ReceiveActor
    {
        private int _incarnations;
        private IActorRef? _leader;
        private int _epoch;

        public Region(PartitionServices services) => Receive<AppendRecords>(append =>
        {
            if (_leader is null || append.LeaderEpoch != _epoch)
                _leader = Context.ActorOf(Props.Create(() => new Named(services)), $"region{++_incarnations}");
            _epoch = append.LeaderEpoch;
            _leader.Forward(append);
        });
    }

    /// <summary>Gives each incarnation of the leader its entity's name.</summary>
    private sealed class Named : ReceiveActor
    {
        private readonly IActorRef _leader;

        public Named(PartitionServices services)
        {
            _leader = Context.ActorOf(PartitionActor.Props(services), PartitionEntity.NameOf(PartitionTestContext.Partition));
            ReceiveAny(message => _leader.Forward(message));
        }
    }
}
