using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// The transactions that a walk over a log comes past, in offset order: records of aborted ones go, and a marker goes when nothing of its transaction is left.
/// <code>
///   known from the .txnindex, from its first offset on ─▶ ongoing, aborted ──── abort marker ─▶ over: the marker stays if any batch was met
///   batch of no aborted one ─▶ ongoing, committed ───────────────────────────── commit marker ─▶ over: likewise
/// </code>
/// One thread; one instance a walk.
/// </summary>
internal sealed class CleanedTransactions
{
    private readonly PriorityQueue<AbortedTransaction, long> _known = new();
    private readonly Dictionary<long, Aborted> _aborted = [];
    private readonly HashSet<long> _committed = [];

    /// <summary>Told of an aborted transaction of which batches are left when its marker is met: the rewritten segment's index gets it.</summary>
    public Action<AbortedTransaction>? Kept { get; set; }

    /// <summary>Those that overlap what is walked over next; one that is known already does no harm.</summary>
    public void Add(IEnumerable<AbortedTransaction> transactions)
    {
        foreach (var transaction in transactions)
            _known.Enqueue(transaction, transaction.FirstOffset);
    }

    /// <summary>True if the batch's transaction was aborted.</summary>
    public bool OnBatch(in BatchHeader batch)
    {
        Begin(batch.LastOffset);
        if (!batch.IsTransactional)
            return false;
        if (_aborted.TryGetValue(batch.ProducerId, out var aborted))
        {
            aborted.HasBatches = true;
            return true;
        }
        _committed.Add(batch.ProducerId);
        return false;
    }

    /// <summary>True if the marker serves nobody any more.</summary>
    public bool OnControlBatch(in BatchHeader batch, ReadOnlyMemory<byte> bytes)
    {
        Begin(batch.LastOffset);
        // Emptied by an earlier run, which found it of no use.
        if (batch.RecordCount == 0)
            return true;
        if (!EndTransactionMarker.TryRead(new RecordBatch(bytes), out var marker))
            return false;
        if (marker.IsCommit)
            return !_committed.Remove(batch.ProducerId);
        if (!_aborted.Remove(batch.ProducerId, out var aborted) || !aborted.HasBatches)
            return true;
        Kept?.Invoke(aborted.Transaction);
        return false;
    }

    private void Begin(long offset)
    {
        while (_known.TryPeek(out var next, out var firstOffset) && firstOffset <= offset)
        {
            _known.Dequeue();
            _aborted.TryAdd(next.ProducerId, new Aborted(next));
        }
    }

    private sealed class Aborted(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction { get; } = transaction;

        public bool HasBatches { get; set; }
    }
}
