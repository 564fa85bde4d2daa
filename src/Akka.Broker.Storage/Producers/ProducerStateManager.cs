using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Producers;

/// <summary>What the sequence numbers of a batch say, see <see cref="ProducerStateManager.Check"/>.</summary>
public enum SequenceCheck : byte
{
    /// <summary>Append it.</summary>
    InSequence,

    /// <summary>It is in the log already: answer with the offsets of the first time.</summary>
    Duplicate,

    /// <summary>Batches before it are missing.</summary>
    OutOfOrder,

    /// <summary>A newer incarnation of this producer has been here.</summary>
    StaleEpoch,

    /// <summary>It is not transactional while its producer has a transaction open.</summary>
    TransactionOpen,
}

/// <summary>A transaction that touched the partition. Open ones have no last offset (<see cref="long.MaxValue"/>).</summary>
/// <param name="ProducerId">Whose it is.</param>
/// <param name="FirstOffset">Of its first record here.</param>
/// <param name="LastOffset">Of its marker.</param>
public readonly record struct TransactionSpan(long ProducerId, long FirstOffset, long LastOffset)
{
    public const long Open = long.MaxValue;

    public bool IsOpen => LastOffset == Open;
}

/// <summary>A transaction that a marker has just ended.</summary>
public readonly record struct CompletedTransaction(long ProducerId, long FirstOffset, long LastOffset, bool IsAborted);

/// <summary>
/// The idempotent producers of one partition and their transactions: sequence numbers are checked here, open transactions hold the last stable
/// offset back. No I/O, no clock; one owner, not thread-safe. A log keeps one for its snapshots; a leader keeps a <see cref="Copy"/> of its own,
/// ahead of the log by what is queued.
/// <para>Invariants: a producer's open transaction, and no other open one, is in the list of transactions; the list is ordered by first offset.</para>
/// </summary>
public sealed class ProducerStateManager
{
    private readonly Dictionary<long, ProducerState> _producers;
    private readonly List<TransactionSpan> _transactions;

    public ProducerStateManager()
    {
        _producers = [];
        _transactions = [];
    }

    private ProducerStateManager(ProducerStateManager other)
    {
        _producers = new Dictionary<long, ProducerState>(other._producers.Count);
        foreach (var (id, state) in other._producers)
            _producers.Add(id, state.Copy());
        _transactions = [.. other._transactions];
    }

    public int Count => _producers.Count;

    public IEnumerable<ProducerState> Producers => _producers.Values;

    /// <summary>Open transactions, and ended ones whose marker <see cref="ForgetReplicated"/> has not passed.</summary>
    public IReadOnlyList<TransactionSpan> Transactions => _transactions;

    /// <summary>Rises whenever <see cref="Transactions"/> changes.</summary>
    internal int TransactionsVersion { get; private set; }

    public ProducerState? Find(long producerId) => _producers.GetValueOrDefault(producerId);

    /// <summary>
    /// Judges a producer's batch before it is appended. With <see cref="SequenceCheck.Duplicate"/>, <paramref name="duplicate"/> is the first time's.
    /// A producer that is not known is let in with any sequence number: its state may have expired.
    /// </summary>
    public SequenceCheck Check(in BatchHeader batch, out AppendedBatch duplicate)
    {
        duplicate = default;
        if (batch.ProducerId < 0 || !_producers.TryGetValue(batch.ProducerId, out var state))
            return SequenceCheck.InSequence;
        if (batch.ProducerEpoch < state.ProducerEpoch)
            return SequenceCheck.StaleEpoch;
        if (batch.IsControl)
            return SequenceCheck.InSequence;
        if (batch.ProducerEpoch == state.ProducerEpoch && state.TryFindBatch(batch.BaseSequence, batch.LastSequence, out duplicate))
            return SequenceCheck.Duplicate;
        if (!batch.IsTransactional && state.CurrentTransactionFirstOffset >= 0)
            return SequenceCheck.TransactionOpen;
        if (batch.ProducerEpoch > state.ProducerEpoch)
            return batch.BaseSequence == 0 ? SequenceCheck.InSequence : SequenceCheck.OutOfOrder;
        var expected = state.LastSequence == int.MaxValue ? 0 : state.LastSequence + 1;
        return batch.BaseSequence == expected ? SequenceCheck.InSequence : SequenceCheck.OutOfOrder;
    }

    /// <summary>Whether the producer has written here, and is not forgotten.</summary>
    public bool Knows(long producerId) => _producers.ContainsKey(producerId);

