using System.Net;
using Akka.Broker.Gateway;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Tests;
using static Akka.Broker.Tests.Gateway.FetchTestContext;

namespace Akka.Broker.Tests.Gateway;

/// <summary>A follower's incremental session (KIP-227): what it is told, and what that costs its leader.</summary>
public sealed class FollowerSessionSpec() : PatientTestKit("akka.loglevel = WARNING"), IAsyncLifetime
{
    private const short Version = 17;
    private readonly FetchTestContext _context = new();
    private List<LedPartition> _led = [];
    private WireClient _follower = null!;
    private int _session;
    private int _epoch;

    public async Task InitializeAsync() => _follower = await WireClient.ConnectAsync(_context.Gateway.InterBrokerEndpoint);

    public async Task DisposeAsync()
    {
        _follower.Dispose();
        await _context.DisposeAsync();
    }

    [Fact]
    public async Task Partition_that_has_news_is_told_and_no_other()
    {
        await BeginAsync(partitions: 5);

        LedLogs.Append(_led[3], publish: false);
        LedLogs.Publish(_led[3], 0);

        var data = Only(await AskAsync());
        Assert.Equal((3, 0L), (data.PartitionIndex, data.HighWatermark));
        Assert.NotEqual(0, data.Records!.SizeInBytes);
        LedLogs.Publish(_led[3], 1);
        var moved = Only(await AskAsync(Named(3, offset: 1)));
        Assert.Equal((3, 1L, 0), (moved.PartitionIndex, moved.HighWatermark, moved.Records!.SizeInBytes));
        Assert.Empty((await AskAsync()).Responses);
    }

    [Fact]
    public async Task Records_are_told_again_until_they_are_asked_on_from()
    {
        await BeginAsync(partitions: 2);
        LedLogs.Append(_led[1]);

        Assert.NotEqual(0, Only(await AskAsync()).Records!.SizeInBytes);
        Assert.NotEqual(0, Only(await AskAsync()).Records!.SizeInBytes);
        Assert.Empty((await AskAsync(Named(1, offset: 1))).Responses);
    }

    [Fact]
    public async Task What_a_limit_left_out_comes_first_in_the_next_answer()
    {
        await BeginAsync(partitions: 3);
        foreach (var led in _led)
            LedLogs.Append(led, valueBytes: 1000);

        List<int> told = [];
        List<FetchRequest.FetchTopic> named = [];
        for (var round = 0; round < 3; round++)
        {
            var data = Assert.Single(Assert.Single((await AskAsync(named, maxBytes: 100)).Responses).Partitions, p => p.Records!.SizeInBytes > 0);
            told.Add(data.PartitionIndex);
            // More comes for the one that was told.
            LedLogs.Append(_led[data.PartitionIndex], valueBytes: 1000);
            named = Named(data.PartitionIndex, offset: 1);
        }
        Assert.Equal([0, 1, 2], told.Order());
    }

    [Fact]
    public async Task Records_wait_for_the_least_that_the_follower_asks_for()
    {
        await BeginAsync(partitions: 2);
        var polled = Poll(minBytes: 3000);

        LedLogs.Append(_led[0], valueBytes: 1000);
        LedLogs.Append(_led[1], valueBytes: 1000);
        Assert.False(polled.IsCompleted);
        LedLogs.Append(_led[0], valueBytes: 1000);

        var partitions = Assert.Single((await polled).Responses).Partitions;
        Assert.Equal(2, partitions.Count);
        Assert.InRange(partitions.Sum(p => p.Records!.SizeInBytes), 3000, 4000);
    }

    [Fact]
    public async Task Busy_follower_is_answered_when_enough_has_come()
    {
        await BeginAsync(partitions: 2);
        await KeepBusyAsync();
        var polled = Poll(Named(0, offset: 4));

        LedLogs.Append(_led[0], valueBytes: 100_000);
        LedLogs.Append(_led[1], valueBytes: 100_000);
        Assert.False(polled.IsCompleted);
        LedLogs.Append(_led[0], valueBytes: 100_000);

        Assert.InRange(Assert.Single((await polled).Responses).Partitions.Sum(p => p.Records!.SizeInBytes), 300_000, 310_000);
    }

