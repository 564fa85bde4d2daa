using System.Net.Sockets;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;
using Akka.Event;

namespace Akka.Broker.Quorum;

/// <summary>A query that gets no answer.</summary>
internal sealed record QueryLost(long Id, int To, bool NobodyListens, string Reason);

/// <summary>Where a leader is reached, as a response says.</summary>
internal sealed record PeerTold(int NodeId, BrokerAddress Address);

/// <summary>
/// Sends the machine's queries over the wire and hands what comes of them to the quorum's actor, one outcome a query. Used by that actor alone; connections complete
/// on other threads and only tell it.
/// </summary>
internal sealed class QuorumSender(QuorumServices services, QuorumPeers peers, IActorRef owner, ILoggingAdapter log)
{
    // A fetch is held open: what must not wait behind it has a connection of its own.
    private const string Fetching = "metadata";
    private const string Deciding = "quorum";

    private static readonly TimeSpan LastWordsTime = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<long, long> _fetchesSentAt = [];
    private readonly HashSet<int> _silent = [];

    public void Send(QuorumQuery query, VoterSet voters, long nowMs)
    {
        if (peers.Find(query.To, voters, services.Port.Committed) is not { } address)
        {
            owner.Tell(new QueryLost(query.Id, query.To, false, "its address is not known"));
            return;
        }
        var isFetch = query is FetchQuery or SnapshotQuery;
        if (isFetch)
            _fetchesSentAt[query.Id] = nowMs;
        var connection = peers.Connect(address, isFetch ? Fetching : Deciding);
        var timeout = TimeSpan.FromMilliseconds(services.Settings.RequestTimeoutMs);
        var clusterId = services.Logs.ClusterId;
        _ = SendAsync();

        async Task SendAsync()
        {
            try
            {
                var reply = query switch
                {
                    VoteQuery vote => Take(await connection.AskAsync<VoteRequest, VoteResponse>(QuorumWire.Of(vote, clusterId), timeout).ConfigureAwait(false),
                        r => QuorumWire.From(r, vote), r => r.NodeEndpoints.Select(n => (n.NodeId, n.Host, (int)n.Port)), r => r.ErrorCode),
                    BeginEpochQuery begin => Take(await connection.AskAsync<BeginQuorumEpochRequest, BeginQuorumEpochResponse>(
                            QuorumWire.Of(begin, clusterId, services.InterBrokerListener, services.Address), timeout).ConfigureAwait(false),
                        r => QuorumWire.From(r, begin), r => r.NodeEndpoints.Select(n => (n.NodeId, n.Host, (int)n.Port)), r => r.ErrorCode),
                    EndEpochQuery end => Take(await connection.AskAsync<EndQuorumEpochRequest, EndQuorumEpochResponse>(
                            QuorumWire.Of(end, clusterId, voters), timeout).ConfigureAwait(false),
                        r => QuorumWire.From(r, end), r => r.NodeEndpoints.Select(n => (n.NodeId, n.Host, (int)n.Port)), r => r.ErrorCode),
                    FetchQuery fetch => Take(await connection.AskAsync<FetchRequest, FetchResponse>(
                            QuorumWire.Of(fetch, clusterId, services.Settings.FetchBytes), timeout).ConfigureAwait(false),
                        r => QuorumWire.From(r, fetch), r => r.NodeEndpoints.Select(n => (n.NodeId, n.Host, n.Port)), r => r.ErrorCode),
                    SnapshotQuery fetch => Take(await connection.AskAsync<FetchSnapshotRequest, FetchSnapshotResponse>(
                            QuorumWire.Of(fetch, clusterId), timeout).ConfigureAwait(false),
                        r => QuorumWire.From(r, fetch), r => r.NodeEndpoints.Select(n => (n.NodeId, n.Host, (int)n.Port)), r => r.ErrorCode),
                    _ => (QuorumReply?)null,
                };
                owner.Tell(reply is null ? new QueryLost(query.Id, query.To, false, "it does not carry the metadata log yet") : reply);
            }
            catch (Exception cause)
            {
                var isRefused = cause.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
                owner.Tell(new QueryLost(query.Id, query.To, isRefused, cause.Message));
            }
        }

        QuorumReply? Take<TResponse>(
            BrokerResponse<TResponse> response,
            Func<TResponse, QuorumReply?> read,
            Func<TResponse, IEnumerable<(int Id, string Host, int Port)>> endpoints,
            Func<TResponse, ErrorCode> errorOf)
            where TResponse : IResponse
        {
            using (response)
            {
                foreach (var (id, host, port) in endpoints(response.Message))
                    owner.Tell(new PeerTold(id, new BrokerAddress(host, port)));
                if (errorOf(response.Message) == ErrorCode.InconsistentClusterId)
                    log.Error("Node {0} at {1} belongs to another cluster than {2}: check akka.cluster.seed-nodes and the data folders of both.", query.To, address, clusterId);
                return read(response.Message);
            }
        }
    }

    /// <summary>A fetch that the controller itself has answered is a sign of life in both directions.</summary>
    public void OnReply(QuorumReply reply, QuorumMachine machine)
    {
        _silent.Remove(reply.From);
        if (_fetchesSentAt.Remove(reply.Id, out var sentAt)
            && reply.Error == ErrorCode.None && reply.LeaderId == reply.From && reply.Epoch >= machine.Epoch)
        {
            services.Port.Lease.OnHeard(sentAt);
        }
    }

    public void OnLost(QueryLost lost)
    {
        _fetchesSentAt.Remove(lost.Id);
        peers.Failed(lost.To);
        if (_silent.Add(lost.To))
            log.Info("Node {0} does not answer the metadata quorum and is asked again: {1}", lost.To, lost.Reason);
    }

    /// <summary>Closes the connections when what was sent last has had its time.</summary>
    public void DisposeSoon() => _ = services.Time.CreateTimer(static p => ((QuorumPeers)p!).Dispose(), peers, LastWordsTime, Timeout.InfiniteTimeSpan);
}
