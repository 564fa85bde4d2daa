using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using static Akka.Broker.Tests.Gateway.FetchTestContext;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Incremental fetches (KIP-227).</summary>
public sealed class FetchSessionSpec : IAsyncDisposable
{
    private readonly FetchTestContext _context = new();

    [Theory]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(17)]
    public async Task Session_names_only_what_changes(short version)
    {
        var led = _context.CreateTopic("orders", 3);
        LedLogs.Append(led[0]);
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0), (1, 0), (2, 0));
        request.SessionEpoch = 0;
        var response = await FetchAsync(client, request, version);
        Assert.NotEqual(0, response.SessionId);
        Assert.Equal([0, 1, 2], response.Responses[0].Partitions.Select(p => p.PartitionIndex));

        // Only partition 0 is named again, further on; the others are remembered.
        var next = Next(_context.Request("orders", (0, 1)), response.SessionId, 1);
        LedLogs.Append(led[2]);
        response = await FetchAsync(client, next, version);
        Assert.Equal([2], response.Responses[0].Partitions.Select(p => p.PartitionIndex));

        next = Next(_context.Request("orders"), response.SessionId, 2);
        next.Topics = [];
        next.ForgottenTopicsData = [new() { Topic = "orders", TopicId = led[0].Id.TopicId, Partitions = [2] }];
        LedLogs.Append(led[1]);
        LedLogs.Append(led[2]);
        response = await FetchAsync(client, next, version);
        Assert.Equal([1], response.Responses[0].Partitions.Select(p => p.PartitionIndex));

        next = Next(_context.Request("orders", (1, 1)), response.SessionId, 3);
        next.MaxWaitMs = 0;
        response = await FetchAsync(client, next, version);
        Assert.Empty(response.Responses);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
    }

    [Fact]
    public async Task Wrong_turn_and_unknown_session_are_told()
    {
        _context.CreateTopic("orders");
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 0));
        request.SessionEpoch = 0;
        request.MaxWaitMs = 0;
        var id = (await FetchAsync(client, request)).SessionId;
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, (await FetchAsync(client, Next(request, id, 2))).ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, (await FetchAsync(client, Next(request, id, 1), 13)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await FetchAsync(client, Next(request, id, 1))).ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await FetchAsync(client, Next(request, id + 1, 1))).ErrorCode);
        // Closed by its client.
        Assert.Equal(ErrorCode.None, (await FetchAsync(client, Next(request, id, -1))).ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await FetchAsync(client, Next(request, id, 2))).ErrorCode);
    }

    [Fact]
    public async Task Session_that_nobody_uses_makes_room_after_its_time()
    {
        _context.CreateTopic("orders");
        using var client = await _context.Gateway.ConnectAsync();
        var ids = new List<int>();
        for (var i = 0; i < 3; i++)
            ids.Add(await OpenAsync(client));
        Assert.DoesNotContain(0, ids[..2]);
        Assert.Equal(0, ids[2]);
        _context.Gateway.Time.Advance(TimeSpan.FromSeconds(121));
        Assert.NotEqual(0, await OpenAsync(client));
        var request = Next(_context.Request("orders", (0, 0)), ids[0], 1);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await FetchAsync(client, request)).ErrorCode);
    }

    [Fact]
    public async Task Error_is_told_each_time_and_its_end_too()
    {
        var led = _context.CreateTopic("orders");
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", (0, 7));
        request.SessionEpoch = 0;
        var id = (await FetchAsync(client, request)).SessionId;
        var next = Next(_context.Request("orders"), id, 1);
        next.Topics = [];
        Assert.Equal(ErrorCode.OffsetOutOfRange, Only(await FetchAsync(client, next)).ErrorCode);
        LedLogs.Append(led[0], records: 7);
        next = Next(next, id, 2);
        next.MaxWaitMs = 0;
        var data = Only(await FetchAsync(client, next));
        Assert.Equal((ErrorCode.None, 7L), (data.ErrorCode, data.HighWatermark));
        Assert.Empty((await FetchAsync(client, Next(next, id, 3))).Responses);
    }

    [Fact]
    public async Task Sessions_remember_no_more_than_their_bound()
    {
        _context.CreateTopic("orders");
        using var client = await _context.Gateway.ConnectAsync();
        var request = _context.Request("orders", [.. Enumerable.Range(0, 150_000).Select(p => (p, 0L))]);
        request.SessionEpoch = 0;
        var id = (await FetchAsync(client, request)).SessionId;
        Assert.NotEqual(0, id);
        Assert.Equal(0, (await FetchAsync(client, request)).SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await FetchAsync(client, Next(request, id, 1))).ErrorCode);
        request.SessionId = 0;
        request.SessionEpoch = 0;
        Assert.NotEqual(0, (await FetchAsync(client, request)).SessionId);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private static FetchRequest Next(FetchRequest request, int id, int epoch)
    {
        request.SessionId = id;
        request.SessionEpoch = epoch;
        return request;
    }

    private async Task<int> OpenAsync(WireClient client)
    {
        var request = _context.Request("orders", (0, 0));
        request.SessionEpoch = 0;
        request.MaxWaitMs = 0;
        return (await FetchAsync(client, request)).SessionId;
    }
}
