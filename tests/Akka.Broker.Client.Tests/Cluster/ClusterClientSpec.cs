using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Tests.Support;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Cluster;

/// <summary>Finding the cluster, following it and losing parts of it.</summary>
public sealed class ClusterClientSpec : IAsyncDisposable
{
    private static readonly BrokerAddress First = new("bootstrap-1", 1);
    private static readonly BrokerAddress Second = new("bootstrap-2", 2);
    private readonly ManualTime _time = new();
    private readonly MemoryBrokers _brokers = new();
    private readonly ClusterClient _client;

    public ClusterClientSpec()
    {
        var settings = ClientSettings.Of(ConfigurationFactory.ParseString("akka.broker.client.bootstrap-servers = [\"bootstrap-1:1\", \"bootstrap-2:2\"]"));
        _client = new ClusterClient(settings, _brokers, _time, new Random(1));
    }

    [Fact]
    public async Task Any_live_bootstrap_server_leads_to_the_cluster()
    {
        _brokers.Answer<MetadataRequest, MetadataResponse>(Second, r => Metadata(r, (7, "a", 10)));
        var view = await _client.RefreshAsync(["t"], default);
        Assert.Equal("cluster", view.ClusterId);
        Assert.Equal(new BrokerAddress("a", 10), Assert.Single(view.Brokers).Value.Address);
        Assert.Equal(7, view.Partition("t", 0)!.LeaderId);
        Assert.Same(view, _client.View);
    }

    [Fact]
    public async Task Cluster_is_followed_when_all_bootstrap_servers_are_gone()
    {
        _brokers.Answer<MetadataRequest, MetadataResponse>(First, r => Metadata(r, (7, "a", 10), (8, "b", 11)));
        await _client.RefreshAsync(["t"], default);
        _brokers.Stop(First);
        _brokers.Answer<MetadataRequest, MetadataResponse>(new BrokerAddress("b", 11), r => Metadata(r, (8, "b", 11)));
        var view = await _client.RefreshAsync([], default);
        Assert.Equal([8], view.Brokers.Keys);
        Assert.Equal(8, view.Partition("t", 0)!.LeaderId);
    }

    [Fact]
    public async Task Cluster_that_nobody_reaches_is_tried_until_somebody_is_back()
    {
        var refreshed = _client.RefreshAsync(["t"], default).AsTask();
        while (_brokers.Asked.Count < 6)
            await AdvanceWhilePausedAsync(refreshed);
        Assert.False(refreshed.IsCompleted);
        _brokers.Answer<MetadataRequest, MetadataResponse>(First, r => Metadata(r, (7, "a", 10)));
        await AdvanceWhilePausedAsync(refreshed);
        Assert.Single((await refreshed).Brokers);
    }

    [Fact]
    public async Task Cluster_that_nobody_reaches_in_time_is_an_error_that_says_why()
    {
        var refreshed = _client.RefreshAsync(["t"], default).AsTask();
        while (!refreshed.IsCompleted)
            await AdvanceWhilePausedAsync(refreshed);
        var failure = await Assert.ThrowsAsync<BrokerUnreachableException>(() => refreshed);
        Assert.Contains("nobody is there", failure.Message);
        Assert.True(failure.IsRetriable);
    }

    [Fact]
    public async Task Older_leader_does_not_replace_a_newer_one()
    {
        _brokers.Answer<MetadataRequest, MetadataResponse>(First, r => Metadata(r, (7, "a", 10), (8, "b", 11)));
        await _client.RefreshAsync(["t"], default);
        var changes = new List<ClusterView>();
        _client.Changed += changes.Add;
        _client.ApplyLeader("t", 0, 9, 5, new BrokerNode(9, "c", 12, null));
        Assert.Equal((9, 5), (_client.View.Partition("t", 0)!.LeaderId, _client.View.Partition("t", 0)!.LeaderEpoch));
        _client.ApplyLeader("t", 0, 8, 4, null);
        Assert.Equal(9, Assert.Single(changes).Partition("t", 0)!.LeaderId);
        _brokers.Answer<MetadataRequest, MetadataResponse>(new BrokerAddress("c", 12), r => Metadata(r, (7, "a", 10), (9, "c", 12)));
        Assert.Equal(9, (await _client.RefreshAsync([], default)).Partition("t", 0)!.LeaderId);
    }

