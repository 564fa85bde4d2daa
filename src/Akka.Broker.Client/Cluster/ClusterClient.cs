using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Cluster;

/// <summary>
/// Follows a cluster over the network: <see cref="MetadataFollower"/> keeps the view, each <see cref="BrokerLane"/> the connections of one purpose.
/// Closing it closes all lanes. Any thread.
/// </summary>
internal sealed class ClusterClient : IClusterClient
{
    private readonly ClusterConnections _cluster;
    private readonly BrokerLane _lane;
    private readonly bool _isRoot;

    public ClusterClient(ClientSettings settings, IBrokerConnections connections, TimeProvider time, Random random)
        : this(new ClusterConnections(settings, connections, time, random), "", isRoot: true)
    {
    }

    private ClusterClient(ClusterConnections cluster, string purpose, bool isRoot)
    {
        _cluster = cluster;
        _lane = cluster.OpenLane(purpose);
        _isRoot = isRoot;
    }

    public event Action<ClusterView>? Changed
    {
        add => _cluster.Metadata.Changed += value;
        remove => _cluster.Metadata.Changed -= value;
    }

    public ClusterView View => _cluster.Metadata.View;

    public ValueTask<ClusterView> RefreshAsync(IReadOnlyCollection<string> topics, CancellationToken ct) => _cluster.Metadata.RefreshAsync(topics, ct);

    public void FollowTopic(string topic) => _cluster.Metadata.Follow(topic);

    public void Invalidate(string topic, int partition) => _cluster.Metadata.Invalidate(topic);

    public void ApplyLeader(string topic, int partition, int leaderId, int leaderEpoch, BrokerNode? leader) =>
        _cluster.Metadata.ApplyLeader(topic, partition, leaderId, leaderEpoch, leader);

    public async ValueTask<TResponse> AskAsync<TResponse>(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct)
        where TResponse : IResponse, new()
    {
        using var response = await AskBufferedAsync<TResponse>(brokerId, request, timeout, ct).ConfigureAwait(false);
        return response.Message;
    }

    public async ValueTask<TResponse> AskAnyAsync<TResponse>(IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
        where TResponse : IResponse, new()
    {
        using var response = await _cluster.AskAnyAsync<TResponse>(_lane, request, timeout, versionMax, ct).ConfigureAwait(false);
        return response.Message;
    }

    public async ValueTask<BrokerResponse<TResponse>> AskBufferedAsync<TResponse>(
        int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
        where TResponse : IResponse, new()
    {
        return await _lane.AskAsync<TResponse>(AddressOf(brokerId, request), request, timeout, versionMax, ct).ConfigureAwait(false);
    }

    public async ValueTask TellAsync(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct) =>
        await _lane.TellAsync(AddressOf(brokerId, request), request, timeout, ct).ConfigureAwait(false);

    public IClusterClient OnLane(string purpose) => new ClusterClient(_cluster, purpose, isRoot: false);

    public async ValueTask DisposeAsync()
    {
        if (_isRoot)
            await _cluster.DisposeAsync().ConfigureAwait(false);
        else
            _cluster.Close(_lane);
    }

    private BrokerAddress AddressOf(int brokerId, IRequest request) => View.Brokers.TryGetValue(brokerId, out var broker)
        ? broker.Address
        : throw new BrokerUnreachableException($"{request.Api}: broker {brokerId} is not among the known ones ({string.Join(", ", View.Brokers.Keys.Order())}).");
}