    [Fact]
    public async Task Busy_follower_waits_for_enough_no_longer_than_a_moment()
    {
        await BeginAsync(partitions: 2);
        await KeepBusyAsync();
        var polled = Poll(Named(0, offset: 4));

        LedLogs.Append(_led[0]);
        LedLogs.Append(_led[1]);
        Assert.False(polled.IsCompleted);
        _context.Gateway.Time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(2, Assert.Single((await polled).Responses).Partitions.Count(p => p.Records!.SizeInBytes > 0));
        // That was in vain: the next record is told at once.
        polled = Poll(Named(0, _led[0].View.LogEndOffset).Concat(Named(1, _led[1].View.LogEndOffset)));
        LedLogs.Append(_led[1]);
        Assert.Equal(1, Only(await polled).PartitionIndex);
    }

    [Fact]
    public async Task What_ends_with_its_segment_is_told_at_once_to_a_follower_that_could_wait_for_more()
    {
        await BeginAsync(partitions: 1);
        await KeepBusyAsync();
        LedLogs.Append(_led[0]);
        await _led[0].Log.RollAsync();
        LedLogs.Append(_led[0]);

        Assert.NotEqual(0, Only(await Poll(Named(0, offset: 4), minBytes: 10_000)).Records!.SizeInBytes);
    }

    [Fact]
    public async Task Log_start_that_moves_ends_the_poll_and_is_told_once()
    {
        await BeginAsync(partitions: 3);
        LedLogs.Append(_led[2]);
        await AskAsync(Named(2, offset: 1));
        await _follower.SendAsync(Request([], maxWaitMs: 60_000), Version);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);

        await _led[2].Log.IncrementLogStartOffsetAsync(1);
        LedLogs.Publish(_led[2], 1);

