using Akka.Broker.Controller;
using Akka.Broker.Gateway.Fetching;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>
/// Reads records as file ranges that leave by sendfile. What is to be read is decided from the published views of partitions, without their mailboxes.
/// A request that finds too little waits until a partition shows more, for at most its own <c>max wait</c>, and then takes what there is.
/// <para>
/// At least the first batch is answered whole however small the limits are, so that a consumer always gets on. Replicas are not served here.
/// </para>
/// </summary>
public sealed class FetchHandler : RequestHandler<FetchRequest, FetchResponse>
{
    private const sbyte ReadCommitted = 1;
    private const short TopErrorFrom = 7;
    private const short IdsFrom = 13;
    private const short ReplicaStateFrom = 15;
    private const short EndpointsFrom = 16;

    private readonly MetadataCache _metadata;
    private readonly PartitionFetcher _fetcher;
    private readonly FetchSessionCache _sessions;
    private readonly TimerWheel _wheel;
    private readonly TimeProvider _time;
    private readonly IRequestQuota _quota;
    private readonly int _responseBytesMax;

    /// <param name="options">This broker's id and limits.</param>
    /// <param name="metadata">The node's.</param>
    /// <param name="led">Whose views are read.</param>
    /// <param name="wheel">The gateway's, for long polls.</param>
    /// <param name="time">For their ends.</param>
    /// <param name="random">For session ids.</param>
    public FetchHandler(FetchOptions options, MetadataCache metadata, LedPartitions led, TimerWheel wheel, TimeProvider time, Random random)
    {
        _metadata = metadata;
        _fetcher = new PartitionFetcher(options.NodeId, metadata, led);
        _sessions = new FetchSessionCache(options.SessionsMax, time, random);
        _wheel = wheel;
        _time = time;
        _quota = options.Quota;
        _responseBytesMax = options.ResponseBytesMax;
    }

    public override (short Min, short Max) Versions => (4, 18);

    public override bool IsForBrokers => true;

    public override async ValueTask<FetchResponse> HandleAsync(FetchRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (IsFromReplica(request, context))
            return RefuseAll(request, context, ErrorCode.ClusterAuthorizationFailed);
        if (Begin(request, context, out var fetch) is var error && error != ErrorCode.None)
            return RefuseAll(request, context, error);
        await ReadAsync(fetch!, request, connectionClosed).ConfigureAwait(false);
        return Answer(fetch!, context);
    }

    protected override int ThrottleTimeMsOf(FetchResponse response) => response.ThrottleTimeMs;

    private static bool IsFromReplica(FetchRequest request, RequestContext context) =>
        (context.ApiVersion >= ReplicaStateFrom ? request.ReplicaState?.ReplicaId ?? -1 : request.ReplicaId) >= 0;

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
    private ErrorCode Begin(FetchRequest request, RequestContext context, out Fetch? fetch)
    {
        var usesIds = context.ApiVersion >= IdsFrom;
        var readCommitted = request.IsolationLevel == ReadCommitted;
        FetchSession? session = null;
        if (request.SessionEpoch > FetchSession.InitialEpoch)
        {
            fetch = null;
            var error = _sessions.TryUse(request.SessionId, request.SessionEpoch, usesIds, CountOf(request), out session);
            if (error != ErrorCode.None)
                return error;
            fetch = new Fetch(session!.Update(request), session, IsIncremental: true, readCommitted);
            return ErrorCode.None;
        }
        if (request.SessionId != FetchSession.NoSession)
            _sessions.Remove(request.SessionId);
        if (request.SessionEpoch == FetchSession.InitialEpoch && request.Topics.Count > 0)
            session = _sessions.TryCreate(CountOf(request), usesIds);
        fetch = new Fetch(session?.Update(request) ?? PartitionsOf(request, usesIds), session, IsIncremental: false, readCommitted);
        return ErrorCode.None;
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

    private async ValueTask ReadAsync(Fetch fetch, FetchRequest request, CancellationToken connectionClosed)
    {
        var startedAt = _time.GetTimestamp();
        var minBytes = Math.Min(request.MinBytes, Math.Min(request.MaxBytes, _responseBytesMax));
        while (true)
        {
            Read(fetch, request);
            var leftMs = request.MaxWaitMs - (long)_time.GetElapsedTime(startedAt).TotalMilliseconds;
            if (fetch.HasError || fetch.Bytes >= minBytes || leftMs <= 0 || fetch.Partitions.Count == 0)
                return;
            using var waiter = new FetchWaiter(_wheel);
            foreach (var (partition, offset) in fetch.Watched)
                waiter.Watch(partition, offset, fetch.ReadCommitted);
            // What was read is not enough. It is read again with what comes, rather than held open meanwhile.
            fetch.Release();
            if (!await waiter.WaitAsync(leftMs, connectionClosed).ConfigureAwait(false))
            {
                Read(fetch, request);
                return;
            }
        }
    }

    private void Read(Fetch fetch, FetchRequest request)
    {
        fetch.Reset();
        var left = Math.Min(request.MaxBytes, _responseBytesMax);
        foreach (var fetched in fetch.Partitions)
        {
            if (_fetcher.Find(fetched, out var data) is { } partition)
            {
                data = PartitionFetcher.Read(
                    partition, fetched, Math.Min(fetched.Requested.PartitionMaxBytes, left), owesOneBatch: fetch.Bytes == 0, fetch.ReadCommitted);
                var size = data.Records!.SizeInBytes;
                left -= Math.Min(left, size);
                fetch.Bytes += size;
                // Only more than was seen now is worth waking for.
                var seen = fetch.ReadCommitted ? data.LastStableOffset : data.HighWatermark;
                fetch.Watched.Add((partition, Math.Max(seen, fetched.Requested.FetchOffset)));
            }
            fetch.HasError |= data!.ErrorCode != ErrorCode.None || data.DivergingEpoch is not null;
            fetch.Data.Add(data);
        }
    }

    private FetchResponse Answer(Fetch fetch, RequestContext context)
    {
        var response = new FetchResponse { SessionId = fetch.Session?.Id ?? FetchSession.NoSession };
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
    private sealed record Fetch(List<FetchedPartition> Partitions, FetchSession? Session, bool IsIncremental, bool ReadCommitted)
    {
        public List<PartitionData> Data { get; } = [];

        /// <summary>What a long poll listens to, and from which offset on it is worth reading again.</summary>
        public List<(LedPartition Partition, long Offset)> Watched { get; } = [];

        public long Bytes { get; set; }

        public bool HasError { get; set; }

        public void Reset()
        {
            Data.Clear();
            Watched.Clear();
            Bytes = 0;
            HasError = false;
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
