using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Cluster;

/// <summary>What all lanes of a client share: the view's follower and the list of addresses that may answer. Any thread.</summary>
internal sealed class ClusterConnections : IAsyncDisposable
{
    private readonly ClientSettings _settings;
    private readonly IBrokerConnections _connections;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly IReadOnlyList<BrokerAddress> _bootstrap;
    private readonly Lock _gate = new();
    private readonly List<BrokerLane> _lanes = [];

    public ClusterConnections(ClientSettings settings, IBrokerConnections connections, TimeProvider time, Random random)
    {
        _settings = settings;
        _connections = connections;
        _time = time;
        _random = random;
        _bootstrap = settings.BootstrapAddresses;
        // Metadata has connections of its own, lest it waits behind what it is needed for.
        Metadata = new MetadataFollower(Candidates, OpenLane("metadata"), settings, time);
        Metadata.Changed += CloseMoved;
    }

    public MetadataFollower Metadata { get; }

    public BrokerLane OpenLane(string purpose)
    {
        var lane = new BrokerLane(_connections, purpose);
        lock (_gate)
            _lanes.Add(lane);
        return lane;
    }

    public void Close(BrokerLane lane)
    {
        lock (_gate)
            _lanes.Remove(lane);
        lane.Dispose();
    }

    /// <summary>Who may answer, in the order in which to try: the known brokers by chance, then the bootstrap servers by chance.</summary>
    public BrokerAddress[] Candidates()
    {
        BrokerAddress[] brokers = [.. Metadata.View.Brokers.Values.Select(b => b.Address)];
        BrokerAddress[] others = [.. _bootstrap.Except(brokers)];
        lock (_random)
        {
            _random.Shuffle(brokers);
            _random.Shuffle(others);
        }
        return [.. brokers, .. others];
    }

    /// <exception cref="BrokerUnreachableException">Nobody answered in time.</exception>
    public async ValueTask<BrokerResponse<TResponse>> AskAnyAsync<TResponse>(
        BrokerLane lane, IRequest request, TimeSpan timeout, short versionMax, CancellationToken ct)
        where TResponse : IResponse, new()
    {
        var start = _time.GetTimestamp();
        var backoff = new RetryBackoff(_settings.RetryBackoff, _settings.RetryBackoffMax);
        var failure = $"{request.Api}: no broker was asked.";
        while (true)
        {
            foreach (var address in Candidates())
            {
                var left = timeout - _time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                    throw new BrokerUnreachableException($"{request.Api} was answered by no broker within {timeout.TotalMilliseconds:0} ms; the last failure: {failure}");
                try
                {
                    return await lane.AskAsync<TResponse>(address, request, left < _settings.RequestTimeout ? left : _settings.RequestTimeout, versionMax, ct).ConfigureAwait(false);
                }
                catch (BrokerUnreachableException cause)
                {
                    failure = cause.Message;
                }
            }
            await Task.Delay(backoff.Next(), _time, ct).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Metadata.DisposeAsync().ConfigureAwait(false);
        BrokerLane[] lanes;
        lock (_gate)
        {
            lanes = [.. _lanes];
            _lanes.Clear();
        }
        foreach (var lane in lanes)
            lane.Dispose();
    }

    private void CloseMoved(ClusterView view)
    {
        if (view.Brokers.IsEmpty)
            return;
        HashSet<BrokerAddress> kept = [.. _bootstrap, .. view.Brokers.Values.Select(b => b.Address)];
        BrokerLane[] lanes;
        lock (_gate)
            lanes = [.. _lanes];
        foreach (var lane in lanes)
            lane.Keep(kept);
    }
}
