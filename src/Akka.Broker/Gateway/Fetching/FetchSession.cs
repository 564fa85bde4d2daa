using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// What a client fetches, remembered, so that it names only what changes (KIP-227). Partitions that yielded records go to the end of the order, so that
/// busy ones do not starve the others. Thread-safe, though only a confused client has two requests of one session in work.
/// <para>Invariants: _byKey and _order hold the same partitions.</para>
/// </summary>
internal class FetchSession(int id, bool usesTopicIds)
{
    public const int NoSession = 0;
    public const int FinalEpoch = -1;
    public const int InitialEpoch = 0;

    private readonly Dictionary<FetchKey, FetchedPartition> _byKey = [];
    private readonly LinkedList<FetchedPartition> _order = [];

    public int Id { get; } = id;

    /// <summary>Whether its partitions are named by topic ids; that cannot change within a session.</summary>
    public bool UsesTopicIds { get; } = usesTopicIds;

    /// <summary>The epoch that the next request must carry. Guarded by the session cache's lock, as the three below.</summary>
    public int NextEpoch { get; set; } = 1;

    /// <summary>As <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long CreatedAt { get; set; }

    public long LastUsedAt { get; set; }

    /// <summary>How many partitions it has at most, as of its last request.</summary>
    public int Size { get; set; }

    public LinkedListNode<FetchSession>? CacheNode { get; set; }

    /// <summary>Guards the partitions.</summary>
    protected Lock Gate { get; } = new();

    protected IEnumerable<FetchedPartition> Order => _order;

    public int Count
    {
        get
        {
            lock (Gate)
                return _byKey.Count;
        }
    }

    /// <summary>Takes what a request adds, changes and forgets, and returns what is to be looked at now, in order.</summary>
    public List<FetchedPartition> Update(FetchRequest request)
    {
        lock (Gate)
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
            return Select();
        }
    }

    /// <summary>Whether an incremental response must name the partition; notes that it is told.</summary>
    public bool TakeNews(FetchedPartition partition, FetchResponse.PartitionData data)
    {
        lock (Gate)
        {
            if (data.Records is { SizeInBytes: > 0 } && partition.Node is { List: not null } node)
            {
                _order.Remove(node);
                _order.AddLast(node);
            }
            return partition.TakeNews(data);
        }
    }

    /// <summary>The session is in no cache any more.</summary>
    public virtual void Close()
    {
    }

    /// <summary>What a request looks at: all of it.</summary>
    protected virtual List<FetchedPartition> Select() => [.. _order];

    /// <summary>A request names the partition, which may be new.</summary>
    protected virtual void OnSet(FetchedPartition partition)
    {
    }

    protected virtual void OnForgotten(FetchedPartition partition)
    {
    }

    private FetchKey KeyOf(string topic, Guid topicId, int partition) => new(UsesTopicIds ? "" : topic, UsesTopicIds ? topicId : Guid.Empty, partition);

    private void Set(FetchKey key, FetchRequest.FetchPartition requested)
    {
        if (_byKey.TryGetValue(key, out var partition))
        {
            partition.Requested = requested;
        }
        else
        {
            partition = new FetchedPartition(key, requested);
            partition.Node = _order.AddLast(partition);
            _byKey.Add(key, partition);
        }
        OnSet(partition);
    }

    private void Forget(FetchKey key)
    {
        if (!_byKey.Remove(key, out var partition))
            return;
        _order.Remove(partition.Node!);
        OnForgotten(partition);
    }
}
