using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replicas;

/// <summary>
/// A fetcher's side of an incremental fetch session (KIP-227): requests name only what is new or has moved, and what is to be left out.
/// <para>Invariants: _known holds exactly what the leader's session holds, once the request under way has been read there.</para>
/// </summary>
internal sealed class FetcherSession
{
    /// <summary>A session epoch: none, and none is to be made.</summary>
    public const int None = -1;

    private const int Initial = 0;
    private readonly Dictionary<(Guid Topic, int Partition), (TopicIdPartition Target, ReplicaFetch Fetch)> _known = [];
    private int _id;
    private int _epoch;

    /// <summary>The leader knows of nothing: the next request makes a new session.</summary>
    public void Reset()
    {
        // The old one is given up by its id.
        _epoch = Initial;
        _known.Clear();
    }

    /// <summary>Completes a request: what is ready is asked for, the rest is left out.</summary>
    public void Fill(FetchRequest request, IEnumerable<FetchPosition> positions, int partitionBytesMax)
    {
        if (_epoch == Initial)
            _known.Clear();
        request.SessionId = _id;
        request.SessionEpoch = _epoch;
        var left = new HashSet<(Guid, int)>(_known.Keys);
        Dictionary<Guid, FetchRequest.FetchTopic> topics = [];
        foreach (var position in positions)
        {
            if (position.State != FetchPositionState.Ready)
                continue;
            var key = (position.Target.TopicId, position.Target.Partition);
            left.Remove(key);
            if (_known.TryGetValue(key, out var known) && known.Fetch == position.Next)
                continue;
            _known[key] = (position.Target, position.Next);
            if (!topics.TryGetValue(position.Target.TopicId, out var topic))
                topics[position.Target.TopicId] = topic = new() { TopicId = position.Target.TopicId };
            topic.Partitions.Add(PartitionOf(position, partitionBytesMax));
        }

        request.Topics = [.. topics.Values];
        foreach (var gone in left)
            _known.Remove(gone);
        if (_epoch != Initial)
        {
            request.ForgottenTopicsData =
            [
                .. left.GroupBy(k => k.Item1).Select(t => new FetchRequest.ForgottenTopic { TopicId = t.Key, Partitions = [.. t.Select(k => k.Item2)] }),
            ];
        }
    }

    /// <summary>What was asked of a partition; null if it is not asked for.</summary>
    public (TopicIdPartition Target, ReplicaFetch Fetch)? Find(Guid topic, int partition) => _known.TryGetValue((topic, partition), out var known) ? known : null;

    /// <summary>The leader has answered; 0: it keeps no session.</summary>
    public void OnAnswered(int sessionId)
    {
        if (sessionId == 0)
        {
            // What was asked is known until its parts are shared out; the next request is whole again.
            (_id, _epoch) = (0, Initial);
            return;
        }

        _id = sessionId;
        _epoch = _epoch == int.MaxValue ? 1 : _epoch + 1;
    }

    private static FetchRequest.FetchPartition PartitionOf(FetchPosition position, int maxBytes) => new()
    {
        Partition = position.Target.Partition,
        CurrentLeaderEpoch = position.Next.LeaderEpoch,
        FetchOffset = position.Next.Offset,
        LastFetchedEpoch = position.Next.LastFetchedEpoch,
        LogStartOffset = position.Next.LogStartOffset,
        PartitionMaxBytes = maxBytes,
    };
}
