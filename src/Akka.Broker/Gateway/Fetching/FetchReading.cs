using Akka.Broker.Controller;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Storage;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// What fetches come to at one moment: their sessions, what is read, the answers. It never waits; its carrier does, between two looks:
/// <code>
///  TryBegin ─▶ Read ─ is complete ───────────────────────────────────────────▶ Answer
///               │ of a follower's session: BeginWait ─ hurried, or time up ─▶ EndWait ─▶ Read ─▶ Answer
///               └ others: the carrier watches what was read (<see cref="FetchWork.Watched"/>) ─▶ Read …
/// </code>
/// Thread-safe.
/// </summary>
internal sealed class FetchReading
{
    private const short EndpointsFrom = 16;

    /// <summary>One a fetcher of another broker.</summary>
    private const int ReplicaSessionsMax = 1000;

    private readonly MetadataCache _metadata;
    private readonly PartitionFetcher _fetcher;
    private readonly FetchSessionCache _sessions;
    private readonly FetchSessionCache _replicaSessions;
    private readonly ReplicaChooser _chooser;
    private readonly ReplicationThrottle? _throttle;
    private readonly TimeProvider _time;
    private readonly int _responseBytesMax;
    private readonly bool _tellsWatermarksAtOnce;
    private readonly PatienceLimits _patience;

    /// <param name="options">This broker's id and limits.</param>
    /// <param name="metadata">The node's.</param>
    /// <param name="led">Whose views are read.</param>
    /// <param name="followed">What this node follows, for consumers that may read it here.</param>
    /// <param name="time">Of sessions and followers' progress.</param>
    /// <param name="random">For session ids.</param>
    /// <param name="patience">With followers that are busy.</param>
    public FetchReading(
        FetchOptions options, MetadataCache metadata, LedPartitions led, LedPartitions followed, TimeProvider time, Random random, PatienceLimits? patience = null)
    {
        _metadata = metadata;
        _fetcher = new PartitionFetcher(options.NodeId, metadata, led, followed, () => options.Lease.IsHeld(NowMs));
        _replicaSessions = new FetchSessionCache(ReplicaSessionsMax, time, random);
        _throttle = options.Throttle;
        _chooser = new ReplicaChooser(options.NodeId, options.RackAware, metadata, time);
        _sessions = new FetchSessionCache(options.SessionsMax, time, random);
        _time = time;
        _responseBytesMax = options.ResponseBytesMax;
        _tellsWatermarksAtOnce = options.RackAware;
        _patience = patience ?? PatienceLimits.Default;
    }

    private long NowMs => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Finds or makes the session that the request names (KIP-227) and with it what is to be fetched.</summary>
    public ErrorCode TryBegin(FetchRequest request, bool usesIds, in FetchReader reader, out FetchWork? work)
    {
        var sessions = reader.IsReplica ? _replicaSessions : _sessions;
        FetchSession? session = null;
        if (request.SessionEpoch > FetchSession.InitialEpoch)
        {
            work = null;
            var error = sessions.TryUse(request.SessionId, request.SessionEpoch, usesIds, CountOf(request), out session);
            if (error != ErrorCode.None)
                return error;
            (session as FollowerSession)?.OnRequest(_metadata.Current, NowMs);
            work = new FetchWork(session!.Update(request), session, isIncremental: true, reader);
            return ErrorCode.None;
        }
        if (request.SessionId != FetchSession.NoSession)
            sessions.Remove(request.SessionId);
        if (request.SessionEpoch == FetchSession.InitialEpoch && request.Topics.Count > 0)
            session = Create(request, reader, usesIds);
        work = new FetchWork(session?.Update(request) ?? PartitionsOf(request, usesIds), session, isIncremental: false, reader);
        return ErrorCode.None;
    }

    public void Read(FetchWork work, FetchRequest request)
    {
        work.Reset();
        var left = Math.Min(request.MaxBytes, _responseBytesMax);
        foreach (var fetched in work.Partitions)
        {
            if (_fetcher.Find(fetched, work.Reader, out var data) is { } partition)
                data = Read(work, fetched, partition, ref left);
            work.IsDue |= data!.ErrorCode != ErrorCode.None || data.DivergingEpoch is not null || data.PreferredReadReplica >= 0;
            work.Data.Add(data);
        }
    }

    /// <summary>Whether what was read is to be answered at once, however long the asker would wait.</summary>
    public bool IsComplete(FetchWork work, FetchRequest request) =>
        work.IsDue || work.IsEmpty || work.Bytes >= EnoughBytes(work, request);

    /// <summary>What was read is let go; the poll is hurried by what is to be told at once.</summary>
    public void BeginWait(FetchWork work, FetchRequest request, FollowerSession session, IPoll poll)
    {
        session.Settle(work.Partitions, work.Data);
        work.Release();
        session.Await(poll, EnoughBytes(work, request));
    }

    /// <summary>What has become due meanwhile is to be read now. Not for a wait whose asker is gone: what is due stays so.</summary>
    public static void EndWait(FetchWork work, FollowerSession session, IPoll poll)
    {
        session.EndWait(poll);
        work.HasWaited = true;
        work.Partitions = session.TakeDue();
    }

