using System.Collections.Immutable;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Support;

/// <summary>
/// The cluster as a spec plays it: the view is what the spec sets, each API is answered by the function that the spec gives. What is not answered is refused as
/// by a broker that is not there. Requests and responses are the same objects on both sides; nothing is encoded. Thread-safe.
/// </summary>
internal sealed class MemoryClusterClient : IClusterClient
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ApiKey, Func<int, IMessage, Task<IResponse>>> _answers = [];
    private readonly List<MemoryAsked> _asked = [];
    private readonly HashSet<int> _down = [];
    private readonly HashSet<string> _followed = [];
    private readonly HashSet<string> _closedLanes = [];

    /// <summary>Topics and brokers as the brokers would tell them; <see cref="View"/> has what is followed of it, from the next refresh on.</summary>
    private ClusterView _truth = ClusterView.Unknown;

    private ClusterView _view = ClusterView.Unknown;

    public event Action<ClusterView>? Changed;

    public ClusterView View => Volatile.Read(ref _view);

    /// <summary>Whether following, refreshing and invalidating show the truth at once, as they do unless a spec wants it otherwise.</summary>
    public bool RefreshesByItself { get; set; } = true;

    /// <summary>All that was asked, in order. To a broker that was not chosen by the asker: -1.</summary>
    public IReadOnlyList<MemoryAsked> Asked
    {
        get
        {
            lock (_gate)
                return [.. _asked];
        }
    }

    public IReadOnlyCollection<string> Followed
    {
        get
        {
            lock (_gate)
                return [.. _followed];
        }
    }

    public IReadOnlyCollection<string> ClosedLanes
    {
        get
        {
            lock (_gate)
                return [.. _closedLanes];
        }
    }

    public int Invalidations { get; private set; }

    /// <summary>The highest versions that the brokers serve, where they are of an older release.</summary>
    public IReadOnlyDictionary<ApiKey, short> Served { get; set; } = new Dictionary<ApiKey, short>();

    /// <summary>A topic exists, or is different, from now on: its partitions' leaders, -1 for none. The brokers exist by being named.</summary>
    public void SetTopic(string topic, params int[] leaders) => SetTopic(topic, 0, leaders);

    public void SetTopic(string topic, int leaderEpoch, int[] leaders)
    {
        lock (_gate)
        {
            var brokers = _truth.Brokers;
            foreach (var id in leaders.Where(l => l >= 0 && !brokers.ContainsKey(l)))
                brokers = brokers.Add(id, new BrokerNode(id, $"broker-{id}", 9092, null));
            var id128 = _truth.Topic(topic)?.Id ?? new Guid(_truth.Topics.Count + 1, 0, 0, new byte[8]);
            var partitions = leaders.Select((leader, i) => new PartitionView(
                i, leader, leaderEpoch, [Math.Max(0, leader)], [Math.Max(0, leader)], leader < 0 ? ErrorCode.LeaderNotAvailable : ErrorCode.None));
            var view = new TopicView(topic, id128, ErrorCode.None, false, [.. partitions]);
            _truth = _truth with { ClusterId = "memory", Brokers = brokers, Topics = _truth.Topics.SetItem(topic, view) };
        }
        if (RefreshesByItself)
            Refresh();
    }

    /// <summary>That broker is the controller from now on; it exists by being named.</summary>
    public void SetController(int brokerId)
    {
        lock (_gate)
            _truth = _truth with { ControllerId = brokerId, Brokers = _truth.Brokers.SetItem(brokerId, new BrokerNode(brokerId, $"broker-{brokerId}", 9092, null)) };
        if (RefreshesByItself)
            Refresh();
    }

    public void RemoveTopic(string topic)
    {
        lock (_gate)
            _truth = _truth with { Topics = _truth.Topics.Remove(topic) };
        if (RefreshesByItself)
            Refresh();
    }

    /// <summary>The view becomes the truth.</summary>
    public void Refresh()
    {
        ClusterView view;
        lock (_gate)
        {
            var topics = _followed.ToImmutableDictionary(
                t => t, t => _truth.Topic(t) ?? new TopicView(t, Guid.Empty, ErrorCode.UnknownTopicOrPartition, false, []), StringComparer.Ordinal);
            _view = view = _truth with { Topics = topics };
        }
        Changed?.Invoke(view);
    }

    /// <summary>Answers that API from now on.</summary>
    public void Answer<TRequest, TResponse>(Func<int, TRequest, Task<TResponse>> answer)
        where TRequest : IRequest
        where TResponse : IResponse
    {
        lock (_gate)
            _answers[TRequest.ApiKey] = async (broker, request) => await answer(broker, (TRequest)request);
    }

    public void Answer<TRequest, TResponse>(Func<int, TRequest, TResponse> answer)
        where TRequest : IRequest
        where TResponse : IResponse =>
        Answer<TRequest, TResponse>((broker, request) => Task.FromResult(answer(broker, request)));

    /// <summary>That broker cannot be reached until <see cref="Heal"/>.</summary>
    public void Cut(int brokerId)
    {
        lock (_gate)
            _down.Add(brokerId);
    }

    public void Heal(int brokerId)
    {
        lock (_gate)
            _down.Remove(brokerId);
    }

    public ValueTask<ClusterView> RefreshAsync(IReadOnlyCollection<string> topics, CancellationToken ct)
    {
        lock (_gate)
            _followed.UnionWith(topics);
        if (RefreshesByItself)
            Refresh();
        return new(View);
    }

    public void FollowTopic(string topic)
    {
        bool isNew;
        lock (_gate)
            isNew = _followed.Add(topic);
        if (isNew && RefreshesByItself)
            Refresh();
    }

    public void Invalidate(string topic, int partition)
    {
        lock (_gate)
            Invalidations++;
        if (RefreshesByItself)
            Refresh();
    }

    public void ApplyLeader(string topic, int partition, int leaderId, int leaderEpoch, BrokerNode? leader)
    {
        ClusterView? newer;
        lock (_gate)
        {
            newer = MetadataMerge.WithLeader(_view, topic, partition, leaderId, leaderEpoch, leader);
            _view = newer ?? _view;
        }
        if (newer is not null)
            Changed?.Invoke(newer);
    }

    public ValueTask<TResponse> AskAsync<TResponse>(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct)
        where TResponse : IResponse, new() => AskOnAsync<TResponse>("", brokerId, request, ct);

    public async ValueTask TellAsync(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct) =>
        await AskOnAsync<IResponse>("", brokerId, request, ct);

    public ValueTask<TResponse> AskAnyAsync<TResponse>(IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
        where TResponse : IResponse, new() => AskOnAsync<TResponse>("", -1, request, ct, versionMax);

    public async ValueTask<BrokerResponse<TResponse>> AskBufferedAsync<TResponse>(
        int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
        where TResponse : IResponse, new() => Buffered(await AskOnAsync<TResponse>("", brokerId, request, ct, versionMax), request, versionMax);

    public IClusterClient OnLane(string purpose) => new Lane(this, purpose);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<TResponse> AskOnAsync<TResponse>(string lane, int brokerId, IRequest request, CancellationToken ct, short versionMax = short.MaxValue)
    {
        CheckVersion(request, versionMax);
        Func<int, IMessage, Task<IResponse>>? answer;
        lock (_gate)
        {
            _asked.Add(new MemoryAsked(lane, brokerId, request));
            if (_down.Contains(brokerId))
                throw new BrokerUnreachableException($"Broker {brokerId} is cut off by the spec.");
            if (!_answers.TryGetValue(request.Api, out answer))
                throw new BrokerUnreachableException($"The spec does not answer {request.Api}.");
        }
        return (TResponse)await answer(brokerId, request).WaitAsync(ct);
    }

    /// <summary>What these brokers do not serve, or not with those fields, is refused as by a connection.</summary>
    private void CheckVersion(IRequest request, short versionMax)
    {
        Assert.True(KnownApis.TryGet(request.Api, out var known));
        var version = Math.Min(Math.Min(known.Highest, versionMax), Served.GetValueOrDefault(request.Api, short.MaxValue));
        try
        {
            using var writer = new MessageWriter();
            request.Write(writer, version);
        }
        catch (NotSupportedException cause)
        {
            throw new BrokerClientException(ErrorCode.UnsupportedVersion, $"{request.Api} {version}: {cause.Message}", cause);
        }
    }

    private static BrokerResponse<TResponse> Buffered<TResponse>(TResponse response, IRequest request, short versionMax)
        where TResponse : IResponse
    {
        KnownApis.TryGet(request.Api, out var known);
        return new BrokerResponse<TResponse>(response, Math.Min(known.Highest, versionMax));
    }

    private sealed class Lane(MemoryClusterClient cluster, string purpose) : IClusterClient
    {
        public event Action<ClusterView>? Changed
        {
            add => cluster.Changed += value;
            remove => cluster.Changed -= value;
        }

        public ClusterView View => cluster.View;

        public ValueTask<ClusterView> RefreshAsync(IReadOnlyCollection<string> topics, CancellationToken ct) => cluster.RefreshAsync(topics, ct);

        public void FollowTopic(string topic) => cluster.FollowTopic(topic);

        public void Invalidate(string topic, int partition) => cluster.Invalidate(topic, partition);

        public void ApplyLeader(string topic, int partition, int leaderId, int leaderEpoch, BrokerNode? leader) =>
            cluster.ApplyLeader(topic, partition, leaderId, leaderEpoch, leader);

        public ValueTask<TResponse> AskAsync<TResponse>(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct)
            where TResponse : IResponse, new() => cluster.AskOnAsync<TResponse>(purpose, brokerId, request, ct);

        public async ValueTask TellAsync(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct) =>
            await cluster.AskOnAsync<IResponse>(purpose, brokerId, request, ct);

        public ValueTask<TResponse> AskAnyAsync<TResponse>(IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
            where TResponse : IResponse, new() => cluster.AskOnAsync<TResponse>(purpose, -1, request, ct, versionMax);

        public async ValueTask<BrokerResponse<TResponse>> AskBufferedAsync<TResponse>(
            int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
            where TResponse : IResponse, new() => Buffered(await cluster.AskOnAsync<TResponse>(purpose, brokerId, request, ct, versionMax), request, versionMax);

        public IClusterClient OnLane(string other) => cluster.OnLane(other);

        public ValueTask DisposeAsync()
        {
            lock (cluster._gate)
                cluster._closedLanes.Add(purpose);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A request that a spec's cluster was asked.</summary>
internal sealed record MemoryAsked(string Lane, int BrokerId, IMessage Request);
