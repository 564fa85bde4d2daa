using System.Runtime.CompilerServices;

namespace Akka.Broker.Storage.Producers;

/// <summary>One batch that a producer appended, kept to recognise it when it is sent again.</summary>
/// <param name="LastSequence">Of its last record.</param>
/// <param name="LastOffset">Of its last record.</param>
/// <param name="OffsetDelta">Last offset minus base offset; the sequences differ by as much.</param>
/// <param name="Timestamp">The batch's largest.</param>
public readonly record struct AppendedBatch(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public long BaseOffset => LastOffset - OffsetDelta;

    /// <summary>Numbers wrap from 2^31-1 to 0.</summary>
    public int BaseSequence => (int)(((long)LastSequence - OffsetDelta) & int.MaxValue);
}

/// <summary>
/// What a partition remembers of one idempotent producer: its epoch, its last five batches of that epoch, its open transaction.
/// Belongs to one <see cref="ProducerStateManager"/>.
/// </summary>
public sealed class ProducerState
{
    /// <summary>A producer has at most this many requests in flight, so no older batch can come again.</summary>
    public const int BatchesMax = 5;

    private Batches _batches;

    internal ProducerState(long producerId) => ProducerId = producerId;

    public long ProducerId { get; }

    public short ProducerEpoch { get; internal set; } = -1;

    /// <summary>Of the last transaction marker; -1 without one.</summary>
    public int CoordinatorEpoch { get; internal set; } = -1;

    /// <summary>Of the last batch or marker.</summary>
    public long LastTimestamp { get; internal set; } = -1;

    /// <summary>Where the open transaction begins; -1 if none is open.</summary>
    public long CurrentTransactionFirstOffset { get; internal set; } = -1;

    public int BatchCount { get; private set; }

    /// <summary>-1 without a batch of this epoch.</summary>
    public int LastSequence => BatchCount == 0 ? -1 : _batches[BatchCount - 1].LastSequence;

    /// <summary>-1 without a batch of this epoch.</summary>
    public long LastDataOffset => BatchCount == 0 ? -1 : _batches[BatchCount - 1].LastOffset;

    /// <summary>The newest batch; only with a <see cref="BatchCount"/> above zero.</summary>
    public AppendedBatch LastBatch => _batches[BatchCount - 1];

    /// <summary>The oldest that is remembered is at 0.</summary>
    public AppendedBatch BatchAt(int index) => index < BatchCount ? _batches[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public bool TryFindBatch(int baseSequence, int lastSequence, out AppendedBatch batch)
    {
        for (var i = 0; i < BatchCount; i++)
        {
            batch = _batches[i];
            if (batch.BaseSequence == baseSequence && batch.LastSequence == lastSequence)
                return true;
        }
        batch = default;
        return false;
    }

    internal void Add(AppendedBatch batch)
    {
        if (BatchCount == BatchesMax)
        {
            for (var i = 1; i < BatchesMax; i++)
                _batches[i - 1] = _batches[i];
            BatchCount--;
        }
        _batches[BatchCount++] = batch;
        LastTimestamp = batch.Timestamp;
    }

    /// <summary>Takes another's batches as those that came before its own one.</summary>
    internal void AddBefore(ProducerState older)
    {
        Invariant.Check(BatchCount == 1);
        var (last, timestamp) = (LastBatch, LastTimestamp);
        (_batches, BatchCount) = (older._batches, older.BatchCount);
        Add(last);
        LastTimestamp = timestamp;
    }

    internal void ForgetBatches() => BatchCount = 0;

    internal ProducerState Copy() => (ProducerState)MemberwiseClone();

    [InlineArray(BatchesMax)]
    private struct Batches
    {
        private AppendedBatch _first;
    }
}
