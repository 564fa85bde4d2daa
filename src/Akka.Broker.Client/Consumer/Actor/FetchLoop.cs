using Akka.Actor;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>A broker that is fetched from: its session, and what the request under way asks for.</summary>
internal sealed class BrokerFetch(int brokerId)
{
    public int BrokerId { get; } = brokerId;

    public FetchSession Session { get; } = new();

    public Dictionary<(Guid TopicId, string Topic, int Partition), (AskedPartition Asked, long Offset)> Asked { get; } = [];

    public bool IsAsking { get; set; }

    public long NotBeforeMs { get; set; }
}

/// <summary>
/// Keeps a fetch under way to each leader, for all partitions that can be fetched and have room in front of their readers. Part of the consumer's actor: pumped after whatever
/// may have changed something, and told the answers. With a rack a leader may name a replica that is nearer (KIP-392): the partition is fetched there until that fails, or what
/// the leader has said is old; then its leader is asked again.
/// <para>Invariants: one request a broker at a time; an answer is used only for a partition whose version and offset are those that were asked.</para>
/// </summary>
internal sealed class FetchLoop(ConsumerContext context, ChunkQueue queue, Action<ConsumedPartition> outOfRange, Action<string, Exception> troubled)
{
    /// <summary>A partition may have as many full fetches waiting for its reader.</summary>
    private const int FetchesAhead = 2;

    /// <summary>The wait at a broker while another partition of it is left out for lack of room: it is to come back in soon.</summary>
    private const int ShortWaitMs = 20;

    /// <summary>Behind a failure at a replica the leader serves for so long.</summary>
    private const int LeaderOnlyMs = 30_000;

    private readonly Dictionary<int, BrokerFetch> _brokers = [];

    public long WakeAtMs { get; private set; } = long.MaxValue;

    public void Pump(IReadOnlyCollection<ConsumedPartition> partitions, long nowMs)
    {
        WakeAtMs = long.MaxValue;
        var room = context.Settings.PrefetchMaxBytes;
        foreach (var partition in partitions)
            room -= partition.Delivery?.BufferedBytes ?? 0;
        foreach (var broker in partitions.Where(p => p.State == PositionState.Ready && p.LeaderId >= 0).GroupBy(p => p.FetchBroker(nowMs)))
        {
            if (!_brokers.TryGetValue(broker.Key, out var fetch))
                _brokers[broker.Key] = fetch = new BrokerFetch(broker.Key);
            if (!fetch.IsAsking && room > 0)
                TryAsk(fetch, broker, nowMs);
        }
    }

    public void OnAnswered(FetchAnswered answer, long nowMs)
    {
        var fetch = answer.Fetch;
        fetch.IsAsking = false;
        if (answer.Response is not { } response)
        {
            OnFailed(fetch, answer.Error!, nowMs);
            return;
        }
        var lease = new FetchLease(response);
        try
        {
            if (fetch.Session.OnResponse(response.Message))
                Take(fetch, response.Message, lease, nowMs);
            else if (!response.Message.ErrorCode.IsRetriable())
                OnFailed(fetch, BrokerClientException.Of(response.Message.ErrorCode, $"Fetching from broker {fetch.BrokerId}"), nowMs);
        }
        finally
        {
            lease.Release();
        }
    }

