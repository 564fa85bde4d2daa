using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// One uninterrupted run of delivering a partition: from an assignment or a seek to the next seek, or to the loss of the partition. The consumer's actor makes, pauses and
/// closes it; the one reader of the records moves its positions. What a reader still finishes under a closed one may be committed yet; nothing more is delivered.
/// <para>
/// A reader takes hold before it looks whether the run is closed, the actor closes before it looks whether it is held: one of them sees the other.
/// </para>
/// <para>Invariants: finished ≤ position; both only rise.</para>
/// </summary>
/// <param name="partition">Whose run it is.</param>
/// <param name="offset">Where it begins.</param>
/// <param name="epoch">The leader epoch of the record before, -1 if unknown.</param>
/// <param name="released">Told when a closed run is held no more; any thread.</param>
internal sealed class PartitionDelivery(TopicPartition partition, long offset, int epoch, Action? released = null)
{
    private long _position = offset;
    private long _finished = offset;
    private int _finishedEpoch = epoch;
    private long _lastTimestampMs = -1;
    private long _bufferedBytes;
    private int _isClosed;
    private int _isPaused;
    private int _isHeld;

    public TopicPartition Partition { get; } = partition;

    /// <summary>The offset of the next record to be delivered.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>The offset up to which all is handled: what may be committed.</summary>
    public long Finished => Volatile.Read(ref _finished);

    /// <summary>The leader epoch of the last record before <see cref="Finished"/>, -1 if unknown.</summary>
    public int FinishedEpoch => Volatile.Read(ref _finishedEpoch);

    /// <summary>Of the record that was delivered last, -1 before the first.</summary>
    public long LastTimestampMs => Volatile.Read(ref _lastTimestampMs);

    /// <summary>Fetched and not read to the end yet.</summary>
    public long BufferedBytes => Volatile.Read(ref _bufferedBytes);

    /// <summary>The partition was revoked or moved: nothing more of this run is to be delivered.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>What is fetched stays; the reader takes the records of other partitions meanwhile.</summary>
    public bool IsPaused
    {
        get => Volatile.Read(ref _isPaused) != 0;
        set => Volatile.Write(ref _isPaused, value ? 1 : 0);
    }

    /// <summary>The reader, or a handler behind it, is at a record of this run: whoever takes the partition away waits for that a while.</summary>
    public bool IsHeld => Volatile.Read(ref _isHeld) != 0;

    public void Close() => Interlocked.Exchange(ref _isClosed, 1);

    /// <summary>False, and not held, if the run is closed.</summary>
    public bool TryHold()
    {
        Interlocked.Exchange(ref _isHeld, 1);
        if (!IsClosed)
            return true;
        Unhold();
        return false;
    }

    public void Unhold()
    {
        Interlocked.Exchange(ref _isHeld, 0);
        if (IsClosed)
            released?.Invoke();
    }

    /// <summary>The reader has delivered, or passed over, all before <paramref name="next"/>.</summary>
    public void MoveTo(long next, long timestampMs = -1)
    {
        Volatile.Write(ref _position, next);
        if (timestampMs >= 0)
            Volatile.Write(ref _lastTimestampMs, timestampMs);
    }

    public void FinishTo(long next, int lastEpoch)
    {
        Volatile.Write(ref _finishedEpoch, lastEpoch);
        Volatile.Write(ref _finished, next);
    }

    public void AddBuffered(long bytes) => Interlocked.Add(ref _bufferedBytes, bytes);
}
