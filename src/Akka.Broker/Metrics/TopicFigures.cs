using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Akka.Broker.Metrics;

/// <summary>What went in and out of one topic on this node since its process began. Thread-safe.</summary>
public sealed class TopicFigures(string topic)
{
    private long _bytesIn;
    private long _recordsIn;
    private long _bytesOut;
    private long _replicaBytesIn;
    private long _replicaBytesOut;

    /// <summary>Made once, for all measurements.</summary>
    internal KeyValuePair<string, object?> Tag { get; } = new("topic", topic);

    /// <summary>Of batches that leaders here have appended, as they are stored.</summary>
    public long BytesIn => Volatile.Read(ref _bytesIn);

    public long RecordsIn => Volatile.Read(ref _recordsIn);

    /// <summary>Answered to consumers.</summary>
    public long BytesOut => Volatile.Read(ref _bytesOut);

    /// <summary>Copied from leaders elsewhere.</summary>
    public long ReplicaBytesIn => Volatile.Read(ref _replicaBytesIn);

    /// <summary>Answered to followers elsewhere.</summary>
    public long ReplicaBytesOut => Volatile.Read(ref _replicaBytesOut);

    internal void OnAppended(int bytes, long records)
    {
        Interlocked.Add(ref _bytesIn, bytes);
        Interlocked.Add(ref _recordsIn, records);
    }

    internal void OnFetched(long bytes, bool byReplica)
    {
        if (byReplica)
            Interlocked.Add(ref _replicaBytesOut, bytes);
        else
            Interlocked.Add(ref _bytesOut, bytes);
    }

    internal void OnReplicated(long bytes) => Interlocked.Add(ref _replicaBytesIn, bytes);
}

/// <summary>
/// The topics that this node has to do with. Leaders and followers keep their topic's entry; it stays when they go, since a counter that falls is taken for a
/// process that has begun anew, and goes with the topic. Thread-safe.
/// </summary>
/// <param name="exists">Whether the newest metadata has the topic.</param>
public sealed class TopicFiguresTable(Func<string, bool> exists) : IFigures
{
    private readonly ConcurrentDictionary<string, TopicFigures> _topics = new(StringComparer.Ordinal);

    public int Count => _topics.Count;

    public TopicFigures Of(string topic) => _topics.GetOrAdd(topic, static name => new TopicFigures(name));

    public void PublishTo(BrokerMeter meter)
    {
        meter.Counter("akka.broker.topic.in.bytes", "By", "Bytes of record batches that leaders on this node have appended.", () => Each(t => t.BytesIn));
        meter.Counter("akka.broker.topic.in.records", null, "Records that leaders on this node have appended.", () => Each(t => t.RecordsIn));
        meter.Counter("akka.broker.topic.out.bytes", "By", "Bytes of records that this node has answered to consumers.", () => Each(t => t.BytesOut));
        meter.Counter("akka.broker.topic.replication.in.bytes", "By", "Bytes of records that followers on this node have copied.", () => Each(t => t.ReplicaBytesIn));
        meter.Counter("akka.broker.topic.replication.out.bytes", "By", "Bytes of records that this node has answered to followers.", () => Each(t => t.ReplicaBytesOut));
    }

    private IEnumerable<Measurement<long>> Each(Func<TopicFigures, long> value)
    {
        foreach (var (name, topic) in _topics)
        {
            if (exists(name))
                yield return new Measurement<long>(value(topic), topic.Tag);
            else
                _topics.TryRemove(KeyValuePair.Create(name, topic));
        }
    }
}
