using Akka.Broker.Controller;
using Akka.Broker.Gateway.Fetching;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>
/// Reads records as file ranges that leave by sendfile. What is to be read is decided from the published views of partitions, without their mailboxes.
/// A request that finds too little waits until a partition shows more, for at most its own <c>max wait</c>, and then takes what there is.
/// <para>
/// At least the first batch is answered whole however small the limits are, so that a consumer always gets on.
/// </para>
/// <para>
/// Followers are served on the inter-broker listener alone, under the epoch by which their broker is registered, up to the log's end. What a follower asks for says how far
/// it is, which the leader is told; a watermark that it does not know ends its poll, and so does its next request. Of a follower's session only what something has happened
/// to is looked at (<see cref="FollowerSession"/>).
/// </para>
/// </summary>
public sealed class FetchHandler : RequestHandler<FetchRequest, FetchResponse>
{
    private const sbyte ReadCommitted = 1;
    private const short TopErrorFrom = 7;
    private const short RackFrom = 11;

    /// <summary>One a fetcher of another broker.</summary>
    private const int ReplicaSessionsMax = 1000;
    private const short IdsFrom = 13;
    private const short ReplicaStateFrom = 15;
    private const short EndpointsFrom = 16;

    private readonly MetadataCache _metadata;
    private readonly PartitionFetcher _fetcher;
    private readonly FetchSessionCache _sessions;
    private readonly FetchSessionCache _replicaSessions;
    private readonly ReplicaPolls _replicaPolls = new();
    private readonly ReplicaChooser _chooser;
    private readonly ReplicationThrottle? _throttle;
    private readonly TimerWheel _wheel;
    private readonly TimeProvider _time;
    private readonly IRequestQuota _quota;
    private readonly int _responseBytesMax;
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
        _fetcher = new PartitionFetcher(options.NodeId, metadata, led, followed ?? new LedPartitions());
        _replicaSessions = new FetchSessionCache(ReplicaSessionsMax, time, random);
        _throttle = options.Throttle;
        _chooser = new ReplicaChooser(options.NodeId, options.RackAware, metadata, time);
        _sessions = new FetchSessionCache(options.SessionsMax, time, random);
        _wheel = wheel;
        _time = time;
        _quota = options.Quota;
        _responseBytesMax = options.ResponseBytesMax;
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
        return Encode(answer.Response, header) with { RemoteTicks = answer.WaitedTicks, IsForReplica = answer.IsForReplica };
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
        if (Begin(request, context, reader, out var fetch) is var error && error != ErrorCode.None)
            return (RefuseAll(request, context, error), 0, reader.IsReplica);
        await ReadAsync(fetch!, request, context, connectionClosed).ConfigureAwait(false);
        return (Answer(fetch!, context), fetch!.WaitedTicks, reader.IsReplica);
    }

    protected override int ThrottleTimeMsOf(FetchResponse response) => response.ThrottleTimeMs;

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

    /// <summary>Finds or makes the session that the request names (KIP-227) and with it what is to be fetched.</summary>
    private ErrorCode Begin(FetchRequest request, RequestContext context, FetchReader reader, out Fetch? fetch)
    {
        var usesIds = context.ApiVersion >= IdsFrom;
        var sessions = reader.IsReplica ? _replicaSessions : _sessions;
        FetchSession? session = null;
        if (request.SessionEpoch > FetchSession.InitialEpoch)
        {
            fetch = null;
            var error = sessions.TryUse(request.SessionId, request.SessionEpoch, usesIds, CountOf(request), out session);
            if (error != ErrorCode.None)
                return error;
            (session as FollowerSession)?.OnRequest(_metadata.Current, NowMs);
            fetch = new Fetch(session!.Update(request), session, IsIncremental: true, reader);
            return ErrorCode.None;
        }
        if (request.SessionId != FetchSession.NoSession)
            sessions.Remove(request.SessionId);
        if (request.SessionEpoch == FetchSession.InitialEpoch && request.Topics.Count > 0)
            session = Create(request, reader, usesIds);
        fetch = new Fetch(session?.Update(request) ?? PartitionsOf(request, usesIds), session, IsIncremental: false, reader);
        return ErrorCode.None;
    }

    private FetchSession? Create(FetchRequest request, FetchReader reader, bool usesIds)
    {
        if (!reader.IsReplica)
            return _sessions.TryCreate(CountOf(request), id => new FetchSession(id, usesIds));
        _replicaSessions.RemoveAll(s => s is FollowerSession other && other.IsOutlivedBy(reader));
        return _replicaSessions.TryCreate(CountOf(request), id => new FollowerSession(id, reader, _metadata.Current));
    }

    private static int CountOf(FetchRequest request)
    {
        var count = 0;
        foreach (var topic in request.Topics)
            count += topic.Partitions.Count;
        return count;
    }

    private static List<FetchedPartition> PartitionsOf(FetchRequest request, bool usesIds)
    {
        List<FetchedPartition> partitions = [];
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
                partitions.Add(new(new(usesIds ? "" : topic.Topic, usesIds ? topic.TopicId : Guid.Empty, partition.Partition), partition));
        }
        return partitions;
    }

    private async ValueTask ReadAsync(Fetch fetch, FetchRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var startedAt = _time.GetTimestamp();
        var minBytes = Math.Min(request.MinBytes, Math.Min(request.MaxBytes, _responseBytesMax));
        while (true)
        {
            Read(fetch, request);
            var leftMs = request.MaxWaitMs - (long)_time.GetElapsedTime(startedAt).TotalMilliseconds;
            if (fetch.IsDue || fetch.Bytes >= minBytes || leftMs <= 0 || fetch.IsEmpty)
                return;
            using var waiter = new FetchWaiter(_wheel);
            if (fetch.Session is FollowerSession session)
            {
                await WaitAsync(fetch, session, waiter, leftMs, context, connectionClosed).ConfigureAwait(false);
                Read(fetch, request);
                return;
            }
            foreach (var (partition, offset, watermark, _) in fetch.Watched)
                waiter.Watch(partition, offset, fetch.Reader.Limit, watermark);
            // What was read is not enough. It is read again with what comes, rather than held open meanwhile.
            fetch.Release();
            var waitsFrom = _time.GetTimestamp();
            var isWorthReading = await WaitAsync(fetch, waiter, leftMs, context, connectionClosed).ConfigureAwait(false);
            fetch.WaitedTicks += _time.GetTimestamp() - waitsFrom;
            if (!isWorthReading)
            {
                Read(fetch, request);
                return;
            }
        }
    }

    /// <summary>False if what there is then is to be answered, though it be nothing.</summary>
    private async ValueTask<bool> WaitAsync(Fetch fetch, FetchWaiter waiter, long leftMs, RequestContext context, CancellationToken connectionClosed)
    {
        if (!fetch.Reader.IsReplica)
            return await waiter.WaitAsync(leftMs, connectionClosed).ConfigureAwait(false);
        _replicaPolls.Begin(context.ConnectionId, waiter);
        try
        {
            // Whatever ends a follower's poll is worth an answer: a watermark has no size.
            await waiter.WaitAsync(leftMs, connectionClosed).ConfigureAwait(false);
            return false;
        }
        finally
        {
            _replicaPolls.End(context.ConnectionId, waiter);
        }
    }

    private async ValueTask WaitAsync(
        Fetch fetch, FollowerSession session, FetchWaiter waiter, long leftMs, RequestContext context, CancellationToken connectionClosed)
    {
        session.Settle(fetch.Partitions, fetch.Data);
        fetch.Release();
        session.Await(waiter);
        try
        {
            await WaitAsync(fetch, waiter, leftMs, context, connectionClosed).ConfigureAwait(false);
        }
        finally
        {
            session.EndWait(waiter);
        }
        fetch.Partitions = session.TakeDue();
    }

    private void Read(Fetch fetch, FetchRequest request)
    {
        fetch.Reset();
        var left = Math.Min(request.MaxBytes, _responseBytesMax);
        foreach (var fetched in fetch.Partitions)
        {
            if (_fetcher.Find(fetched, fetch.Reader, out var data) is { } partition)
                data = Read(fetch, fetched, partition, ref left);
            fetch.IsDue |= data!.ErrorCode != ErrorCode.None || data.DivergingEpoch is not null || data.PreferredReadReplica >= 0;
            fetch.Data.Add(data);
        }
    }

    private PartitionData Read(Fetch fetch, FetchedPartition fetched, LedPartition partition, ref int left)
    {
        var reader = fetch.Reader;
        if (!reader.IsReplica && _chooser.Choose(partition, reader.Rack, fetched.Requested.FetchOffset) is { } other)
            return PartitionFetcher.Redirect(partition, fetched, other);
        if (fetch.Session is FollowerSession session)
            session.Attach(fetched, partition);
        var view = partition.View;
        if (reader.IsReplica)
            partition.TellFetched(reader.Broker, reader.BrokerEpoch, view, fetched.Requested.FetchOffset, fetched.Requested.LogStartOffset, NowMs);
        var isThrottled = reader.IsReplica && _throttle is not null && _throttle.Counts(partition.Id, reader.Broker);
        var isHeld = isThrottled && _throttle!.IsUsedUp();
        if (fetch.Session is FollowerSession)
            FollowerSession.Hold(fetched, isHeld);
        if (isHeld)
        {
            // Not waited for either: what it waits for is there.
            var nothing = PartitionFetcher.Read(partition, fetched, 0, owesOneBatch: false, reader.Limit);
            fetch.IsDue |= fetch.Session is not null && nothing.HighWatermark != fetched.ToldHighWatermark;
            return nothing;
        }

        var data = PartitionFetcher.Read(
            partition, fetched, Math.Min(fetched.Requested.PartitionMaxBytes, left), owesOneBatch: fetch.Bytes == 0, reader.Limit);
        var size = data.Records!.SizeInBytes;
        if (isThrottled)
            _throttle!.Take(size);
        left -= Math.Min(left, size);
        fetch.Bytes += size;
        // Only more than was seen now is worth waking for.
        var seen = reader.Limit switch
        {
            ReadLimit.LogEnd => fetched.Requested.FetchOffset,
            ReadLimit.LastStableOffset => data.LastStableOffset,
            _ => data.HighWatermark,
        };
        fetch.Watched.Add((partition, Math.Max(seen, fetched.Requested.FetchOffset), data.HighWatermark, size));
        // A watermark that the follower does not know is told at once.
        fetch.IsDue |= reader.IsReplica && fetch.Session is not null && data.HighWatermark != fetched.ToldHighWatermark;
        return data;
    }

    private long NowMs => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    private FetchResponse Answer(Fetch fetch, RequestContext context)
    {
        var response = new FetchResponse { SessionId = fetch.Session?.Id ?? FetchSession.NoSession };
        foreach (var (partition, _, _, bytes) in fetch.Watched)
            partition.Topic?.OnFetched(bytes, fetch.Reader.IsReplica);
        FetchResponse.FetchableTopicResponse? topic = null;
        var lastKey = default(FetchKey);
        for (var i = 0; i < fetch.Partitions.Count; i++)
        {
            var (fetched, data) = (fetch.Partitions[i], fetch.Data[i]);
            if (fetch.Session is { } session && !session.TakeNews(fetched, data) && fetch.IsIncremental)
                continue;
            if (topic is null || lastKey.TopicId != fetched.Key.TopicId || lastKey.Topic != fetched.Key.Topic)
            {
                topic = new() { Topic = fetched.Key.Topic, TopicId = fetched.Key.TopicId };
                response.Responses.Add(topic);
                lastKey = fetched.Key;
            }
            topic.Partitions.Add(data);
            if (data.CurrentLeader is { } leader && context.ApiVersion >= EndpointsFrom)
                AddEndpoint(response, leader.LeaderId, context.Listener);
        }
        (fetch.Session as FollowerSession)?.Settle(fetch.Partitions, fetch.Data);
        if (!fetch.Reader.IsReplica)
            response.ThrottleTimeMs = _quota.ThrottleTimeMs(context, ApiKey.Fetch, fetch.Bytes);
        return response;
    }

    private void AddEndpoint(FetchResponse response, int leaderId, string listener)
    {
        if (!_metadata.Current.Brokers.TryGetValue(leaderId, out var leader) || response.NodeEndpoints.Exists(n => n.NodeId == leaderId))
            return;
        if (leader.EndpointOf(listener) is { } endpoint)
            response.NodeEndpoints.Add(new() { NodeId = leaderId, Host = endpoint.Host, Port = endpoint.Port, Rack = leader.Rack });
    }

    /// <summary>One request on its way. <c>Data[i]</c> belongs to <c>Partitions[i]</c>.</summary>
    private sealed record Fetch(List<FetchedPartition> Partitions, FetchSession? Session, bool IsIncremental, FetchReader Reader)
    {
        public List<FetchedPartition> Partitions { get; set; } = Partitions;

        /// <summary>There is nothing to wait for.</summary>
        public bool IsEmpty => Session is FollowerSession ? Session.Count == 0 : Partitions.Count == 0;

        public List<PartitionData> Data { get; } = [];

        /// <summary>What a long poll listens to, from which offset on it is worth reading again, and the watermark and bytes that were read.</summary>
        public List<(LedPartition Partition, long Offset, long Watermark, int Bytes)> Watched { get; } = [];

        public long Bytes { get; set; }

        /// <summary>For how long records were waited for, in ticks.</summary>
        public long WaitedTicks { get; set; }

        /// <summary>It is to be answered as it is: with an error, or with something that has no size.</summary>
        public bool IsDue { get; set; }

        public void Reset()
        {
            Data.Clear();
            Watched.Clear();
            Bytes = 0;
            IsDue = false;
        }

        /// <summary>Lets the file ranges go.</summary>
        public void Release()
        {
            foreach (var data in Data)
            {
                (data.Records as IDisposable)?.Dispose();
                data.Records = MemoryRecords.Empty;
            }
        }
    }
}
