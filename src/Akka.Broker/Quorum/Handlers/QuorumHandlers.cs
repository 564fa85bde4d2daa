using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum.Wire;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;

namespace Akka.Broker.Quorum.Handlers;

/// <summary>What the handlers of the quorum's requests share: the way to the actor and who this node is. Thread-safe.</summary>
/// <param name="Port">To the actor.</param>
/// <param name="Logs">Say which node, disk and cluster this is.</param>
public sealed record QuorumGate(QuorumPort Port, LogManager Logs)
{
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(60);

    /// <summary>
    /// All of them but Fetch, which is the partitions' too: <see cref="Fetches"/> is for its handler. What operators ask goes to the controller, as all
    /// administration does.
    /// </summary>
    /// <param name="controller">On whichever node it is.</param>
    public IReadOnlyList<IRequestHandler> Handlers(ControllerClient controller) =>
    [
        new VoteHandler(this),
        new BeginQuorumEpochHandler(this),
        new EndQuorumEpochHandler(this),
        new FetchSnapshotHandler(this),
        new DescribeQuorumHandler(controller),
        new AddRaftVoterHandler(controller),
        new RemoveRaftVoterHandler(controller),
        new UpdateRaftVoterHandler(this),
    ];

    public IMetadataLogFetches Fetches() => new MetadataLogFetches(this);

    /// <summary>A request of another cluster is refused, one of a node that knows none yet is not.</summary>
    internal bool IsForeign(string? clusterId) => clusterId is not null && Logs.ClusterId is { } own && own != clusterId;

    /// <summary>The machine's answer on the wire.</summary>
    internal async ValueTask<TResponse> AnswerAsync<TQuery, TRequest, TResponse, TReply>(
        QuorumExchange<TQuery, TRequest, TResponse, TReply> exchange, TRequest request, CancellationToken connectionClosed)
        where TQuery : QuorumQuery
        where TRequest : IRequest, new()
        where TResponse : IResponse, new()
        where TReply : QuorumReply
    {
        if (IsForeign(exchange.ClusterIdOf(request)))
            return exchange.Refuse(ErrorCode.InconsistentClusterId);
        if (exchange.QueryOf(request, new ReplicaKey(Logs.Options.NodeId, Logs.DirectoryIds[0])) is not { } query)
            return exchange.Refuse(ErrorCode.InvalidRequest);
        if (exchange.AddressOf(request) is { } asker)
            Port.Learn(query.From, asker);
        var reply = await Port.QueryAsync(query).WaitAsync(AnswerTimeMax, Logs.Options.Time, connectionClosed).ConfigureAwait(false);
        return reply is TReply answer ? exchange.ResponseOf(answer, Port.Status) : exchange.Refuse(ErrorCode.BrokerNotAvailable);
    }
}

/// <summary>Another replica of the metadata log asks.</summary>
internal abstract class QuorumHandler<TQuery, TRequest, TResponse, TReply>(QuorumGate gate) : RequestHandler<TRequest, TResponse>
    where TQuery : QuorumQuery
    where TRequest : IRequest, new()
    where TResponse : IResponse, new()
    where TReply : QuorumReply
{
    public override (short Min, short Max) Versions => Exchange.Versions;

    public override bool IsInterBrokerOnly => true;

    protected abstract QuorumExchange<TQuery, TRequest, TResponse, TReply> Exchange { get; }

    public override ValueTask<TResponse> HandleAsync(TRequest request, RequestContext context, CancellationToken connectionClosed) =>
        gate.AnswerAsync(Exchange, request, connectionClosed);
}

internal sealed class VoteHandler(QuorumGate gate) : QuorumHandler<VoteQuery, VoteRequest, VoteResponse, VoteReply>(gate)
{
    protected override VoteExchange Exchange => QuorumExchanges.Vote;
}

internal sealed class BeginQuorumEpochHandler(QuorumGate gate)
    : QuorumHandler<BeginEpochQuery, BeginQuorumEpochRequest, BeginQuorumEpochResponse, BeginEpochReply>(gate)
{
    protected override BeginEpochExchange Exchange => QuorumExchanges.BeginEpoch;
}

internal sealed class EndQuorumEpochHandler(QuorumGate gate) : QuorumHandler<EndEpochQuery, EndQuorumEpochRequest, EndQuorumEpochResponse, EndEpochReply>(gate)
{
    protected override EndEpochExchange Exchange => QuorumExchanges.EndEpoch;
}

internal sealed class FetchSnapshotHandler(QuorumGate gate)
    : QuorumHandler<SnapshotQuery, FetchSnapshotRequest, FetchSnapshotResponse, SnapshotReply>(gate)
{
    protected override FetchSnapshotExchange Exchange => QuorumExchanges.FetchSnapshot;
}

/// <summary>
/// A node follows the metadata log: answered by the quorum on the inter-broker listener alone, held open while there is nothing new.
/// </summary>
internal sealed class MetadataLogFetches(QuorumGate gate) : IMetadataLogFetches
{
    public ValueTask<FetchResponse>? TryAnswer(FetchRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var exchange = QuorumExchanges.Fetch;
        return context.IsInterBroker && context.ApiVersion >= exchange.Versions.Min && exchange.QueryOf(request, default) is not null
            ? gate.AnswerAsync(exchange, request, connectionClosed)
            : null;
    }
}
