using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Tests;
using static Akka.Broker.Tests.Gateway.FetchTestContext;

namespace Akka.Broker.Tests.Gateway;

/// <summary>What followers are answered, and what their leader hears of it.</summary>
public sealed class ReplicaFetchSpec() : PatientTestKit("akka.loglevel = WARNING"), IAsyncLifetime
{
    private const short Version = 17;
    private readonly FetchTestContext _context = new();
    private LedPartition _led = null!;
    private WireClient _follower = null!;

    public async Task InitializeAsync()
    {
        _context.Metadata.PublishReplicatedTopic("orders", TestTopics.OtherNode);
        _led = _context.Logs.Lead("orders", owner: TestActor);
        _follower = await WireClient.ConnectAsync(_context.Gateway.InterBrokerEndpoint);
    }

    public async Task DisposeAsync()
    {
        _follower.Dispose();
        await _context.DisposeAsync();
    }

    [Fact]
    public async Task A_follower_reads_past_the_watermark_and_its_leader_hears_how_far_it_is()
    {
        var committed = LedLogs.Append(_led);
        var tail = LedLogs.Append(_led, publish: false);
        LedLogs.Publish(_led, highWatermark: 1);

        var data = Only(await FetchAsync(_follower, Request(offset: 0), Version));

        Assert.Equal([.. committed, .. tail], BytesOf(data));
        Assert.Equal(1, data.HighWatermark);
        var told = ExpectMsg<FollowerFetched>();
        Assert.Equal((2, 2L, 5, 0L, 2L), (told.Broker, told.BrokerEpoch, told.LeaderEpoch, told.FetchOffset, told.LeaderEnd));
    }

    [Fact]
    public async Task The_leader_is_not_told_twice_what_it_knows_unless_it_asks()
    {
        LedLogs.Append(_led);
        await FetchAsync(_follower, Request(offset: 0), Version);
        ExpectMsg<FollowerFetched>();

        await FetchAsync(_follower, Request(offset: 0), Version);
        ExpectNoMsg(TimeSpan.Zero);
        _led.AskForProgress();
        await FetchAsync(_follower, Request(offset: 0), Version);

        ExpectMsg<FollowerFetched>();
    }

    [Fact]
    public async Task Clients_listeners_serve_no_followers()
    {
        using var client = await _context.Gateway.ConnectAsync();

        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (await FetchAsync(client, Request(offset: 0), Version)).ErrorCode);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    [InlineData(2, -1)]
    [InlineData(7, 7)]
    public async Task Another_epoch_than_the_brokers_registered_one_is_refused(int broker, long epoch)
    {
        var request = Request(offset: 0);
        request.ReplicaState = new() { ReplicaId = broker, ReplicaEpoch = epoch };

        Assert.Equal(ErrorCode.StaleBrokerEpoch, (await FetchAsync(_follower, request, Version)).ErrorCode);
        ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Followers_without_broker_epochs_are_refused()
    {
        var request = Request(offset: 0);
        request.ReplicaState = null!;
        request.ReplicaId = 2;

        Assert.Equal(ErrorCode.UnsupportedVersion, (await FetchAsync(_follower, request, 14)).ErrorCode);
    }

    [Fact]
    public async Task A_broker_without_a_replica_is_told_to_wait_for_newer_metadata()
    {
        _context.CreateTopic("other");
        var request = Request(offset: 0);
        request.Topics[0].TopicId = _context.Metadata.Current.Topics["other"].Id;

        Assert.Equal(ErrorCode.UnknownLeaderEpoch, Only(await FetchAsync(_follower, request, Version)).ErrorCode);
    }

    [Fact]
    public async Task A_log_that_parts_is_told_where_and_moves_nothing()
    {
        LedLogs.Append(_led, records: 3);
        var request = Request(offset: 9);
        request.Topics[0].Partitions[0].LastFetchedEpoch = 5;

        var data = Only(await FetchAsync(_follower, request, Version));

        Assert.Equal((ErrorCode.None, 5, 3L), (data.ErrorCode, data.DivergingEpoch!.Epoch, data.DivergingEpoch.EndOffset));
        Assert.Equal(0, data.Records!.SizeInBytes);
        ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task What_the_leader_has_deleted_is_answered_with_where_its_log_begins()
    {
        LedLogs.Append(_led, records: 3);
        await _led.Log.IncrementLogStartOffsetAsync(2);
        LedLogs.Publish(_led, 3);

        var data = Only(await FetchAsync(_follower, Request(offset: 1), Version));

        Assert.Equal((ErrorCode.OffsetOutOfRange, 2L), (data.ErrorCode, data.LogStartOffset));
    }

    [Fact]
    public async Task A_poll_ends_with_an_append_soon_after_a_new_watermark_and_with_the_next_request()
    {
        LedLogs.Append(_led);
        var first = await FetchAsync(_follower, Request(offset: 1, sessionEpoch: 0), Version);
        Assert.NotEqual(0, first.SessionId);

        await PollAsync(first.SessionId, epoch: 1, () => LedLogs.Append(_led, publish: false), () => LedLogs.Publish(_led, 1));
        var appended = Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response);
        Assert.NotEqual(0, appended.Records!.SizeInBytes);

        await PollAsync(first.SessionId, epoch: 2, () => LedLogs.Publish(_led, 2), change: Move(offset: 2));
        // Records that come within a moment would bring it along.
        Assert.Equal(1, _context.Gateway.Server.Wheel.Count);
        _context.Gateway.Time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(2, Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response).HighWatermark);

        await PollAsync(first.SessionId, epoch: 3);
        await _follower.SendAsync(Nudge(), Version);
        Assert.Empty((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response.Responses);
        Assert.Empty((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response.Responses);
    }

    [Fact]
    public async Task A_watermark_that_is_news_when_the_request_comes_waits_for_a_moment_too_and_comes_with_records()
    {
        LedLogs.Append(_led, publish: false);
        LedLogs.Publish(_led, 0);
        var first = await FetchAsync(_follower, Request(offset: 0, sessionEpoch: 0), Version);
        LedLogs.Publish(_led, 1);

        await PollAsync(first.SessionId, epoch: 1, () => LedLogs.Append(_led, publish: false), () => LedLogs.Publish(_led, 1), Move(offset: 1));

        var data = Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response);
        Assert.Equal(1, data.HighWatermark);
        Assert.NotEqual(0, data.Records!.SizeInBytes);
        LedLogs.Publish(_led, 2);
        await PollAsync(first.SessionId, epoch: 2, change: Move(offset: 2));
        _context.Gateway.Time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(2, Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response).HighWatermark);
    }

