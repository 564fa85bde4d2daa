using Akka.Broker.Controller;
using Akka.Broker.Gateway.Fetching;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>
/// Reads records as file ranges that leave by sendfile. What is to be read is decided from the published views of partitions, without their mailboxes.
/// A request that finds too little waits until a partition shows more, for at most its own <c>max wait</c>, and then takes what there is.
/// <para>
/// At least the first batch is answered whole however small the limits are, so that a consumer always gets on.
/// </para>
/// <para>
/// Followers are served on the inter-broker listener alone, under the epoch by which their broker is registered, up to the log's end. What a follower asks for says how far
/// it is, which the leader is told; a log start that it does not know ends its poll, and so does its next request; a watermark does soon. Of a follower's session only
/// what something has happened to is looked at (<see cref="FollowerSession"/>).
/// </para>
/// </summary>
public sealed class FetchHandler : RequestHandler<FetchRequest, FetchResponse>
{
    private const sbyte ReadCommitted = 1;
    private const short TopErrorFrom = 7;
    private const short RackFrom = 11;
    private const short IdsFrom = 13;
    private const short ReplicaStateFrom = 15;

    private readonly MetadataCache _metadata;
    private readonly FetchReading _reading;
    private readonly ReplicaPolls _replicaPolls = new();
    private readonly TimerWheel _wheel;
    private readonly TimeProvider _time;
    private readonly IMetadataLogFetches? _metadataLog;

    /// <param name="options">This broker's id and limits.</param>
    /// <param name="metadata">The node's.</param>
    /// <param name="led">Whose views are read.</param>
    /// <param name="wheel">The gateway's, for long polls.</param>
    /// <param name="time">For their ends.</param>
    /// <param name="random">For session ids.</param>
    /// <param name="followed">What this node follows, for consumers that may read it here.</param>
    public FetchHandler(
        FetchOptions options, MetadataCache metadata, LedPartitions led, TimerWheel wheel, TimeProvider time, Random random, LedPartitions? followed = null)
    {
        _metadata = metadata;
        _reading = new FetchReading(options, metadata, led, followed ?? new LedPartitions(), time, random);
        _wheel = wheel;
        _time = time;
        _metadataLog = options.MetadataLog;
    }

    public override (short Min, short Max) Versions => (4, 18);

    public override bool IsForBrokers => true;

    public override async ValueTask<FetchResponse> HandleAsync(FetchRequest request, RequestContext context, CancellationToken connectionClosed) =>
        (await FetchAsync(request, context, connectionClosed).ConfigureAwait(false)).Response;

    /// <summary>What was waited for is not this node's time, and followers are measured apart.</summary>
    protected override async ValueTask<ResponseFrame> AnswerAsync(
        FetchRequest request, RequestHeader header, RequestContext context, CancellationToken connectionClosed)
    {
        var answer = await FetchAsync(request, context, connectionClosed).ConfigureAwait(false);
        return Encode(answer.Response, header, context, answer.IsForReplica) with { RemoteTicks = answer.WaitedTicks, IsForReplica = answer.IsForReplica };
    }

    private async ValueTask<(FetchResponse Response, long WaitedTicks, bool IsForReplica)> FetchAsync(
        FetchRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (_metadataLog?.TryAnswer(request, context, connectionClosed) is { } answer)
            return (await answer.ConfigureAwait(false), 0, true);
        if (Admit(request, context, out var reader) is var refused && refused != ErrorCode.None)
            return (RefuseAll(request, context, refused), 0, reader.IsReplica);
        if (reader.IsReplica)
            _replicaPolls.Hurry(context.ConnectionId);
        if (_reading.TryBegin(request, context.ApiVersion >= IdsFrom, reader, out var work) is var error && error != ErrorCode.None)
            return (RefuseAll(request, context, error), 0, reader.IsReplica);
        await ReadAsync(work!, request, context, connectionClosed).ConfigureAwait(false);
        var response = _reading.Answer(work!, context.ApiVersion, context.Listener);
        if (!reader.IsReplica)
            response.ThrottleTimeMs = context.Quota.BytesThrottleTimeMs(context, ApiKey.Fetch, work!.Bytes);
        return (response, work!.WaitedTicks, reader.IsReplica);
    }

