using System.Collections.Concurrent;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Partitions;

/// <summary>
/// The idempotent producers' batches that this node has refused, or lost with an entity that stopped, for a reason that passes: a full or failed disk, too few replicas,
/// metadata that it has not seen yet. A producer has several batches on their way, and sends what was refused again. What it had sent behind that has a gap before it then:
/// <code>
///   sent        R1 R2 R3            R1 refused: no space        space again        R2: a gap
///                                   R1 refused: no leader       leader by now      R2: a gap
///   answered       R1 and R2 with the same passing error        sent again R1 R2 R3, in order
/// </code>
/// To call R2 out of order instead would make some clients give up their numbers, in all partitions, and send anew, under new ones, what may be in the log already; and a
/// leader that knows nothing of the producer yet would take R2 in before R1.
/// <para>Invariants: of a producer the first of its newest epoch is kept; nothing counts for longer than <see cref="KeptMs"/> after it was refused last.</para>
/// It outlives the entities. Thread-safe; while nothing was refused it costs a look at a counter.
/// </summary>
public sealed class RefusedBatches(TimeProvider time)
{
    /// <summary>As long as clients go on sending a record by default (delivery.timeout.ms).</summary>
    public const long KeptMs = 120_000;

    private const int ProducersMax = 10_000;

    private readonly ConcurrentDictionary<Key, Refused> _refused = new();
    private int _count;
    private long _expiredAtMs;

    private long NowMs => (long)time.GetElapsedTime(0).TotalMilliseconds;

    private bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Whether the error passes: then the producer sends the batch again.</summary>
    public static bool Passes(ErrorCode error) => error is
        ErrorCode.KafkaStorageError or ErrorCode.NotEnoughReplicas or ErrorCode.NotLeaderOrFollower or ErrorCode.RequestTimedOut
        or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId;

    /// <summary>The batch was refused, or is lost, with that error. A partition that the metadata does not have yet is named by what the request has: id or name.</summary>
    public void Note(TopicIdPartition partition, in BatchHeader batch, ErrorCode error)
    {
        if (batch.ProducerId < 0 || batch.BaseSequence < 0 || !Passes(error))
            return;
        var noted = new Refused(batch.ProducerEpoch, batch.BaseSequence, error, NowMs);
        Expire(noted.AtMs);
        var key = partition.TopicId == Guid.Empty ? Key.ByName(partition, batch.ProducerId) : Key.ById(partition, batch.ProducerId);
        while (true)
        {
            if (_refused.TryGetValue(key, out var last))
            {
                if (last.Precedes(noted) || _refused.TryUpdate(key, noted, last))
                    return;
            }
            else if (_refused.TryAdd(key, noted))
            {
                Interlocked.Increment(ref _count);
                return;
            }
        }
    }

    /// <summary>The error of the refused batch that this one, before which there is a gap, comes behind; null if nothing explains the gap.</summary>
    public ErrorCode? Explain(TopicIdPartition partition, in BatchHeader batch)
    {
        if (IsEmpty)
            return null;
        return Explain(Key.ById(partition, batch.ProducerId), batch) ?? Explain(Key.ByName(partition, batch.ProducerId), batch);
    }

    /// <summary>The batch is taken, or was in the log already: it, or what came before it, is not missing any more.</summary>
    public void Took(TopicIdPartition partition, in BatchHeader batch)
    {
        if (IsEmpty || batch.ProducerId < 0)
            return;
        Expire(NowMs);
        Took(Key.ById(partition, batch.ProducerId), batch);
        Took(Key.ByName(partition, batch.ProducerId), batch);
    }

    private ErrorCode? Explain(Key key, in BatchHeader batch) =>
        _refused.TryGetValue(key, out var refused)
        && refused.ProducerEpoch == batch.ProducerEpoch && Distance(refused.BaseSequence, batch.BaseSequence) > 0 && NowMs - refused.AtMs <= KeptMs
            ? refused.Error
            : null;

    private void Took(Key key, in BatchHeader batch)
    {
        if (!_refused.TryGetValue(key, out var refused))
            return;
        if (batch.ProducerEpoch > refused.ProducerEpoch || (batch.ProducerEpoch == refused.ProducerEpoch && Distance(refused.BaseSequence, batch.BaseSequence) >= 0))
            Remove(KeyValuePair.Create(key, refused));
    }

    /// <summary>What nobody comes back to, as after a change of leader, goes in time: while there is anything, every append looks here.</summary>
    private void Expire(long nowMs)
    {
        var isFull = Volatile.Read(ref _count) >= ProducersMax;
        var expiredAtMs = Volatile.Read(ref _expiredAtMs);
        if (!isFull && (nowMs - expiredAtMs <= KeptMs || Interlocked.CompareExchange(ref _expiredAtMs, nowMs, expiredAtMs) != expiredAtMs))
            return;
        foreach (var entry in _refused)
        {
            if (nowMs - entry.Value.AtMs > KeptMs)
                Remove(entry);
        }
        if (Volatile.Read(ref _count) < ProducersMax)
            return;
        // More producers than that fail at once: they fare as if nothing had been noted.
        foreach (var entry in _refused)
            Remove(entry);
    }

    private void Remove(KeyValuePair<Key, Refused> entry)
    {
        if (_refused.TryRemove(entry))
            Interlocked.Decrement(ref _count);
    }

    /// <summary>Sequence numbers begin anew behind the largest.</summary>
    private static int Distance(int from, int to) => unchecked((to - from) << 1) >> 1;

    /// <summary>Whose batches, of a partition that is known by its topic's id or, while that is not known, by its name.</summary>
    private readonly record struct Key(Guid TopicId, string Topic, int Partition, long ProducerId)
    {
        public static Key ById(TopicIdPartition partition, long producerId) => new(partition.TopicId, "", partition.Partition, producerId);

        public static Key ByName(TopicIdPartition partition, long producerId) => new(Guid.Empty, partition.Topic, partition.Partition, producerId);
    }

    private sealed record Refused(short ProducerEpoch, int BaseSequence, ErrorCode Error, long AtMs)
    {
        public bool Precedes(Refused other) =>
            ProducerEpoch > other.ProducerEpoch
            || (ProducerEpoch == other.ProducerEpoch && Distance(BaseSequence, other.BaseSequence) > 0 && other.AtMs - AtMs <= KeptMs);
    }
}