    private void TryAsk(BrokerFetch fetch, IEnumerable<ConsumedPartition> partitions, long nowMs)
    {
        if (nowMs < fetch.NotBeforeMs)
        {
            WakeAtMs = Math.Min(WakeAtMs, fetch.NotBeforeMs);
            return;
        }
        var wishes = new List<FetchWish>();
        var isAnyFull = false;
        var rack = context.Settings.Rack ?? "";
        fetch.Asked.Clear();
        foreach (var partition in partitions)
        {
            if (partition.IsPaused)
                continue;
            if (nowMs < partition.NotBeforeMs)
            {
                WakeAtMs = Math.Min(WakeAtMs, partition.NotBeforeMs);
                continue;
            }
            if (partition.Delivery!.BufferedBytes >= FetchesAhead * (long)context.Settings.FetchPartitionMaxBytes)
            {
                isAnyFull = true;
                continue;
            }
            if (!partition.MayGoToReplica(nowMs))
                rack = "";
            wishes.Add(new FetchWish(partition.Target, partition.FetchOffset, partition.LeaderEpoch));
            var asked = (new AskedPartition(partition, partition.Version), partition.FetchOffset);
            fetch.Asked[(Guid.Empty, partition.Id.Topic, partition.Id.Partition)] = asked;
            if (partition.TopicId != Guid.Empty)
                fetch.Asked[(partition.TopicId, "", partition.Id.Partition)] = asked;
        }
        if (wishes.Count > 0)
            Ask(fetch, wishes, isAnyFull, rack);
    }

    private void Ask(BrokerFetch fetch, List<FetchWish> wishes, bool isAnyFull, string rack)
    {
        var settings = context.Settings;
        var waitMs = (int)settings.FetchMaxWait.TotalMilliseconds;
        var request = new FetchRequest
        {
            MaxWaitMs = isAnyFull ? Math.Min(ShortWaitMs, waitMs) : waitMs,
            MinBytes = settings.FetchMinBytes,
            MaxBytes = settings.FetchMaxBytes,
            IsolationLevel = (sbyte)settings.IsolationLevel,
            RackId = rack,
        };
        fetch.Session.Fill(request, wishes, settings.FetchPartitionMaxBytes);
        fetch.IsAsking = true;
        AskAsync(fetch, request).PipeTo(context.Self);
    }

    private async Task<FetchAnswered> AskAsync(BrokerFetch fetch, FetchRequest request)
    {
        var startMs = context.NowMs;
        var broker = context.Cluster.View.Brokers.GetValueOrDefault(fetch.BrokerId);
        try
        {
            var response = await context.FetchLane
                .AskBufferedAsync<FetchResponse>(fetch.BrokerId, request, context.Settings.FetchMaxWait + context.Settings.RequestTimeout, CancellationToken.None)
                .ConfigureAwait(false);
            context.Telemetry.FetchDone(broker, context.NowMs - startMs, response.Message.ErrorCode);
            return new FetchAnswered(fetch, response, null);
        }
        catch (BrokerClientException e)
        {
            context.Telemetry.FetchDone(broker, context.NowMs - startMs, e.ErrorCode);
            return new FetchAnswered(fetch, null, e);
        }
    }

    private void OnFailed(BrokerFetch fetch, Exception error, long nowMs)
    {
        fetch.Session.Close();
        fetch.NotBeforeMs = nowMs + context.BackoffMs;
        foreach (var (asked, _) in fetch.Asked.Values)
        {
            if (!asked.IsCurrent)
                continue;
            if (fetch.BrokerId != asked.Partition.LeaderId)
            {
                asked.Partition.GoBackToLeader(error.Message, nowMs + LeaderOnlyMs);
                continue;
            }
            asked.Partition.BackOff(error.Message, fetch.NotBeforeMs);
            context.Cluster.Invalidate(asked.Partition.Id.Topic, asked.Partition.Id.Partition);
        }
    }

    private void Take(BrokerFetch fetch, FetchResponse response, FetchLease lease, long nowMs)
    {
        foreach (var topic in response.Responses)
        {
            foreach (var data in topic.Partitions)
            {
                if (Find(fetch, topic, data.PartitionIndex) is not { } found || !found.Asked.IsCurrent || found.Asked.Partition.FetchOffset != found.Offset)
                    continue;
                if (data.ErrorCode == ErrorCode.None)
                    Deliver(found.Asked.Partition, data, lease, nowMs);
                else if (fetch.BrokerId != found.Asked.Partition.LeaderId)
                    RefusedByReplica(found.Asked.Partition, data.ErrorCode, fetch.BrokerId, nowMs);
                else
                    Refused(found.Asked.Partition, data, response, nowMs);
            }
        }
        // An incremental answer leaves out what has nothing new: it was asked for all the same.
        foreach (var (asked, _) in fetch.Asked.Values)
        {
            if (asked.IsCurrent)
                asked.Partition.OnAnswered(nowMs);
        }
    }

