using System.Collections.Concurrent;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Producing;

/// <summary>
/// Where records wait until they are sent: by topic and partition, in batches, within the buffer memory. A record that finds no metadata or no memory is parked
/// with its bytes, within as much memory again, and goes on in its turn. Appending: any thread; what the sender does is said at its methods.
/// </summary>
internal sealed class RecordAccumulator
{
    private const int BatchesKeptMin = 16;
    private const int BatchesKeptMax = 4096;

    private readonly ProducerSettings _settings;
    private readonly IClusterClient _cluster;
    private readonly MonotonicClock _clock;
    private readonly Random _random;
    private readonly IPartitioner? _partitioner;
    private readonly ConcurrentDictionary<string, TopicQueue> _topics = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<PartitionQueue> _listed = new();
    private readonly BatchPool _batches;
    private readonly long _lifetimeMs;
    private TopicQueue? _lastTopic;
    private long _parkedBytes;
    private int _parkedCount;

    public RecordAccumulator(ProducerSettings settings, IClusterClient cluster, MonotonicClock clock, Random random, IPartitioner? partitioner)
    {
        _settings = settings;
        _cluster = cluster;
        _clock = clock;
        _random = random;
        _partitioner = partitioner;
        // As many as the memory holds when it is full: what was needed once will be needed again.
        _batches = new BatchPool(settings.Compression, (int)Math.Clamp(settings.BufferMemory / settings.BatchSize, BatchesKeptMin, BatchesKeptMax));
        _lifetimeMs = (long)settings.DeliveryTimeout.TotalMilliseconds;
        Memory = new BufferMemory(settings.BufferMemory);
    }

    /// <summary>There is something new for the sender. Set once, before anything is appended.</summary>
    public Action Wake { get; set; } = static () => { };

    public BufferMemory Memory { get; }

    public int BatchSize => _settings.BatchSize;

    public bool HasParked => Volatile.Read(ref _parkedCount) > 0;

    /// <summary>Queues with something in them that the sender does not know of. The sender's.</summary>
    public bool TryTakeListed(out PartitionQueue queue) => _listed.TryDequeue(out queue!);

    /// <summary>Completed when a batch has taken the record over: at once, as a rule.</summary>
    /// <exception cref="BrokerClientException">The record is too large, or there is no room even to wait.</exception>
    public ValueTask Append(string topicName, int partition, in OutgoingRecord record)
    {
        var topic = Topic(topicName);
        if (!topic.HasParked && TryAppend(topic, partition, record, hasWaited: false, null))
            return default;
        return Park(topic, partition, record);
    }

    public ProducerBatch OpenBatch(PartitionQueue queue, long order)
    {
        var now = _clock.NowMs;
        return OpenBatch(queue, order, now, now + _lifetimeMs);
    }

    public ProducerBatch OpenBatch(PartitionQueue queue, long order, long createdMs, long deadlineMs)
    {
        var batch = _batches.Rent();
        batch.Open(queue, order, createdMs, deadlineMs);
        return batch;
    }

    public void List(PartitionQueue queue) => _listed.Enqueue(queue);

    /// <summary>The batch is reported and nobody reads its bytes any more. The sender's.</summary>
    public void Release(ProducerBatch batch)
    {
        Memory.Release(batch.ReservedBytes);
        _batches.Return(batch);
    }

    /// <summary>The cluster has changed. The sender's.</summary>
    public void Update(ClusterView view)
    {
        foreach (var topic in _topics.Values)
        {
            if (view.Topic(topic.Name) is { } known)
                topic.Update(known);
        }
    }

    /// <summary>Lets parked records go on that can, and those fail whose time is over. The sender's.</summary>
    public void Unpark(long nowMs, ref long nextMs)
    {
        if (!HasParked)
            return;
        foreach (var topic in _topics.Values)
        {
            if (topic.HasParked)
                Unpark(topic, nowMs, ref nextMs);
        }
    }

    /// <summary>Makes the waiter wait for all that is here. The sender's.</summary>
    public void AddFlush(FlushWaiter flush)
    {
        foreach (var topic in _topics.Values)
        {
            lock (topic.Parked)
            {
                foreach (var parked in topic.Parked)
                    parked.AddFlush(flush);
                foreach (var queue in topic.Partitions)
                    queue.AddFlush(flush);
            }
        }
    }

    /// <summary>Fails all that is parked. The sender's.</summary>
    public void FailParked(BrokerClientException error)
    {
        foreach (var topic in _topics.Values)
        {
            lock (topic.Parked)
            {
                while (topic.Parked.TryPeek(out var parked))
                    Take(topic, parked).Fail(topic.Name, error);
            }
        }
    }

    private TopicQueue Topic(string name)
    {
        if (Volatile.Read(ref _lastTopic) is { } last && last.Name == name)
            return last;
        if (!_topics.TryGetValue(name, out var topic))
        {
            Random random;
            lock (_random)
                random = new Random(_random.Next());
            topic = _topics.GetOrAdd(name, new TopicQueue(name, _settings.BatchSize, random));
            _cluster.FollowTopic(name);
            if (_cluster.View.Topic(name) is { } view)
                topic.Update(view);
        }
        Volatile.Write(ref _lastTopic, topic);
        return topic;
    }