    /// <param name="work">What was read.</param>
    /// <param name="apiVersion">Of the request.</param>
    /// <param name="listener">Where it was asked.</param>
    public FetchResponse Answer(FetchWork work, short apiVersion, string listener)
    {
        var response = new FetchResponse { SessionId = work.Session?.Id ?? FetchSession.NoSession };
        foreach (var (partition, _, _, bytes) in work.Watched)
            partition.Topic?.OnFetched(bytes, work.Reader.IsReplica);
        FetchResponse.FetchableTopicResponse? topic = null;
        var lastKey = default(FetchKey);
        for (var i = 0; i < work.Partitions.Count; i++)
        {
            var (fetched, data) = (work.Partitions[i], work.Data[i]);
            if (work.Session is { } session && !session.TakeNews(fetched, data) && work.IsIncremental)
                continue;
            if (topic is null || lastKey.TopicId != fetched.Key.TopicId || lastKey.Topic != fetched.Key.Topic)
            {
                topic = new() { Topic = fetched.Key.Topic, TopicId = fetched.Key.TopicId };
                response.Responses.Add(topic);
                lastKey = fetched.Key;
            }
            topic.Partitions.Add(data);
            if (data.CurrentLeader is { } leader && apiVersion >= EndpointsFrom)
                AddEndpoint(response, leader.LeaderId, listener);
        }
        if (work.Session is FollowerSession follower)
        {
            follower.Settle(work.Partitions, work.Data);
            follower.OnAnswered(work.Bytes, work.HasWaited);
        }
        return response;
    }

    private int EnoughBytes(FetchWork work, FetchRequest request)
    {
        var bytes = work.Session is FollowerSession session ? Math.Max(request.MinBytes, session.EnoughBytes) : request.MinBytes;
        return Math.Min(bytes, Math.Min(request.MaxBytes, _responseBytesMax));
    }

    private FetchSession? Create(FetchRequest request, FetchReader reader, bool usesIds)
    {
        if (!reader.IsReplica)
            return _sessions.TryCreate(CountOf(request), id => new FetchSession(id, usesIds));
        _replicaSessions.RemoveAll(s => s is FollowerSession other && other.IsOutlivedBy(reader));
        return _replicaSessions.TryCreate(CountOf(request), id => new FollowerSession(id, reader, _metadata.Current, _tellsWatermarksAtOnce, _patience));
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

    private PartitionData Read(FetchWork work, FetchedPartition fetched, LedPartition partition, ref int left)
    {
        var reader = work.Reader;
        if (!reader.IsReplica && _chooser.Choose(partition, reader.Rack, fetched.Requested.FetchOffset) is { } other)
            return PartitionFetcher.Redirect(partition, fetched, other);
        if (work.Session is FollowerSession session)
            session.Attach(fetched, partition);
        var view = partition.View;
        if (reader.IsReplica)
            partition.TellFetched(reader.Broker, reader.BrokerEpoch, view, fetched.Requested.FetchOffset, fetched.Requested.LogStartOffset, NowMs);
        var isThrottled = reader.IsReplica && _throttle is not null && _throttle.Counts(partition.Id, reader.Broker);
        var isHeld = isThrottled && _throttle!.IsUsedUp();
        if (work.Session is FollowerSession)
            FollowerSession.Hold(fetched, isHeld);
        if (isHeld)
        {
            // Not waited for either: what it waits for is there.
            var nothing = PartitionFetcher.Read(partition, fetched, 0, owesOneBatch: false, reader.Limit);
            work.IsDue |= IsUrgent(work, fetched, nothing);
            return nothing;
        }

        var bytesMax = Math.Min(fetched.Requested.PartitionMaxBytes, isThrottled ? Math.Min(left, ReplicationThrottle.FetchBytesMax) : left);
        var appended = partition.Log.AppendedBytes;
        var data = PartitionFetcher.Read(partition, fetched, bytesMax, owesOneBatch: work.Bytes == 0, reader.Limit);
        var size = data.Records!.SizeInBytes;
        if (work.Session is FollowerSession)
            FollowerSession.Found(fetched, appended - size);
        if (isThrottled)
            _throttle!.Take(size);
        left -= Math.Min(left, size);
        work.Bytes += size;
        // Only more than was seen now is worth waking for.
        var seen = reader.Limit switch
        {
            ReadLimit.LogEnd => fetched.Requested.FetchOffset,
            ReadLimit.LastStableOffset => data.LastStableOffset,
            _ => data.HighWatermark,
        };
        work.Watched.Add((partition, Math.Max(seen, fetched.Requested.FetchOffset), data.HighWatermark, size));
        // Who waited for more would wait for what is there: a read ends with its segment.
        work.IsDue |= data.Records is FileRecords { IsContinued: true } || IsUrgent(work, fetched, data);
        return data;
    }

    private static bool IsUrgent(FetchWork work, FetchedPartition fetched, PartitionData data) => work.Session is FollowerSession session && session.IsUrgent(fetched, data);

    private void AddEndpoint(FetchResponse response, int leaderId, string listener)
    {
        if (!_metadata.Current.Brokers.TryGetValue(leaderId, out var leader) || response.NodeEndpoints.Exists(n => n.NodeId == leaderId))
            return;
        if (leader.EndpointOf(listener) is { } endpoint)
            response.NodeEndpoints.Add(new() { NodeId = leaderId, Host = endpoint.Host, Port = endpoint.Port, Rack = leader.Rack });
    }
}
