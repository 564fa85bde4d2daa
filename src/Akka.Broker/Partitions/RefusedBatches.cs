using System.Collections.Concurrent;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Partitions;

/// <summary>
/// The idempotent producers' batches that leaders of this node have refused, or lost with an entity that stopped, for a reason that passes: a full or failed disk,
/// too few replicas. A producer has several batches on their way, and sends what was refused again. What it had sent behind that has a gap before it then:
/// <code>
///   sent        R1 R2 R3            R1 refused: no space        space again        R2: a gap
///   answered       R1 and R2 with the same passing error        sent again R1 R2 R3, in order
/// </code>
/// To call R2 out of order instead would make some clients give up their numbers and send anew, under new ones, what may be in the log already; and a leader that
/// knows nothing of the producer yet would take R2 in before R1.
/// <para>Invariants: of a producer the first of its newest epoch is kept; nothing counts for longer than <see cref="KeptMs"/> after it was refused last.</para>
/// It outlives the entities. Thread-safe; while nothing was refused it costs a look at a counter.
/// </summary>
public sealed class RefusedBatches(TimeProvider time)
{
    /// <summary>As long as clients go on sending a record by default (delivery.timeout.ms).</summary>
    public const long KeptMs = 120_000;

    private const int ProducersMax = 10_000;

    private readonly ConcurrentDictionary<(TopicIdPartition Partition, long ProducerId), Refused> _refused = new();

    private long NowMs => (long)time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Whether the error passes: then the producer sends the batch again.</summary>
    public static bool Passes(ErrorCode error) => error is
        ErrorCode.KafkaStorageError or ErrorCode.NotEnoughReplicas or ErrorCode.NotLeaderOrFollower or ErrorCode.RequestTimedOut;

    /// <summary>The batch was refused, or is lost, with that error.</summary>
    public void Note(TopicIdPartition partition, in BatchHeader batch, ErrorCode error)
    {
        if (batch.ProducerId < 0 || batch.BaseSequence < 0 || !Passes(error))
            return;
        var noted = new Refused(batch.ProducerEpoch, batch.BaseSequence, error, NowMs);
        if (_refused.Count >= ProducersMax)
            Expire(noted.AtMs);
        _refused.AddOrUpdate((partition, batch.ProducerId), static (_, n) => n, static (_, last, n) => last.Precedes(n) ? last : n, noted);
    }

    /// <summary>The error of the refused batch that this one, before which there is a gap, comes behind; null if nothing explains the gap.</summary>
    public ErrorCode? Explain(TopicIdPartition partition, in BatchHeader batch)
    {
        if (_refused.IsEmpty || !_refused.TryGetValue((partition, batch.ProducerId), out var refused))
            return null;
        return refused.ProducerEpoch == batch.ProducerEpoch && Distance(refused.BaseSequence, batch.BaseSequence) > 0 && NowMs - refused.AtMs <= KeptMs
            ? refused.Error
            : null;
    }

    /// <summary>The batch is taken, or was in the log already: it, or what came before it, is not missing any more.</summary>
    public void Took(TopicIdPartition partition, in BatchHeader batch)
    {
        if (_refused.IsEmpty || !_refused.TryGetValue((partition, batch.ProducerId), out var refused))
            return;
        if (batch.ProducerEpoch > refused.ProducerEpoch || (batch.ProducerEpoch == refused.ProducerEpoch && Distance(refused.BaseSequence, batch.BaseSequence) >= 0))
            _refused.TryRemove(KeyValuePair.Create((partition, batch.ProducerId), refused));
    }

    private void Expire(long nowMs)
    {
        foreach (var entry in _refused)
        {
            if (nowMs - entry.Value.AtMs > KeptMs)
                _refused.TryRemove(entry);
        }
        // More producers than that fail at once: they fare as if nothing had been noted.
        if (_refused.Count >= ProducersMax)
            _refused.Clear();
    }

    /// <summary>Sequence numbers begin anew behind the largest.</summary>
    private static int Distance(int from, int to) => unchecked((to - from) << 1) >> 1;

    private sealed record Refused(short ProducerEpoch, int BaseSequence, ErrorCode Error, long AtMs)
    {
        public bool Precedes(Refused other) =>
            ProducerEpoch > other.ProducerEpoch
            || (ProducerEpoch == other.ProducerEpoch && Distance(BaseSequence, other.BaseSequence) > 0 && other.AtMs - AtMs <= KeptMs);
    }
}