    private bool TryAppend(TopicQueue topic, int partition, in OutgoingRecord record, bool hasWaited, List<FlushWaiter>? flushes)
    {
        var partitions = topic.Partitions;
        var isSticky = false;
        var chosen = partition >= 0 || partitions.Length == 0 ? partition : Choose(topic, record, partitions.Length, out isSticky);
        if ((uint)chosen >= (uint)partitions.Length)
            return false;
        if (!partitions[chosen].TryAppend(record, this, hasWaited, flushes, out var wakes))
            return false;
        if (isSticky)
            topic.Sticky.Added(chosen, record.SizeMax);
        if (wakes)
            Wake();
        return true;
    }

    private int Choose(TopicQueue topic, in OutgoingRecord record, int count, out bool isSticky)
    {
        var chosen = Partitioners.Sticky;
        if (_partitioner is not null)
            chosen = _partitioner.Choose(topic.Name, record.Key.Span, record.Key.IsNull, record.Value.Span, count);
        else if (!record.Key.IsNull && !_settings.PartitionerIgnoreKeys)
            chosen = Murmur2.PartitionOf(record.Key.Span, count);
        isSticky = chosen == Partitioners.Sticky;
        if (isSticky)
            return topic.Sticky.Current;
        return (uint)chosen < (uint)count
            ? chosen
            : throw new DeliveryException(ErrorCode.UnknownTopicOrPartition, $"The partitioner chose partition {chosen} of {topic.Name}; it has 0 to {count - 1}.");
    }

    private ValueTask Park(TopicQueue topic, int partition, in OutgoingRecord record)
    {
        lock (topic.Parked)
        {
            if (topic.Parked.Count == 0 && TryAppend(topic, partition, record, hasWaited: false, null))
                return default;
            if (Interlocked.Add(ref _parkedBytes, record.SizeMax) > _settings.BufferMemory)
            {
                Interlocked.Add(ref _parkedBytes, -record.SizeMax);
                throw new ProducerBufferFullException(
                    $"{_settings.BufferMemory} bytes wait to be sent (buffer-memory), and as many for memory or metadata: await what SendAsync and PostAsync answer.");
            }
            var parked = new ParkedRecord(record, partition, _clock.NowMs + (long)_settings.MaxBlock.TotalMilliseconds);
            topic.Park(parked);
            Interlocked.Increment(ref _parkedCount);
            if (topic.Partitions.Length > 0)
                WaitForMemory(parked);
            Wake();
            return new ValueTask(parked.Accepted);
        }
    }

    private void Unpark(TopicQueue topic, long nowMs, ref long nextMs)
    {
        lock (topic.Parked)
        {
            while (topic.Parked.TryPeek(out var parked))
            {
                if (Refusal(topic, parked, nowMs) is { } error)
                {
                    Take(topic, parked).Fail(topic.Name, error);
                    continue;
                }
                if (!TryUnpark(topic, parked, out error))
                {
                    nextMs = Math.Min(nextMs, parked.DeadlineMs);
                    return;
                }
                Take(topic, parked);
                if (error is null)
                    parked.Accept();
                else
                    parked.Fail(topic.Name, error);
            }
        }
    }

    private bool TryUnpark(TopicQueue topic, ParkedRecord parked, out BrokerClientException? error)
    {
        error = null;
        try
        {
            if (TryAppend(topic, parked.Partition, parked.Record, hasWaited: true, parked.Flushes))
                return true;
            if (parked.Partition < topic.Partitions.Length && topic.Partitions.Length > 0)
                WaitForMemory(parked);
            return false;
        }
        catch (Exception fault)
        {
            // The application's own partitioner: its record fails, those behind it go on.
            error = fault as BrokerClientException ?? new DeliveryException(ErrorCode.UnknownServerError, $"The partitioner failed: {fault.Message}", cause: fault);
            return true;
        }
    }

    private BrokerClientException? Refusal(TopicQueue topic, ParkedRecord parked, long nowMs)
    {
        var known = _cluster.View.Topic(topic.Name);
        if (known is { Partitions.Length: 0 } && known.Error != ErrorCode.None && !known.Error.IsRetriable())
            return new DeliveryException(known.Error, $"Topic {topic.Name}: {known.Error}.");
        if (parked.DeadlineMs > nowMs)
            return null;
        if (topic.Partitions.Length == 0)
            return new DeliveryException(known?.Error ?? ErrorCode.UnknownTopicOrPartition, $"Topic {topic.Name} is not known after max-block ({_settings.MaxBlock}).");
        return parked.Partition >= topic.Partitions.Length
            ? new DeliveryException(ErrorCode.UnknownTopicOrPartition, $"Topic {topic.Name} has no partition {parked.Partition}; it has 0 to {topic.Partitions.Length - 1}.")
            : new DeliveryException(ErrorCode.RequestTimedOut, $"There was no memory for a record to {topic.Name} within max-block ({_settings.MaxBlock}): {Memory.Reserved} of {Memory.Limit} bytes wait to be delivered.");
    }

    private void WaitForMemory(ParkedRecord parked)
    {
        if (parked.WaitsForMemory)
            return;
        parked.WaitsForMemory = true;
        Memory.BeginWaiting();
    }

    private ParkedRecord Take(TopicQueue topic, ParkedRecord parked)
    {
        topic.Unpark();
        Interlocked.Decrement(ref _parkedCount);
        Interlocked.Add(ref _parkedBytes, -parked.Size);
        if (parked.WaitsForMemory)
            Memory.EndWaiting();
        return parked;
    }
}
