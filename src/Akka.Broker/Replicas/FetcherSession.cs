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
    /// <param name="request">To be sent.</param>
    /// <param name="all">Every partition; looked at only where a session begins.</param>
    /// <param name="changed">At least those that are not what the last request made of them.</param>
    /// <param name="bytesMaxOf">The most of a partition in the answer.</param>
    public void Fill(FetchRequest request, IEnumerable<FetchPosition> all, IEnumerable<FetchPosition> changed, Func<TopicIdPartition, int> bytesMaxOf)
    {
        request.SessionId = _id;
        request.SessionEpoch = _epoch;
        if (_epoch == Initial)
            _known.Clear();
        Dictionary<Guid, FetchRequest.FetchTopic> topics = [];
        Dictionary<Guid, List<int>> forgotten = [];
        foreach (var position in _epoch == Initial ? all : changed)
        {
            var (topicId, key) = (position.Target.TopicId, (position.Target.TopicId, position.Target.Partition));
            if (position.State != FetchPositionState.Ready)
            {
                if (_known.Remove(key))
                    (forgotten.TryGetValue(topicId, out var left) ? left : forgotten[topicId] = []).Add(key.Partition);
                continue;
            }
            if (_known.TryGetValue(key, out var known) && known.Fetch == position.Next)
                continue;
            _known[key] = (position.Target, position.Next);
            (topics.TryGetValue(topicId, out var topic) ? topic : topics[topicId] = new() { TopicId = topicId }).Partitions.Add(PartitionOf(position, bytesMaxOf(position.Target)));
        }

        request.Topics = [.. topics.Values];
        request.ForgottenTopicsData = [.. forgotten.Select(t => new FetchRequest.ForgottenTopic { TopicId = t.Key, Partitions = [.. t.Value] })];
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
