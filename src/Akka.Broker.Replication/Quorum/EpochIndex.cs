namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// Which epoch begins where in a log, by which two logs find the point where they part. The first entry may be of the last record before the log's start,
/// which a snapshot holds; it has no records in the log.
/// <para>Invariants: epochs rise strictly; start offsets do not fall.</para>
/// </summary>
public sealed class EpochIndex
{
    private readonly List<(int Epoch, long Start)> _entries = [];
    private bool _hasFloor;

    /// <summary>-1 without any.</summary>
    public int Last => _entries is [.., var last] ? last.Epoch : -1;

    /// <summary>A record of the epoch is at the offset.</summary>
    public void Note(int epoch, long offset)
    {
        if (epoch == Last)
            return;
        Invariant.Check(epoch > Last && (_entries.Count == 0 || offset >= _entries[^1].Start));
        _entries.Add((epoch, offset));
    }

    public void TruncateTo(long endOffset)
    {
        var floor = _hasFloor ? 1 : 0;
        while (_entries.Count > floor && _entries[^1].Start >= endOffset)
            _entries.RemoveAt(_entries.Count - 1);
    }

    /// <summary>The log begins at the offset now, behind a record of <paramref name="epochBefore"/>; what it has of that epoch stays known.</summary>
    public void StartAt(long offset, int epochBefore)
    {
        _entries.RemoveAll(e => e.Start < offset || e.Epoch <= epochBefore);
        _entries.Insert(0, (epochBefore, offset));
        _hasFloor = true;
    }

    public void CopyFrom(EpochIndex other)
    {
        Clear();
        _entries.AddRange(other._entries);
        _hasFloor = other._hasFloor;
    }

    /// <summary>Nothing is known any more.</summary>
    public void Clear()
    {
        _entries.Clear();
        _hasFloor = false;
    }

    /// <summary>As <see cref="IQuorumLog.EndOf"/> of a log that ends at <paramref name="logEndOffset"/>.</summary>
    public LogPosition? EndOf(int epoch, long logEndOffset)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Epoch <= epoch)
                return new LogPosition(_entries[i].Epoch, i == _entries.Count - 1 ? logEndOffset : _entries[i + 1].Start);
        }
        return null;
    }
}
