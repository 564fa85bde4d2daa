using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;
using Akka.Cluster;

namespace Akka.Broker.Nodes.Formation;

/// <summary>Asks over sockets and over Akka. For one asker at a time.</summary>
internal sealed class NodeProbe(ActorSystem system, IBrokerConnections connections, NodeStateSource self) : INodeProbe, IDisposable
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(700);
    private readonly Dictionary<BrokerAddress, IBrokerConnection> _open = [];

    public async Task<NodeStateResponse?> AskAsync(Voter voter, CancellationToken cancelled)
    {
        if (voter.Endpoints.IsEmpty)
            return null;
        var address = new BrokerAddress(voter.Endpoints[0].Host, voter.Endpoints[0].Port);
        if (!_open.TryGetValue(address, out var connection))
            _open[address] = connection = connections.Open(address, "formation");
        try
        {
            using var response = await connection.AskAsync<NodeStateRequest, NodeStateResponse>(Request(), AnswerMax, cancelled: cancelled).ConfigureAwait(false);
            return response.Message;
        }
        catch (Exception cause) when (cause is BrokerConnectionException or UnsupportedByBrokerException)
        {
            return null;
        }
    }

    public async Task<NodeStateResponse?> AskAsync(string akkaHostPort, CancellationToken cancelled)
    {
        var path = $"{Cluster.Cluster.Get(system).SelfAddress.Protocol}://{system.Name}@{akkaHostPort}/user/{NodeStateActor.Name}";
        try
        {
            var told = await system.ActorSelection(path).Ask<NodeStateTold>(AskNodeState.Instance, AnswerMax, cancelled).ConfigureAwait(false);
            return told.State;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var connection in _open.Values)
            connection.Dispose();
    }

    private NodeStateRequest Request() => new() { ClusterId = self.ClusterId, NodeId = self.NodeId, DirectoryId = self.DirectoryId };
}

/// <summary>Akka's own cluster. Any thread.</summary>
internal sealed class ClusterDoor(Cluster.Cluster cluster, IReadOnlyList<string> seeds, NodeStateSource state, Membership membership) : IClusterDoor
{
    public string SelfAddress => HostPort(cluster.SelfAddress);

    public bool IsUp => state.Membership is { IsMember: true };

    public bool IsJoining => membership.Current.All.Any(m => m.UniqueAddress.Equals(cluster.SelfUniqueAddress) && m.Status is MemberStatus.Joining);

    public IReadOnlyCollection<string> Others =>
        [.. membership.Current.Members.Where(m => m.IsReachable && m.NodeId != state.NodeId).Select(m => HostPort(m.Address))];

    public void JoinSelf() => cluster.Join(cluster.SelfAddress);

    public void Join(string akkaAddress) => cluster.Join(Address.Parse(akkaAddress));

    public void JoinSeeds() => cluster.JoinSeedNodes(seeds.Select(Address.Parse));

    /// <summary>As voters are configured.</summary>
    public static string HostPort(Address address) => $"{address.Host}:{address.Port}";
}