    [Fact]
    public async Task A_new_watermark_is_told_at_once_where_consumers_read_followers()
    {
        await using var context = new FetchTestContext(isRackAware: true);
        context.Metadata.PublishReplicatedTopic("orders", TestTopics.OtherNode);
        var led = context.Logs.Lead("orders", owner: TestActor);
        LedLogs.Append(led, publish: false);
        LedLogs.Publish(led, 0);
        using var follower = await WireClient.ConnectAsync(context.Gateway.InterBrokerEndpoint);
        var request = Request(offset: 1, sessionEpoch: 0);
        request.Topics[0].TopicId = context.Metadata.Current.Topics["orders"].Id;
        var session = (await FetchAsync(follower, request, Version)).SessionId;

        (request.SessionId, request.SessionEpoch, request.Topics) = (session, 1, []);
        await follower.SendAsync(request, Version);
        GatewayTestContext.Eventually(() => context.Gateway.Server.Wheel.Count == 1);
        LedLogs.Publish(led, 1);

        Assert.Equal(1, Only((await follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response).HighWatermark);
    }

    [Fact]
    public async Task A_follower_that_is_throttled_gets_a_mebibyte_at_most_at_a_time()
    {
        _context.Metadata.PublishReplicatedTopic("moved");
        var led = _context.Logs.Lead("moved", owner: TestActor);
        for (var i = 0; i < 3; i++)
            LedLogs.Append(led, valueBytes: 600_000);
        var request = Request(offset: 0);
        request.Topics[0].TopicId = _context.Metadata.Current.Topics["moved"].Id;
        request.MaxBytes = request.Topics[0].Partitions[0].PartitionMaxBytes = 4 << 20;
        Assert.InRange(Only(await FetchAsync(_follower, request, Version)).Records!.SizeInBytes, 1_800_000, 2_000_000);

        _context.Metadata.PublishTopicConfig("moved", "leader.replication.throttled.replicas", "0:1");

        Assert.Equal(1 << 20, Only(await FetchAsync(_follower, request, Version)).Records!.SizeInBytes);
    }

    [Fact]
    public async Task A_follower_that_is_throttled_gets_nothing_when_the_rate_is_used_up_and_goes_on_later()
    {
        _context.Metadata.PublishReplicatedTopic("moved");
        _context.Metadata.PublishTopicConfig("moved", "leader.replication.throttled.replicas", "0:1");
        _context.Metadata.PublishBrokerConfig("leader.replication.throttled.rate", "100");
        LedLogs.Append(_context.Logs.Lead("moved", owner: TestActor), valueBytes: 1000);
        var request = Request(offset: 0);
        request.Topics[0].TopicId = _context.Metadata.Current.Topics["moved"].Id;
        request.MaxWaitMs = 500;
        Assert.NotEqual(0, Only(await FetchAsync(_follower, request, Version)).Records!.SizeInBytes);

        await _follower.SendAsync(request, Version);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        _context.Gateway.Time.Advance(TimeSpan.FromMilliseconds(600));
        var held = Only((await _follower.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Version)).Response);
        Assert.Equal((ErrorCode.None, 1L, 0), (held.ErrorCode, held.HighWatermark, held.Records!.SizeInBytes));
        _context.Gateway.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.NotEqual(0, Only(await FetchAsync(_follower, request, Version)).Records!.SizeInBytes);
    }

    private async Task PollAsync(int session, int epoch, Action? then = null, Action? andThen = null, List<FetchRequest.FetchTopic>? change = null)
    {
        var request = Request(offset: 0);
        (request.SessionId, request.SessionEpoch, request.Topics) = (session, epoch, change ?? []);
        await _follower.SendAsync(request, Version);
        GatewayTestContext.Eventually(() => _context.Gateway.Server.Wheel.Count == 1);
        then?.Invoke();
        andThen?.Invoke();
    }

    private List<FetchRequest.FetchTopic> Move(long offset) => Request(offset).Topics;

    private FetchRequest Nudge()
    {
        var request = Request(offset: 0);
        (request.Topics, request.MaxWaitMs, request.SessionEpoch) = ([], 0, -1);
        return request;
    }

    private FetchRequest Request(long offset, int sessionEpoch = -1)
    {
        var request = _context.Request("orders", (0, offset));
        request.ReplicaState = new() { ReplicaId = 2, ReplicaEpoch = 2 };
        request.SessionEpoch = sessionEpoch;
        request.MaxWaitMs = 60_000;
        return request;
    }
}
