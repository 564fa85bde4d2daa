using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using static Akka.Broker.Tests.Gateway.FetchTestContext;

namespace Akka.Broker.Tests.Gateway;

/// <summary>What a fetch answers, at once or after a while.</summary>
public sealed class FetchHandlerSpec : IAsyncDisposable
{
    private readonly FetchTestContext _context = new();

    [Theory]
    [InlineData(10)]
    [InlineData(20_000)]
    [InlineData(300_000)]
    public async Task Records_come_back_byte_for_byte_in_every_version(int valueBytes)
    {
        var led = _context.CreateTopic("orders", 2);
        var first = LedLogs.Append(led[0], records: 2, valueBytes);
        var second = LedLogs.Append(led[0], records: 1, valueBytes);
        var other = LedLogs.Append(led[1], records: 3, valueBytes);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0), (1, 0));
        request.MaxBytes = request.Topics[0].Partitions[0].PartitionMaxBytes = request.Topics[0].Partitions[1].PartitionMaxBytes = 10_000_000;
        for (short version = 4; version <= 18; version++)
        {
            var partitions = Assert.Single((await FetchAsync(client, request, version)).Responses).Partitions;
            Assert.Equal([.. first, .. second], BytesOf(partitions[0]));
            Assert.Equal(other, BytesOf(partitions[1]));
            Assert.Equal((ErrorCode.None, 3L, 3L), (partitions[0].ErrorCode, partitions[0].HighWatermark, partitions[0].LastStableOffset));
            Assert.Null(partitions[0].AbortedTransactions);
        }
        Assert.Empty(_context.Gateway.Log.Errors);
    }

    [Fact]
    public async Task First_batch_is_whole_however_small_the_limits_and_nothing_follows_it()
    {
        var led = _context.CreateTopic("orders", 3);
        var first = LedLogs.Append(led[1], valueBytes: 5_000);
        LedLogs.Append(led[1], valueBytes: 5_000);
        LedLogs.Append(led[2], valueBytes: 5_000);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0), (1, 0), (2, 0));
        request.MaxBytes = 100;
        var partitions = Assert.Single((await FetchAsync(client, request)).Responses).Partitions;
        Assert.Equal([0, first.Length, 0], partitions.Select(p => p.Records!.SizeInBytes));
        Assert.Equal(first, BytesOf(partitions[1]));
    }

    [Fact]
    public async Task Poll_ends_when_enough_is_committed_and_not_before()
    {
        var led = _context.CreateTopic("orders")[0];
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.MinBytes = 400;
        await client.SendAsync(request, 12);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        LedLogs.Append(led, valueBytes: 100);
        var uncommitted = LedLogs.Append(led, valueBytes: 100, publish: false);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        LedLogs.Append(led, valueBytes: 300);
        var data = Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response);
        Assert.Equal(3, data.HighWatermark);
        Assert.InRange(data.Records!.SizeInBytes, 400, 1000);
        Assert.NotEmpty(uncommitted);
        Assert.Equal(0, _context.Gateway.Server.Wheel.Count);
    }

    [Fact]
    public async Task Poll_ends_with_what_there_is_when_its_time_is_up()
    {
        var led = _context.CreateTopic("orders")[0];
        var batch = LedLogs.Append(led);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.MinBytes = 10_000;
        await client.SendAsync(request, 12);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        _context.Gateway.Time.Advance(TimeSpan.FromMilliseconds(520));
        Assert.Equal(batch, BytesOf(Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response)));
        request = _context.Request("orders", (0, 1));
        request.MaxWaitMs = 0;
        Assert.Equal(0, Only(await FetchAsync(client, request)).Records!.SizeInBytes);
    }

    [Fact]
    public async Task Poll_does_not_wait_for_what_the_next_segment_has()
    {
        var led = _context.CreateTopic("orders")[0];
        var first = LedLogs.Append(led);
        await led.Log.RollAsync();
        LedLogs.Append(led, publish: false);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.MinBytes = 10_000;
        await client.SendAsync(request, 12);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);

        LedLogs.Publish(led, led.Log.LogEndOffset);

        Assert.Equal(first, BytesOf(Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response)));
        request.MaxWaitMs = 60_000;
        Assert.Equal(first, BytesOf(Only(await FetchAsync(client, request))));
    }

    [Fact]
    public async Task What_is_not_committed_is_not_shown_and_what_is_not_stable_not_to_read_committed()
    {
        var led = _context.CreateTopic("orders")[0];
        var first = LedLogs.Append(led);
        var second = LedLogs.Append(led);
        LedLogs.Append(led, publish: false);
        LedLogs.Publish(led, highWatermark: 2, lastStableOffset: 1);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        var both = Only(await FetchAsync(client, request));
        Assert.Equal([.. first, .. second], BytesOf(both));
        request.IsolationLevel = 1;
        var data = Only(await FetchAsync(client, request));
        Assert.Equal(first, BytesOf(data));
        Assert.Equal((2L, 1L), (data.HighWatermark, data.LastStableOffset));
        Assert.Empty(data.AbortedTransactions!);
    }

    [Fact]
    public async Task Partition_that_cannot_be_read_is_answered_at_once_with_the_reason()
    {
        var led = _context.CreateTopic("orders")[0];
        LedLogs.Append(led);
        _context.Metadata.PublishTopic("elsewhere", TestTopics.OtherNode);
        using var client = await _context.Gateway.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Only(await FetchAsync(client, _context.Request("nothing", (0, 0)))).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicId, Only(await FetchAsync(client, _context.Request("nothing", (0, 0)), 13)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Only(await FetchAsync(client, _context.Request("orders", (1, 0)))).ErrorCode);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Only(await FetchAsync(client, _context.Request("orders", (0, 2)))).ErrorCode);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Only(await FetchAsync(client, _context.Request("orders", (0, -1)))).ErrorCode);
        var request = _context.Request("orders", (0, 0));
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = 4;
        Assert.Equal(ErrorCode.FencedLeaderEpoch, Only(await FetchAsync(client, request)).ErrorCode);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = 6;
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, Only(await FetchAsync(client, request)).ErrorCode);
        var response = await FetchAsync(client, _context.Request("elsewhere", (0, 0)), 16);
        Assert.Equal((ErrorCode.NotLeaderOrFollower, TestTopics.OtherNode), (Only(response).ErrorCode, Only(response).CurrentLeader!.LeaderId));
        Assert.Equal(("host2", 9093), (Assert.Single(response.NodeEndpoints).Host, response.NodeEndpoints[0].Port));
        await led.Log.IncrementLogStartOffsetAsync(1);
        LedLogs.Publish(led, 1);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Only(await FetchAsync(client, _context.Request("orders", (0, 0)))).ErrorCode);
    }

    [Fact]
    public async Task Leader_that_may_have_been_replaced_sends_a_reader_beyond_its_end_away_and_costs_it_no_position()
    {
        var lease = new ControllerLease(1000);
        await using var context = new FetchTestContext(lease: lease);
        LedLogs.Append(context.CreateTopic("orders")[0]);
        using var client = await context.Gateway.ConnectAsync();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Only(await FetchAsync(client, context.Request("orders", (0, 2)))).ErrorCode);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Only(await FetchAsync(client, context.Request("orders", (0, -1)))).ErrorCode);
        Assert.Equal(1, Only(await FetchAsync(client, context.Request("orders", (0, 0)))).HighWatermark);

        lease.OnHeard((long)context.Gateway.Time.GetElapsedTime(0).TotalMilliseconds);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Only(await FetchAsync(client, context.Request("orders", (0, 2)))).ErrorCode);
        context.Gateway.Time.Advance(TimeSpan.FromMilliseconds(1000));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Only(await FetchAsync(client, context.Request("orders", (0, 2)))).ErrorCode);
    }

    [Fact]
    public async Task Reader_whose_last_epoch_went_another_way_is_told_where_it_diverges()
    {
        var led = _context.CreateTopic("orders")[0];
        LedLogs.Append(led);
        LedLogs.Append(led);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 2));
        request.Topics[0].Partitions[0].LastFetchedEpoch = 5;
        request.MaxWaitMs = 0;
        Assert.Null(Only(await FetchAsync(client, request)).DivergingEpoch);
        LedLogs.Publish(led, 2);
        await led.Log.AssignEpochAsync(led.Log.TakeOver(), 7);
        LedLogs.Append(led);
        request.Topics[0].Partitions[0].FetchOffset = 3;
        var diverging = Only(await FetchAsync(client, request)).DivergingEpoch!;
        Assert.Equal((5, 2L), (diverging.Epoch, diverging.EndOffset));
    }

    [Fact]
    public async Task Leadership_that_ends_ends_the_poll()
    {
        var led = _context.CreateTopic("orders")[0];
        using var client = await _context.Gateway.ConnectAsync();
        await client.SendAsync(_context.Request("orders", (0, 0)), 12);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        led.Close();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response).ErrorCode);
    }

    [Fact]
    public async Task Client_that_leaves_during_a_poll_leaves_nothing_behind()
    {
        var led = _context.CreateTopic("orders")[0];
        var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.MaxWaitMs = int.MaxValue;
        await client.SendAsync(request, 12);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        client.Dispose();
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 0 && _context.Gateway.Server.Counters.Open == 0);
        LedLogs.Append(led);
        Assert.Empty(_context.Gateway.Log.Errors);
    }

    [Fact]
    public async Task Stopping_ends_polls_with_what_there_is()
    {
        _context.CreateTopic("orders");
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.MaxWaitMs = int.MaxValue;
        await client.SendAsync(request, 12);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        await _context.Gateway.Server.StopAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(0, Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response).Records!.SizeInBytes);
    }

    [Fact]
    public async Task Replicas_are_refused()
    {
        _context.CreateTopic("orders");
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.ReplicaId = 2;
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, Only(await FetchAsync(client, request, 6)).ErrorCode);
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (await FetchAsync(client, request, 12)).ErrorCode);
        request.ReplicaId = -1;
        request.ReplicaState = new() { ReplicaId = 2, ReplicaEpoch = 1 };
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (await FetchAsync(client, request, 15)).ErrorCode);
    }

    [Fact]
    public async Task Range_that_is_deleted_while_it_is_sent_arrives_whole()
    {
        await using var context = new FetchTestContext(LogConfig.Default with { SegmentBytes = 1_000_000, RetentionMs = 1, FileDeleteDelayMs = 0 });
        var led = context.CreateTopic("orders")[0];
        for (var i = 0; i < 12; i++)
            LedLogs.Append(led, valueBytes: 900_000);
        using var client = await context.Gateway.ConnectAsync(receiveBufferBytes: 16 * 1024);
        var request = context.Request("orders", (0, 0));
        request.MaxBytes = request.Topics[0].Partitions[0].PartitionMaxBytes = 900_000;
        for (var i = 0; i < 12; i++)
        {
            request.Topics[0].Partitions[0].FetchOffset = i;
            await client.SendAsync(request, 12);
        }
        Assert.InRange(Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response).Records!.SizeInBytes, 900_000, 1_000_000);
        await led.Log.DeleteOldSegmentsAsync(context.Gateway.Time.GetUtcNow().AddYears(100).ToUnixTimeMilliseconds(), 12);
        LedLogs.Publish(led, 12);
        for (var i = 1; i < 12; i++)
        {
            var data = Only((await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, 12)).Response);
            Assert.True(data.ErrorCode == ErrorCode.OffsetOutOfRange || data.Records!.SizeInBytes > 900_000);
        }
    }

    [Fact]
    public async Task Range_that_is_cut_costs_the_connection_alone()
    {
        var led = _context.CreateTopic("orders")[0];
        LedLogs.Append(led, valueBytes: 500_000);
        var file = Assert.Single(Directory.GetFiles(led.Log.Folder, "*.log"));
        using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            RandomAccess.SetLength(handle, 100_000);
        using var client = await _context.Gateway.ConnectAsync();
        await client.SendAsync(_context.Request("orders", (0, 0)), 12);
        Assert.Null(await client.ReceiveFrameAsync());
        using var other = await _context.Gateway.ConnectAsync();
        await other.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        Assert.Empty(_context.Gateway.Log.Errors);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
