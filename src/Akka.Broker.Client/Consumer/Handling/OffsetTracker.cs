namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Which records of a partition are handled, where handlers finish in any order: what may be committed is the contiguous finished prefix, so that a crash delivers again what was
/// not finished, and skips nothing. A ring of what was begun, in order of offsets, which may have gaps. One thread.
/// <para>Invariants: offsets in the ring rise; its first is unfinished; <see cref="Committable"/> only rises.</para>
/// </summary>
internal sealed class OffsetTracker(long offset, int epoch)
{
    private Entry[] _ring = new Entry[16];
    private int _head;
    private long _end = offset;
    private int _endEpoch = epoch;
    private int _committableEpoch = epoch;

    /// <summary>Records begun and not yet behind <see cref="Committable"/>: how far the newest is ahead.</summary>
    public int Ahead { get; private set; }

    /// <summary>All before this offset is finished.</summary>
    public long Committable => Ahead == 0 ? _end : _ring[_head].Offset;

    /// <summary>The leader epoch of the last record before <see cref="Committable"/>.</summary>
    public int CommittableEpoch => Ahead == 0 ? _endEpoch : _committableEpoch;

    public void Begin(long recordOffset, int recordEpoch)
    {
        Invariant.Check(recordOffset >= _end);
        if (Ahead == _ring.Length)
            Grow();
        _ring[(_head + Ahead) & (_ring.Length - 1)] = new Entry(recordOffset, recordEpoch, false);
        Ahead++;
        _end = recordOffset + 1;
        _endEpoch = recordEpoch;
    }

    /// <summary>What lies between the last record that was begun and this offset is none of the handlers' business.</summary>
    public void PassTo(long next)
    {
        if (next > _end)
            _end = next;
    }

    /// <exception cref="InvariantViolatedException">It was not begun, or is finished already.</exception>
    public void Finish(long recordOffset)
    {
        var at = Find(recordOffset);
        Invariant.Check(at >= 0 && !_ring[at].IsFinished);
        _ring[at].IsFinished = true;
        while (Ahead > 0 && _ring[_head].IsFinished)
        {
            _committableEpoch = _ring[_head].Epoch;
            _head = (_head + 1) & (_ring.Length - 1);
            Ahead--;
        }
    }

    private int Find(long recordOffset)
    {
        int low = 0, high = Ahead - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var at = (_head + middle) & (_ring.Length - 1);
            if (_ring[at].Offset == recordOffset)
                return at;
            if (_ring[at].Offset < recordOffset)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (var i = 0; i < Ahead; i++)
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }

    private record struct Entry(long Offset, int Epoch, bool IsFinished);
}
