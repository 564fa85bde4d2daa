using Akka.Broker.Connections;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;

namespace Akka.Broker.Quorum.Handlers;

/// <summary>What the handlers of the quorum's requests share: the way to the actor and who this node is. Thread-safe.</summary>
/// <param name="Port">To the actor.</param>
/// <param name="Logs">Say which node, disk and cluster this is.</param>
public sealed record QuorumGate(QuorumPort Port, LogManager Logs)
{
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(60);

    internal ReplicaKey Self => new(Logs.Options.NodeId, Logs.DirectoryIds[0]);

    internal BrokerAddress? Leader => Port.Status.Leader;

    internal long LogStartOffset => Port.Status.LogStartOffset;

    /// <summary>All of them but Fetch, which is the partitions' too: <see cref="Fetches"/> is for its handler.</summary>
    public IReadOnlyList<IRequestHandler> Handlers() =>
    [
        new VoteHandler(this),
        new BeginQuorumEpochHandler(this),
        new EndQuorumEpochHandler(this),
        new FetchSnapshotHandler(this),
        new DescribeQuorumHandler(this),
        new AddRaftVoterHandler(this),
        new RemoveRaftVoterHandler(this),
        new UpdateRaftVoterHandler(this),
    ];

    public IMetadataLogFetches Fetches() => new MetadataLogFetches(this);

    /// <summary>A request of another cluster is refused, one of a node that knows none yet is not.</summary>
    internal bool IsForeign(string? clusterId) => clusterId is not null && Logs.ClusterId is { } own && own != clusterId;

    /// <summary>The machine's answer; null if there is none in time, or no machine.</summary>
    internal async ValueTask<TReply?> AskAsync<TReply>(QuorumQuery? query, CancellationToken connectionClosed) where TReply : QuorumReply
    {
        if (query is null)
            return null;
        return await Port.QueryAsync(query).WaitAsync(AnswerTimeMax, Logs.Options.Time, connectionClosed).ConfigureAwait(false) as TReply;
    }
}

/// <summary>A candidate asks for this node's vote, or whether it would get it.</summary>
public sealed class VoteHandler(QuorumGate gate) : RequestHandler<VoteRequest, VoteResponse>
{
    public override (short Min, short Max) Versions => (2, 2);

    public override bool IsInterBrokerOnly => true;

    public override async ValueTask<VoteResponse> HandleAsync(VoteRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new VoteResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var reply = await gate.AskAsync<VoteReply>(QuorumWire.From(request, gate.Self, 0), connectionClosed).ConfigureAwait(false);
        return reply is null ? new VoteResponse { ErrorCode = ErrorCode.BrokerNotAvailable } : QuorumWire.Of(reply, gate.Leader);
    }
}

/// <summary>A controller says that it leads.</summary>
public sealed class BeginQuorumEpochHandler(QuorumGate gate) : RequestHandler<BeginQuorumEpochRequest, BeginQuorumEpochResponse>
{
    public override (short Min, short Max) Versions => (1, 1);

    public override bool IsInterBrokerOnly => true;

    public override async ValueTask<BeginQuorumEpochResponse> HandleAsync(
        BeginQuorumEpochRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new BeginQuorumEpochResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var query = QuorumWire.From(request, gate.Self, 0);
        if (query is not null && request.LeaderEndpoints is [var endpoint, ..])
            gate.Port.Learn(query.From, new BrokerAddress(endpoint.Host, endpoint.Port));
        var reply = await gate.AskAsync<BeginEpochReply>(query, connectionClosed).ConfigureAwait(false);
        return reply is null ? new BeginQuorumEpochResponse { ErrorCode = ErrorCode.BrokerNotAvailable } : QuorumWire.Of(reply, gate.Leader);
    }
}

/// <summary>A controller says that it leads no more.</summary>
public sealed class EndQuorumEpochHandler(QuorumGate gate) : RequestHandler<EndQuorumEpochRequest, EndQuorumEpochResponse>
{
    public override (short Min, short Max) Versions => (1, 1);

    public override bool IsInterBrokerOnly => true;

    public override async ValueTask<EndQuorumEpochResponse> HandleAsync(
        EndQuorumEpochRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new EndQuorumEpochResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var reply = await gate.AskAsync<EndEpochReply>(QuorumWire.From(request, gate.Self, 0), connectionClosed).ConfigureAwait(false);
        return reply is null ? new EndQuorumEpochResponse { ErrorCode = ErrorCode.BrokerNotAvailable } : QuorumWire.Of(reply, gate.Leader);
    }
}

/// <summary>
/// A node follows the metadata log: answered by the quorum on the inter-broker listener alone, held open while there is nothing new.
/// </summary>
public sealed class MetadataLogFetches(QuorumGate gate) : IMetadataLogFetches
{
    // From here on a response says who leads and where.
    private const short VersionMin = 16;

    public ValueTask<FetchResponse>? TryAnswer(FetchRequest request, RequestContext context, CancellationToken connectionClosed) =>
        context.IsInterBroker && context.ApiVersion >= VersionMin && QuorumWire.From(request, gate.Self, 0) is { } query
            ? AnswerAsync(query, request, connectionClosed)
            : null;

    private async ValueTask<FetchResponse> AnswerAsync(FetchQuery query, FetchRequest request, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new FetchResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var reply = await gate.AskAsync<FetchReply>(query, connectionClosed).ConfigureAwait(false);
        return reply is null ? new FetchResponse { ErrorCode = ErrorCode.BrokerNotAvailable } : QuorumWire.Of(reply, gate.LogStartOffset, gate.Leader);
    }
}

/// <summary>A node that is far behind fetches a snapshot of the metadata.</summary>
public sealed class FetchSnapshotHandler(QuorumGate gate) : RequestHandler<FetchSnapshotRequest, FetchSnapshotResponse>
{
    public override (short Min, short Max) Versions => (1, 1);

    public override bool IsInterBrokerOnly => true;

    public override async ValueTask<FetchSnapshotResponse> HandleAsync(
        FetchSnapshotRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new FetchSnapshotResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var reply = await gate.AskAsync<SnapshotReply>(QuorumWire.From(request, gate.Self, 0), connectionClosed).ConfigureAwait(false);
        return reply is null ? new FetchSnapshotResponse { ErrorCode = ErrorCode.BrokerNotAvailable } : QuorumWire.Of(reply, gate.Leader);
    }
}
