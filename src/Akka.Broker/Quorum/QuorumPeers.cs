using Akka.Broker.Connections;
using Akka.Broker.Interbroker;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>
/// Where the other replicas are and the connections to them: of each two, since a fetch that is held open would keep a vote behind it waiting. An address may be
/// known from a peer itself, from its registration and from the voters' record; when one does not answer, the next is tried. Used by one actor alone.
/// </summary>
internal sealed class QuorumPeers(IBrokerConnections connections, string interBrokerListener) : IDisposable
{
    private readonly Dictionary<(BrokerAddress Address, string Purpose), IBrokerConnection> _open = [];
    private readonly Dictionary<int, BrokerAddress> _told = [];
    private readonly Dictionary<int, int> _failures = [];

    /// <summary>The peer itself, or who has just reached it, says so.</summary>
    public void Learn(int id, BrokerAddress address)
    {
        if (_told.GetValueOrDefault(id) == address)
            return;
        _told[id] = address;
        _failures.Remove(id);
    }

    /// <summary>It did not answer at its address.</summary>
    public void Failed(int id) => _failures[id] = _failures.GetValueOrDefault(id) + 1;

    public BrokerAddress? Find(int id, VoterSet voters, MetadataImage image)
    {
        var known = new List<BrokerAddress>(3);
        if (_told.TryGetValue(id, out var told))
            known.Add(told);
        if (image.Brokers.TryGetValue(id, out var broker) && broker.AddressOf(interBrokerListener) is { } registered && !known.Contains(registered))
            known.Add(registered);
        foreach (var endpoint in voters.Find(id)?.Endpoints ?? [])
        {
            if (endpoint.Listener == interBrokerListener && new BrokerAddress(endpoint.Host, endpoint.Port) is var recorded && !known.Contains(recorded))
                known.Add(recorded);
        }
        return known.Count == 0 ? null : known[_failures.GetValueOrDefault(id) % known.Count];
    }

    public IBrokerConnection Connect(BrokerAddress address, string purpose)
    {
        if (!_open.TryGetValue((address, purpose), out var connection))
            _open[(address, purpose)] = connection = connections.Open(address, purpose);
        return connection;
    }

    public void Dispose()
    {
        foreach (var connection in _open.Values)
            connection.Dispose();
        _open.Clear();
    }
}