    /// <summary>An answer names topics by id or by name, as its version does; what was asked stands under both.</summary>
    private static (AskedPartition Asked, long Offset)? Find(BrokerFetch fetch, FetchResponse.FetchableTopicResponse topic, int partition)
    {
        var key = topic.TopicId != Guid.Empty ? (topic.TopicId, "", partition) : (Guid.Empty, topic.Topic, partition);
        return fetch.Asked.TryGetValue(key, out var asked) ? asked : null;
    }

    private void Deliver(ConsumedPartition partition, FetchResponse.PartitionData data, FetchLease lease, long nowMs)
    {
        partition.OnBounds(data.HighWatermark, data.LastStableOffset, data.LogStartOffset, nowMs);
        if (data.PreferredReadReplica >= 0)
            GoToReplica(partition, data.PreferredReadReplica, nowMs);
        if (FetchedPartition.Look(data.Records) is not var (batches, nextOffset, epoch) || nextOffset <= partition.FetchOffset)
            return;
        var delivery = partition.Delivery!;
        delivery.AddBuffered(batches.Length);
        lease.Hold();
        var chunk = new FetchedChunk(delivery, batches, lease)
        {
            FromOffset = partition.FetchOffset,
            NextOffset = nextOffset,
            Aborted = context.Settings.IsolationLevel == IsolationLevel.ReadCommitted ? data.AbortedTransactions ?? [] : null,
        };
        partition.OnFetched(nextOffset, epoch);
        context.Telemetry.Consumed(partition.Id, batches);
        queue.Enqueue(chunk);
    }

    private void GoToReplica(ConsumedPartition partition, int replica, long nowMs)
    {
        if (replica == partition.LeaderId)
            return;
        if (context.Cluster.View.Brokers.ContainsKey(replica))
        {
            partition.GoToReplica(replica, nowMs + Math.Min(context.MetadataMaxAgeMs, int.MaxValue));
            return;
        }
        partition.GoBackToLeader($"the leader names broker {replica}, which is not known", nowMs + LeaderOnlyMs);
        context.Cluster.Invalidate(partition.Id.Topic, partition.Id.Partition);
    }

    /// <summary>It may be behind the leader, or a replica no more: what is so the leader knows.</summary>
    private void RefusedByReplica(ConsumedPartition partition, ErrorCode error, int replica, long nowMs)
    {
        partition.GoBackToLeader($"replica {replica}: {error}", nowMs + LeaderOnlyMs);
        if (error.IsStaleMetadata())
            context.Cluster.Invalidate(partition.Id.Topic, partition.Id.Partition);
    }

    private void Refused(ConsumedPartition partition, FetchResponse.PartitionData data, FetchResponse response, long nowMs)
    {
        var id = partition.Id;
        if (data.ErrorCode == ErrorCode.OffsetOutOfRange)
        {
            outOfRange(partition);
            return;
        }
        partition.BackOff(data.ErrorCode.ToString(), nowMs + context.BackoffMs);
        if (data.CurrentLeader is { LeaderId: >= 0 } leader && leader.LeaderEpoch > partition.LeaderEpoch)
        {
            var node = response.NodeEndpoints.Find(n => n.NodeId == leader.LeaderId);
            context.Cluster.ApplyLeader(id.Topic, id.Partition, leader.LeaderId, leader.LeaderEpoch, node is null ? null : new BrokerNode(node.NodeId, node.Host, node.Port, node.Rack));
        }
        else if (data.ErrorCode.IsStaleMetadata() || data.ErrorCode is ErrorCode.OffsetNotAvailable)
        {
            context.Cluster.Invalidate(id.Topic, id.Partition);
        }
        else
        {
            troubled($"Fetching {id}", BrokerClientException.Of(data.ErrorCode, $"Fetching {id} at offset {partition.FetchOffset}"));
        }
    }
}
