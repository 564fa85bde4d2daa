using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// What a client fetches, remembered, so that it names only what changes (KIP-227). Partitions that yielded records go to the end of the order, so that
/// busy ones do not starve the others. Thread-safe, though only a confused client has two requests of one session in work.
/// <para>Invariants: _byKey and _order hold the same partitions.</para>
/// </summary>
internal sealed class FetchSession(int id, bool usesTopicIds)
{
    public const int NoSession = 0;
    public const int FinalEpoch = -1;
    public const int InitialEpoch = 0;

    private readonly Lock _gate = new();
    private readonly Dictionary<FetchKey, FetchedPartition> _byKey = [];
    private readonly LinkedList<FetchedPartition> _order = [];

    public int Id { get; } = id;

    /// <summary>Whether its partitions are named by topic ids; that cannot change within a session.</summary>
    public bool UsesTopicIds { get; } = usesTopicIds;

    /// <summary>The epoch that the next request must carry. Guarded by the session cache's lock, as the three below.</summary>
    public int NextEpoch { get; set; } = 1;

    /// <summary>As <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long CreatedAt { get; init; }

    public long LastUsedAt { get; set; }

    /// <summary>How many partitions it has at most, as of its last request.</summary>
    public int Size { get; set; }

    public LinkedListNode<FetchSession>? CacheNode { get; set; }

    public int Count
    {
        get
        {
            lock (_gate)
                return _byKey.Count;
        }
    }

    /// <summary>Takes what a request adds, changes and forgets, and returns all that is to be fetched now, in order.</summary>
    public List<FetchedPartition> Update(FetchRequest request)
    {
        lock (_gate)
        {
            foreach (var topic in request.Topics)
            {
                foreach (var partition in topic.Partitions)
                    Set(KeyOf(topic.Topic, topic.TopicId, partition.Partition), partition);
            }
            foreach (var topic in request.ForgottenTopicsData)
            {
                foreach (var partition in topic.Partitions)
                    Forget(KeyOf(topic.Topic, topic.TopicId, partition));
            }
            Invariant.Check(_byKey.Count == _order.Count);
            return [.. _order];
        }
    }

    /// <summary>Whether an incremental response must name the partition; notes that it is told.</summary>
    public bool TakeNews(FetchedPartition partition, FetchResponse.PartitionData data)
    {
        lock (_gate)
        {
            if (data.Records is { SizeInBytes: > 0 } && partition.Node is { List: not null } node)
            {
                _order.Remove(node);
                _order.AddLast(node);
            }
            return partition.TakeNews(data);
        }
    }

    private FetchKey KeyOf(string topic, Guid topicId, int partition) => new(UsesTopicIds ? "" : topic, UsesTopicIds ? topicId : Guid.Empty, partition);

    private void Set(FetchKey key, FetchRequest.FetchPartition requested)
    {
        if (_byKey.TryGetValue(key, out var partition))
        {
            partition.Requested = requested;
            return;
        }
        partition = new FetchedPartition(key, requested);
        partition.Node = _order.AddLast(partition);
        _byKey.Add(key, partition);
    }

    private void Forget(FetchKey key)
    {
        if (_byKey.Remove(key, out var partition))
            _order.Remove(partition.Node!);
    }
}