        var moved = Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response);
        Assert.Equal((2, ErrorCode.None, 1L), (moved.PartitionIndex, moved.ErrorCode, moved.LogStartOffset));
        Assert.Empty((await AskAsync()).Responses);
    }

    [Fact]
    public async Task End_of_a_leadership_ends_the_poll_and_is_told_until_it_is_back()
    {
        await BeginAsync(partitions: 3);
        await _follower.SendAsync(Request([], maxWaitMs: 60_000), Version);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);

        _context.Logs.Led.Remove(_led[2]);
        _led[2].Close();

        var ended = Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response);
        Assert.Equal((2, ErrorCode.NotLeaderOrFollower), (ended.PartitionIndex, ended.ErrorCode));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Only(await AskAsync()).ErrorCode);
        _led[2] = _context.Logs.Lead("orders", 2, TestActor);
        Assert.Equal((2, ErrorCode.None), (Only(await AskAsync()) is var back ? (back.PartitionIndex, back.ErrorCode) : default));
        LedLogs.Append(_led[2]);
        Assert.NotEqual(0, Only(await AskAsync()).Records!.SizeInBytes);
    }

    [Fact]
    public async Task Replica_that_the_metadata_take_away_is_told()
    {
        await BeginAsync(partitions: 2);

        _context.Metadata.PublishReplicas("orders", 1, TestTopics.ThisNode);

        var data = Only(await AskAsync());
        Assert.Equal((1, ErrorCode.UnknownLeaderEpoch), (data.PartitionIndex, data.ErrorCode));
    }

    [Fact]
    public async Task Leaders_of_idle_partitions_hear_once_in_a_while_that_the_follower_is_there()
    {
        await BeginAsync(partitions: 3);
        await AskAsync();
        ReceiveN(3);
        ExpectNoMsg(TimeSpan.Zero);

        _context.Gateway.Time.Advance(TimeSpan.FromSeconds(1.5));
        await AskAsync();

        Assert.All(ReceiveN(3).Cast<FollowerFetched>(), f => Assert.Equal((2, 0L, 0L), (f.Broker, f.FetchOffset, f.LeaderEnd)));
        _led[0].AskForProgress();
        await AskAsync();
        ExpectMsg<FollowerFetched>();
    }

    [Fact]
    public async Task Forgotten_partition_is_told_of_no_more()
    {
        await BeginAsync(partitions: 2);
        var request = Request([]);
        request.ForgottenTopicsData = [new() { TopicId = _context.Metadata.Current.Topics["orders"].Id, Partitions = [0] }];
        await FetchAsync(_follower, request, Version);

        LedLogs.Append(_led[0]);
        LedLogs.Append(_led[1]);

        Assert.Equal(1, Only(await AskAsync()).PartitionIndex);
    }

    /// <summary>What a request takes of memory is what it looks at: it must not depend on how many partitions the session has.</summary>
    [Fact]
    public async Task Cost_of_a_fetch_is_that_of_what_has_changed()
    {
        var few = await AllocatedAsync("few", 4);
        var many = await AllocatedAsync("many", 400);

        Assert.True(many < few * 2, $"{few} bytes with 4 partitions, {many} with 400");
    }

    private async Task<long> AllocatedAsync(string topic, int partitions)
    {
        _context.Metadata.PublishReplicated(topic, partitions);
        var led = Enumerable.Range(0, partitions).Select(p => _context.Logs.Lead(topic, p)).ToList();
        var context = FollowersContext();
        var request = Request(Enumerable.Range(0, partitions).SelectMany(p => Named(p, 0, topic)).ToList());
        (request.SessionId, request.SessionEpoch) = (0, 0);
        var session = (await _context.Fetches.HandleAsync(request, context, default)).SessionId;
        var allocated = long.MaxValue;
        for (var epoch = 1; epoch <= 20; epoch++)
        {
            LedLogs.Append(led[^1]);
            request = Request(Named(partitions - 1, led[^1].View.LogEndOffset, topic));
            (request.SessionId, request.SessionEpoch) = (session, epoch);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var handling = _context.Fetches.HandleAsync(request, context, default);
            // The least, since the runtime now and then allocates for itself.
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(handling.IsCompletedSuccessfully);
            Assert.Equal(partitions - 1, Only(handling.Result).PartitionIndex);
        }
        return allocated;
    }

    private static RequestContext FollowersContext() => new(Version, "broker-2", new IPEndPoint(IPAddress.Loopback, 1), "BROKERS", 77, IsInterBroker: true);

    /// <summary>Much is there whenever the follower asks.</summary>
    private async Task KeepBusyAsync()
    {
        for (var i = 0; i < 4; i++)
        {
            LedLogs.Append(_led[0], valueBytes: 100_000);
            Assert.NotEqual(0, Only(await AskAsync(Named(0, offset: i))).Records!.SizeInBytes);
        }
    }

    /// <summary>Without a socket, so that it waits, or is answered, when this returns.</summary>
    private Task<FetchResponse> Poll(IEnumerable<FetchRequest.FetchTopic>? named = null, int minBytes = 1) =>
        _context.Fetches.HandleAsync(Request([.. named ?? []], maxWaitMs: 60_000, minBytes: minBytes), FollowersContext(), default).AsTask();

    private async Task BeginAsync(int partitions)
    {
        _context.Metadata.PublishReplicated("orders", partitions);
        _led = [.. Enumerable.Range(0, partitions).Select(p => _context.Logs.Lead("orders", p, TestActor))];
        var request = Request(Enumerable.Range(0, partitions).SelectMany(p => Named(p, 0)).ToList());
        (request.SessionId, request.SessionEpoch) = (0, 0);
        var response = await FetchAsync(_follower, request, Version);
        Assert.Equal(partitions, response.Responses.Sum(r => r.Partitions.Count));
        (_session, _epoch) = (response.SessionId, 1);
        Assert.NotEqual(0, _session);
    }

    private Task<FetchResponse> AskAsync(List<FetchRequest.FetchTopic>? named = null, int maxBytes = 1 << 20) =>
        FetchAsync(_follower, Request(named ?? [], maxBytes: maxBytes), Version);

    private FetchRequest Request(List<FetchRequest.FetchTopic> named, int maxWaitMs = 0, int maxBytes = 1 << 20, int minBytes = 1) => new()
    {
        ReplicaState = new() { ReplicaId = TestTopics.OtherNode, ReplicaEpoch = 2 },
        MaxWaitMs = maxWaitMs,
        MinBytes = minBytes,
        MaxBytes = maxBytes,
        SessionId = _session,
        SessionEpoch = _epoch++,
        Topics = named,
    };

    private List<FetchRequest.FetchTopic> Named(int partition, long offset, string topic = "orders") =>
    [
        new()
        {
            TopicId = _context.Metadata.Current.Topics[topic].Id,
            Partitions = [new() { Partition = partition, FetchOffset = offset, CurrentLeaderEpoch = 5, LastFetchedEpoch = offset == 0 ? -1 : 5, PartitionMaxBytes = 1 << 20 }],
        },
    ];
}