    /// <summary>Who asks, and whether it may: a follower must be the broker that the metadata knows, under its epoch of now (KIP-903).</summary>
    private ErrorCode Admit(FetchRequest request, RequestContext context, out FetchReader reader)
    {
        var hasState = context.ApiVersion >= ReplicaStateFrom;
        var broker = hasState ? request.ReplicaState?.ReplicaId ?? -1 : request.ReplicaId;
        if (broker < 0)
        {
            var limit = request.IsolationLevel == ReadCommitted ? ReadLimit.LastStableOffset : ReadLimit.HighWatermark;
            reader = new FetchReader(limit, -1, -1, MayReadFollowers: context.ApiVersion >= RackFrom, request.RackId);
            return ErrorCode.None;
        }

        reader = new FetchReader(ReadLimit.LogEnd, broker, request.ReplicaState?.ReplicaEpoch ?? -1, MayReadFollowers: false, null);
        if (!context.IsInterBroker)
            return ErrorCode.ClusterAuthorizationFailed;
        if (!hasState)
            return ErrorCode.UnsupportedVersion;
        return _metadata.Current.Brokers.TryGetValue(broker, out var registered) && registered.Epoch == reader.BrokerEpoch
            ? ErrorCode.None
            : ErrorCode.StaleBrokerEpoch;
    }

    private static FetchResponse RefuseAll(FetchRequest request, RequestContext context, ErrorCode error)
    {
        var response = new FetchResponse { ErrorCode = error };
        if (context.ApiVersion >= TopErrorFrom)
            return response;
        foreach (var topic in request.Topics)
        {
            var answer = new FetchResponse.FetchableTopicResponse { Topic = topic.Topic };
            foreach (var partition in topic.Partitions)
                answer.Partitions.Add(new() { PartitionIndex = partition.Partition, ErrorCode = error, HighWatermark = -1, Records = MemoryRecords.Empty });
            response.Responses.Add(answer);
        }
        return response;
    }

    private async ValueTask ReadAsync(FetchWork work, FetchRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var startedAt = _time.GetTimestamp();
        while (true)
        {
            _reading.Read(work, request);
            var leftMs = request.MaxWaitMs - (long)_time.GetElapsedTime(startedAt).TotalMilliseconds;
            if (leftMs <= 0 || _reading.IsComplete(work, request))
                return;
            using var waiter = new FetchWaiter(_wheel);
            if (work.Session is FollowerSession session)
            {
                await WaitAsync(work, request, session, waiter, leftMs, context, connectionClosed).ConfigureAwait(false);
                _reading.Read(work, request);
                return;
            }
            foreach (var (partition, offset, watermark, _) in work.Watched)
                waiter.Watch(partition, offset, work.Reader.Limit, watermark);
            // What was read is not enough. It is read again with what comes, rather than held open meanwhile.
            work.Release();
            var waitsFrom = _time.GetTimestamp();
            var isWorthReading = await WaitAsync(work, waiter, leftMs, context, connectionClosed).ConfigureAwait(false);
            work.WaitedTicks += _time.GetTimestamp() - waitsFrom;
            if (!isWorthReading)
            {
                _reading.Read(work, request);
                return;
            }
        }
    }

    /// <summary>False if what there is then is to be answered, though it be nothing.</summary>
    private async ValueTask<bool> WaitAsync(FetchWork work, FetchWaiter waiter, long leftMs, RequestContext context, CancellationToken connectionClosed)
    {
        if (!work.Reader.IsReplica)
            return await waiter.WaitAsync(leftMs, connectionClosed).ConfigureAwait(false);
        _replicaPolls.Begin(context.ConnectionId, waiter);
        try
        {
            // Whatever ends a follower's poll is worth an answer: a watermark has no size, nor has a log start.
            await waiter.WaitAsync(leftMs, connectionClosed).ConfigureAwait(false);
            return false;
        }
        finally
        {
            _replicaPolls.End(context.ConnectionId, waiter);
        }
    }

    private async ValueTask WaitAsync(
        FetchWork work, FetchRequest request, FollowerSession session, FetchWaiter waiter, long leftMs, RequestContext context, CancellationToken connectionClosed)
    {
        _reading.BeginWait(work, request, session, waiter);
        try
        {
            await WaitAsync(work, waiter, leftMs, context, connectionClosed).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            session.EndWait(waiter);
            throw;
        }
        FetchReading.EndWait(work, session, waiter);
    }
}
