using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Tests;
using static Akka.Broker.Client.Tests.Consuming.ConsumerTestContext;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>Where a consumer with a rack fetches: at the replica that the leader names, and at the leader when that fails (KIP-392).</summary>
public sealed class NearestReplicaSpec : PatientTestKit
{
    private const int Leader = 1;
    private const int Replica = 2;

    private readonly ConsumerTestContext _context;

    public NearestReplicaSpec()
        : base(ConsumerTestContext.Config)
    {
        _context = new ConsumerTestContext(Sys);
        _context.Cluster.SetTopic("t", Leader);
        _context.Cluster.SetTopic("other", Replica);
        _context.Cluster.FollowTopic("other");
        _context.Reads.Instead = (broker, request, partition) => broker == Leader && request.RackId == "near"
            ? new FetchResponse.PartitionData { PartitionIndex = partition.Partition, HighWatermark = 3, PreferredReadReplica = Replica }
            : null;
        _context.Fill(T0, 3);
    }

    [Fact]
    public async Task The_replica_that_the_leader_names_is_fetched_from()
    {
        await using var consumer = await StartAsync();
        Assert.Equal(["0", "1", "2"], await ReadAsync(consumer, 3));

        var from = (await consumer.ExplainAsync()).Partitions[0];
        Assert.Equal((Leader, Replica), (from.Leader, from.FetchedFrom));
        Assert.Contains("leader 1, fetched from 2", from.ToString());
        Assert.Equal([Leader, Replica], Fetched().Distinct());
    }

    [Fact]
    public async Task A_replica_that_cannot_be_reached_costs_nothing_but_the_way_back_to_the_leader()
    {
        _context.Cluster.Cut(Replica);
        await using var consumer = await StartAsync();
        Assert.Equal(["0", "1", "2"], await ReadAsync(consumer, 3));

        Assert.Equal(Leader, (await consumer.ExplainAsync()).Partitions[0].FetchedFrom);
        var racks = _context.Cluster.Asked.Where(a => a is { Request: FetchRequest, BrokerId: Leader }).Select(a => ((FetchRequest)a.Request).RackId);
        Assert.Equal("", racks.Last());
    }

    [Theory]
    [InlineData(ErrorCode.OffsetOutOfRange)]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.OffsetNotAvailable)]
    public async Task A_replica_that_refuses_is_left_for_the_leader_and_the_position_stays(ErrorCode error)
    {
        var named = _context.Reads.Instead;
        _context.Reads.Instead = (broker, request, partition) => broker == Replica && request.Topics.Exists(t => t.Topic == "t")
            ? new FetchResponse.PartitionData { PartitionIndex = partition.Partition, ErrorCode = error }
            : named(broker, request, partition);
        await using var consumer = await StartAsync();
        Assert.Equal(["0", "1", "2"], await ReadAsync(consumer, 3));
        Assert.DoesNotContain(_context.Events, e => e is OffsetReset or ConsumerTroubled);
    }

    [Fact]
    public async Task A_new_leader_is_asked_itself()
    {
        await using var consumer = await StartAsync();
        await ReadAsync(consumer, 3);
        _context.Reads.Instead = (_, _, _) => null;
        _context.Cluster.SetTopic("t", 1, [3]);
        _context.Eventually(() => consumer.ExplainAsync().Result.Partitions[0] is { Leader: 3, FetchedFrom: 3 }, "the new leader is fetched from");
    }

    private async Task<Consumer<string?, string?>> StartAsync()
    {
        var consumer = _context.Consumer(s => s with { Rack = "near" });
        await consumer.AssignAsync([T0], StartPoint.Beginning);
        return consumer;
    }

    private static async Task<List<string?>> ReadAsync(Consumer<string?, string?> consumer, int count)
    {
        var values = new List<string?>();
        await foreach (var record in consumer)
        {
            values.Add(record.Value);
            if (values.Count == count)
                break;
        }
        return values;
    }

    private List<int> Fetched() => [.. _context.Cluster.Asked.Where(a => a.Request is FetchRequest).Select(a => a.BrokerId)];
}
