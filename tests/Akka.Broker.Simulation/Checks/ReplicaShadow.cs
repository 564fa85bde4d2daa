using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Checks;

/// <summary>What one replica's log holds, noted beside it at every change, so that the checkers need not read disks.</summary>
internal sealed class ReplicaShadow
{
    private readonly List<LedgerBatch> _batches = [];

    // What was cut off may come back by a crash: the cut was not synced.
    private readonly HashSet<LedgerBatch> _cut = [];

    public IReadOnlyList<LedgerBatch> Batches => _batches;

    /// <summary>The log's end; where it is empty, where it starts.</summary>
    public long End => _batches.Count > 0 ? _batches[^1].NextOffset : Start;

    public long Start { get; private set; }

    /// <summary>How many of the first batches were found to be what was promised.</summary>
    public int Checked { get; set; }

    /// <summary>What the replica has lost since it was last in sync; in the order of offsets.</summary>
    public List<LedgerBatch> LostTail { get; } = [];

    /// <summary>Wiped, rolled back, or without a record that was acknowledged; until the replica is in sync again.</summary>
    public bool IsLost { get; set; }

    /// <summary>It was in the ISR at some time since the partition was assigned to it.</summary>
    public bool HasBeenInSync { get; set; }

    /// <summary>The node has registered since it lost: only then can it come back into the ISR.</summary>
    public bool HasRegisteredSince { get; set; }

    public void Append(LedgerBatch batch)
    {
        if (batch.BaseOffset < End)
            throw new InvariantBrokenException($"A batch {batch} was appended behind the log's end {End}");
        _batches.Add(batch);
    }

    /// <summary>Takes away what lies at and behind an offset, and with it the batch that holds the offset.</summary>
    public void TruncateTo(long offset)
    {
        var keep = _batches.Count;
        while (keep > 0 && _batches[keep - 1].NextOffset > offset)
            _cut.Add(_batches[--keep]);
        _batches.RemoveRange(keep, _batches.Count - keep);
        Checked = Math.Min(Checked, keep);
    }

    public void RestartAt(long offset)
    {
        _cut.UnionWith(_batches);
        _batches.Clear();
        Checked = 0;
        Start = offset;
    }

    /// <summary>The log was opened again: what is in it now. Returns what was there before and is not any more.</summary>
    public List<LedgerBatch> Reopen(IReadOnlyList<LedgerBatch> found, bool mayDiffer)
    {
        var same = 0;
        while (same < found.Count && same < _batches.Count && found[same] == _batches[same])
            same++;
        if (same < found.Count && !mayDiffer && !found.Skip(same).All(_cut.Contains))
            throw new InvariantBrokenException($"Recovery found {found[same]} where {(same < _batches.Count ? _batches[same] : "nothing")} was written");
        var gone = _batches[same..];
        _batches.Clear();
        _batches.AddRange(found);
        _cut.UnionWith(gone);
        Checked = Math.Min(Checked, same);
        return gone;
    }

    /// <summary>The batch that begins at the offset.</summary>
    public bool TryFind(long baseOffset, out LedgerBatch batch)
    {
        int low = 0, high = _batches.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_batches[middle].BaseOffset == baseOffset)
            {
                batch = _batches[middle];
                return true;
            }
            if (_batches[middle].BaseOffset < baseOffset)
                low = middle + 1;
            else
                high = middle - 1;
        }
        batch = default;
        return false;
    }
}
