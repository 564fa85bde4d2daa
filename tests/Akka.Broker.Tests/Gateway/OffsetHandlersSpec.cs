using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Offsets by time and epoch, delete-records, and what describes logs.</summary>
public sealed class OffsetHandlersSpec : IAsyncDisposable
{
    private static readonly long FirstTimestamp = DateTimeOffset.UnixEpoch.AddDays(20_000).ToUnixTimeMilliseconds();

    private readonly FetchTestContext _context = new();
    private readonly LedPartition _led;
    private readonly ListOffsetsHandler _listOffsets;

    public OffsetHandlersSpec()
    {
        _led = _context.CreateTopic("orders")[0];
        _listOffsets = new ListOffsetsHandler(_context.Finder);
        LedLogs.Append(_led, records: 5);
        LedLogs.Append(_led, records: 5);
        LedLogs.Append(_led, records: 5, publish: false);
        LedLogs.Publish(_led, highWatermark: 10, lastStableOffset: 7);
    }

    [Theory]
    [InlineData(-1, 1, 10)]
    [InlineData(-2, 1, 0)]
    [InlineData(-4, 8, 0)]
    [InlineData(-5, 9, -1)]
    [InlineData(-6, 11, -1)]
    public async Task Special_times_have_their_offsets(long timestamp, short version, long expected)
    {
        var answer = await ListAsync(timestamp, version);
        Assert.Equal((ErrorCode.None, expected, -1L), (answer.ErrorCode, answer.Offset, answer.Timestamp));
        if (version > 1)
            Assert.Equal(ErrorCode.UnsupportedVersion, (await ListAsync(timestamp, (short)(version - 1))).ErrorCode);
    }

    [Fact]
    public async Task Time_finds_the_first_record_at_or_behind_it_that_may_be_read()
    {
        var answer = await ListAsync(FirstTimestamp + 3, 5);
        Assert.Equal((3L, FirstTimestamp + 3, 5), (answer.Offset, answer.Timestamp, answer.LeaderEpoch));
        Assert.Equal(-1, (await ListAsync(FirstTimestamp + 1000, 5)).Offset);
        Assert.Equal(4, (await ListAsync(-3, 7)).Offset);
        Assert.Equal(7, (await ListAsync(-1, 5, isolationLevel: 1)).Offset);
    }

    [Fact]
    public async Task Unknown_and_moved_partitions_are_told()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await ListAsync(-1, 5, partition: 3)).ErrorCode);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await ListAsync(-1, 5, epoch: 1)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await ListAsync(-1, 5, epoch: 9)).ErrorCode);
        _led.Close();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await ListAsync(-1, 5)).ErrorCode);
    }

    [Fact]
    public async Task Epoch_has_its_end()
    {
        using var client = await _context.Gateway.ConnectAsync();
        var response = await client.AskAsync<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
            new() { ReplicaId = -1, Topics = [new() { Topic = "orders", Partitions = [new() { Partition = 0, LeaderEpoch = 5 }] }] }, 4);
        var end = response.Topics[0].Partitions[0];
        Assert.Equal((ErrorCode.None, 5, 15L), (end.ErrorCode, end.LeaderEpoch, end.EndOffset));
    }

    [Fact]
    public async Task Delete_records_asks_the_leader_and_spares_compacted_topics()
    {
        using var client = await _context.Gateway.ConnectAsync();
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = 1000,
            Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 0, Offset = 4 }, new() { PartitionIndex = 1, Offset = 4 }] }],
        };
        var response = await client.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(request, 2);
        Assert.Equal([(ErrorCode.None, 4L), (ErrorCode.UnknownTopicOrPartition, -1L)], response.Topics[0].Partitions.Select(p => (p.ErrorCode, p.LowWatermark)));
        Assert.Equal(4, Assert.Single(_context.Port.Deletes).Offset);
        _led.Log.UpdateConfig(LogConfig.Default with { CleanupPolicy = CleanupPolicy.Compact });
        response = await client.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(request, 2);
        Assert.Equal(ErrorCode.PolicyViolation, response.Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task Producers_and_folders_are_described()
    {
        using var client = await _context.Gateway.ConnectAsync();
        var producers = await client.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(
            new() { Topics = [new() { Name = "orders", PartitionIndexes = [0] }] }, 0);
        Assert.Equal((9L, 3), (producers.Topics[0].Partitions[0].ActiveProducers[0].ProducerId, producers.Topics[0].Partitions[0].ActiveProducers[0].LastSequence));
        var folders = await client.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(new() { Topics = null }, 4);
        var folder = Assert.Single(folders.Results);
        Assert.Equal(_led.Log.SizeInBytes, folder.Topics[0].Partitions[0].PartitionSize);
        Assert.InRange(folder.UsableBytes, 1, folder.TotalBytes);
        Assert.Empty((await client.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(new() { Topics = [] }, 1)).Results[0].Topics);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private async Task<ListOffsetsResponse.ListOffsetsPartitionResponse> ListAsync(
        long timestamp, short version, int partition = 0, sbyte isolationLevel = 0, int epoch = -1)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            IsolationLevel = isolationLevel,
            Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = epoch }] }],
        };
        var context = new RequestContext(version, "spec", _context.Gateway.Endpoint, TestTopics.Listener, 1);
        return (await _listOffsets.HandleAsync(request, context, CancellationToken.None)).Topics[0].Partitions[0];
    }
}