    [Fact]
    public async Task Partition_without_a_leader_is_asked_for_again_by_itself()
    {
        var leader = -1;
        _brokers.Answer<MetadataRequest, MetadataResponse>(First, r => Metadata(r, leader, (7, "a", 10)));
        await _client.RefreshAsync(["t"], default);
        var elected = new TaskCompletionSource();
        _client.Changed += view => _ = view.Partition("t", 0)!.LeaderId == 7 && elected.TrySetResult();
        leader = 7;
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await elected.Task;
    }

    [Fact]
    public async Task Broker_is_asked_by_its_id_and_one_that_does_not_answer_is_an_error()
    {
        _brokers.Answer<MetadataRequest, MetadataResponse>(First, r => Metadata(r, (7, "a", 10)));
        _brokers.Answer<HeartbeatRequest, HeartbeatResponse>(new BrokerAddress("a", 10), _ => new HeartbeatResponse { ErrorCode = ErrorCode.RebalanceInProgress });
        await _client.RefreshAsync([], default);
        var answer = await _client.AskAsync<HeartbeatResponse>(7, new HeartbeatRequest(), TimeSpan.FromSeconds(1), default);
        Assert.Equal(ErrorCode.RebalanceInProgress, answer.ErrorCode);
        await Assert.ThrowsAsync<BrokerUnreachableException>(
            async () => await _client.AskAsync<LeaveGroupResponse>(7, new LeaveGroupRequest(), TimeSpan.FromSeconds(1), default));
        await Assert.ThrowsAsync<BrokerUnreachableException>(
            async () => await _client.AskAsync<HeartbeatResponse>(8, new HeartbeatRequest(), TimeSpan.FromSeconds(1), default));
    }

    [Fact]
    public async Task Whoever_answers_is_asked_if_any_will_do()
    {
        _brokers.Answer<HeartbeatRequest, HeartbeatResponse>(Second, _ => new HeartbeatResponse { ThrottleTimeMs = 3 });
        var answer = await _client.AskAnyAsync<HeartbeatResponse>(new HeartbeatRequest(), TimeSpan.FromSeconds(1), default);
        Assert.Equal(3, answer.ThrottleTimeMs);
    }

    [Fact]
    public async Task Lane_that_is_closed_leaves_the_others_open()
    {
        _brokers.Answer<MetadataRequest, MetadataResponse>(First, r => Metadata(r, (7, "a", 10)));
        _brokers.Answer<HeartbeatRequest, HeartbeatResponse>(new BrokerAddress("a", 10), _ => new HeartbeatResponse());
        await _client.RefreshAsync([], default);
        var lane = _client.OnLane("fetch");
        await lane.AskAsync<HeartbeatResponse>(7, new HeartbeatRequest(), TimeSpan.FromSeconds(1), default);
        await lane.DisposeAsync();
        Assert.Equal([new BrokerAddress("a", 10)], _brokers.Closed);
        await _client.AskAsync<HeartbeatResponse>(7, new HeartbeatRequest(), TimeSpan.FromSeconds(1), default);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    /// <summary>Moves the clock when nothing but the clock can go on: the caller's limit runs, and so does the pause before the next question.</summary>
    private async Task AdvanceWhilePausedAsync(Task asked)
    {
        while (_time.Armed < 2 && !asked.IsCompleted)
            await Task.Yield();
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private static MetadataResponse Metadata(MetadataRequest request, params (int Id, string Host, int Port)[] brokers) =>
        Metadata(request, brokers[0].Id, brokers);

    private static MetadataResponse Metadata(MetadataRequest request, int leader, params (int Id, string Host, int Port)[] brokers) => new()
    {
        ClusterId = "cluster",
        ControllerId = brokers[0].Id,
        Brokers = [.. brokers.Select(b => new MetadataResponse.MetadataResponseBroker { NodeId = b.Id, Host = b.Host, Port = b.Port })],
        Topics =
        [
            .. request.Topics!.Select(t => new MetadataResponse.MetadataResponseTopic
            {
                Name = t.Name,
                Partitions = [new() { PartitionIndex = 0, LeaderId = leader, LeaderEpoch = 3, ReplicaNodes = [leader], IsrNodes = [leader] }],
            }),
        ],
    };
}