    /// <summary>
    /// Takes a batch that is appended, or was, in offset order. It checks nothing: what is in the log counts.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="marker">What its record says if it is a control batch; null if that is no transaction marker.</param>
    /// <returns>The transaction that it ended, if it did and the transaction had records here.</returns>
    public CompletedTransaction? Update(in BatchHeader batch, EndTransactionMarker? marker)
    {
        if (batch.ProducerId < 0 || (batch.IsControl && marker is null))
            return null;
        if (!_producers.TryGetValue(batch.ProducerId, out var state))
            _producers.Add(batch.ProducerId, state = new ProducerState(batch.ProducerId));
        if (batch.ProducerEpoch != state.ProducerEpoch)
        {
            state.ForgetBatches();
            state.ProducerEpoch = batch.ProducerEpoch;
        }
        if (marker is { } end)
            return EndTransaction(state, batch, end);

        state.Add(new AppendedBatch(batch.LastSequence, batch.LastOffset, batch.LastOffsetDelta, batch.MaxTimestamp));
        if (batch.IsTransactional && state.CurrentTransactionFirstOffset < 0)
        {
            state.CurrentTransactionFirstOffset = batch.BaseOffset;
            Insert(new TransactionSpan(batch.ProducerId, batch.BaseOffset, TransactionSpan.Open));
        }
        return null;
    }

    /// <summary>What a read-committed consumer may see: before every transaction that is open, or whose marker is not replicated yet.</summary>
    public long LastStableOffset(long highWatermark) => LastStableOffset(_transactions, highWatermark);

    internal static long LastStableOffset(IReadOnlyList<TransactionSpan> transactions, long highWatermark)
    {
        for (var i = 0; i < transactions.Count; i++)
        {
            if (transactions[i].LastOffset >= highWatermark)
                return Math.Min(highWatermark, transactions[i].FirstOffset);
        }
        return highWatermark;
    }

    /// <summary>The last stable offset right behind a marker, for the aborted transactions' index: the first transaction still open, or what follows.</summary>
    public long FirstOpenOffset(long otherwise)
    {
        foreach (var transaction in _transactions)
        {
            if (transaction.IsOpen)
                return transaction.FirstOffset;
        }
        return otherwise;
    }

    /// <summary>Forgets ended transactions whose marker lies below the high watermark; they hold nothing back any more.</summary>
    public void ForgetReplicated(long highWatermark)
    {
        if (_transactions.Count > 0 && _transactions.RemoveAll(t => t.LastOffset < highWatermark) > 0)
            TransactionsVersion++;
    }

    /// <summary>Forgets producers without an open transaction that were last heard longer ago (<c>producer.id.expiration.ms</c>).</summary>
    public int RemoveExpired(long nowMs, long expirationMs)
    {
        List<long>? expired = null;
        foreach (var state in _producers.Values)
        {
            if (state.CurrentTransactionFirstOffset < 0 && nowMs - state.LastTimestamp >= expirationMs)
                (expired ??= []).Add(state.ProducerId);
        }
        if (expired is null)
            return 0;
        foreach (var id in expired)
            _producers.Remove(id);
        return expired.Count;
    }

    public ProducerStateManager Copy() => new(this);

    /// <summary>Adds a producer that a snapshot names, or the next one of its batches.</summary>
    internal void Restore(ProducerState state)
    {
        if (_producers.TryGetValue(state.ProducerId, out var older) && older.ProducerEpoch == state.ProducerEpoch && state.BatchCount > 0)
            state.AddBefore(older);
        _producers[state.ProducerId] = state;
        if (state.CurrentTransactionFirstOffset >= 0)
            Insert(new TransactionSpan(state.ProducerId, state.CurrentTransactionFirstOffset, TransactionSpan.Open));
    }

    internal void Clear()
    {
        _producers.Clear();
        _transactions.Clear();
        TransactionsVersion++;
    }

    private CompletedTransaction? EndTransaction(ProducerState state, in BatchHeader batch, EndTransactionMarker marker)
    {
        state.CoordinatorEpoch = marker.CoordinatorEpoch;
        state.LastTimestamp = batch.MaxTimestamp;
        var first = state.CurrentTransactionFirstOffset;
        if (first < 0)
            return null;
        state.CurrentTransactionFirstOffset = -1;
        var at = _transactions.FindIndex(t => t.FirstOffset == first && t.ProducerId == state.ProducerId && t.IsOpen);
        Invariant.Check(at >= 0);
        _transactions[at] = _transactions[at] with { LastOffset = batch.LastOffset };
        TransactionsVersion++;
        return new CompletedTransaction(state.ProducerId, first, batch.LastOffset, !marker.IsCommit);
    }

    private void Insert(TransactionSpan span)
    {
        var at = _transactions.Count;
        while (at > 0 && _transactions[at - 1].FirstOffset > span.FirstOffset)
            at--;
        _transactions.Insert(at, span);
        TransactionsVersion++;
    }
}
