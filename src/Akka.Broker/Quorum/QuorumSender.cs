using System.Net.Sockets;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum.Wire;
using Akka.Broker.Replication.Quorum;
using Akka.Event;

namespace Akka.Broker.Quorum;

/// <summary>A query that gets no answer.</summary>
/// <param name="Id">Of the query.</param>
/// <param name="To">Who was asked.</param>
/// <param name="NobodyListens">Its process is gone.</param>
/// <param name="Reason">Why there is none.</param>
internal sealed record QueryLost(long Id, int To, bool NobodyListens, string Reason)
{
    /// <summary>Its process runs, and is on its way into its cluster.</summary>
    public bool IsStarting { get; init; }
}

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
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);

    // Since when, and whether it has been told; of one that starts it is told only when it takes long.
    private readonly Dictionary<int, (long SinceMs, bool IsTold)> _silent = [];

    public void Send(QuorumQuery query, VoterSet voters)
    {
        if (peers.Find(query.To, voters, services.Port.Committed) is not { } address)
        {
            owner.Tell(new QueryLost(query.Id, query.To, false, "its address is not known"));
            return;
        }
        var isFetch = query is FetchQuery or SnapshotQuery;
        var connection = peers.Connect(address, isFetch ? Fetching : Deciding);
        var timeout = TimeSpan.FromMilliseconds(services.Settings.RequestTimeoutMs);
        var self = new QuorumAsker(services.Logs.ClusterId, voters, services.InterBrokerListener, services.Address, services.Settings.FetchBytes);
        _ = SendAsync();

        async Task SendAsync()
        {
            try
            {
                var reply = query switch
                {
                    VoteQuery vote => await AskAsync(QuorumExchanges.Vote, vote).ConfigureAwait(false),
                    BeginEpochQuery begin => await AskAsync(QuorumExchanges.BeginEpoch, begin).ConfigureAwait(false),
                    EndEpochQuery end => await AskAsync(QuorumExchanges.EndEpoch, end).ConfigureAwait(false),
                    FetchQuery fetch => await AskAsync(QuorumExchanges.Fetch, fetch).ConfigureAwait(false),
                    SnapshotQuery fetch => await AskAsync(QuorumExchanges.FetchSnapshot, fetch).ConfigureAwait(false),
                    _ => null,
                };
                owner.Tell(reply is null ? new QueryLost(query.Id, query.To, false, "it does not carry the metadata log yet") { IsStarting = true } : reply);
            }
            catch (UnsupportedByBrokerException cause)
            {
                owner.Tell(new QueryLost(query.Id, query.To, false, cause.Message) { IsStarting = cause.IsInNoVersion });
            }
            catch (Exception cause)
            {
                var isRefused = cause.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
                owner.Tell(new QueryLost(query.Id, query.To, isRefused, cause.Message));
            }
        }

        async Task<QuorumReply?> AskAsync<TQuery, TRequest, TResponse, TReply>(QuorumExchange<TQuery, TRequest, TResponse, TReply> exchange, TQuery asked)
            where TQuery : QuorumQuery
            where TRequest : IRequest, new()
            where TResponse : IResponse, new()
            where TReply : QuorumReply
        {
            using var response = await connection.AskAsync<TRequest, TResponse>(exchange.RequestOf(asked, self), timeout).ConfigureAwait(false);
            foreach (var leader in exchange.LeadersOf(response.Message))
                owner.Tell(leader);
            if (exchange.ErrorOf(response.Message) == ErrorCode.InconsistentClusterId)
                log.Error("Node {0} at {1} belongs to another cluster than {2}: check akka.cluster.seed-nodes and the data folders of both.", query.To, address, self.ClusterId);
            return exchange.ReplyOf(response.Message, asked);
        }
    }

    public void OnReply(QuorumReply reply) => _silent.Remove(reply.From);

    public void OnLost(QueryLost lost)
    {
        peers.Failed(lost.To);
        var nowMs = services.Port.NowMs;
        if (!_silent.TryGetValue(lost.To, out var silent))
        {
            silent = (nowMs, false);
            if (lost.IsStarting)
                log.Debug("Node {0} is not up yet: it is asked again until it takes part in the metadata quorum.", lost.To);
        }
        if (!silent.IsTold && (!lost.IsStarting || nowMs - silent.SinceMs >= StartMax.TotalMilliseconds))
        {
            silent.IsTold = true;
            log.Info("Node {0} does not answer the metadata quorum and is asked again: {1}", lost.To, lost.Reason);
        }
        _silent[lost.To] = silent;
    }

    /// <summary>Closes the connections when what was sent last has had its time.</summary>
    public void DisposeSoon() => _ = services.Time.CreateTimer(static p => ((QuorumPeers)p!).Dispose(), peers, LastWordsTime, Timeout.InfiniteTimeSpan);
}
