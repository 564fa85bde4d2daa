namespace Akka.Broker.Storage.Epochs;

/// <summary>A leader epoch and the offset of the first record that was, or would be, written in it.</summary>
public readonly record struct EpochStart(int Epoch, long StartOffset);

/// <summary>The answer to "where does this epoch end in your log": the largest epoch not above the one asked for, and its end. Both -1: not known.</summary>
public readonly record struct EpochEnd(int Epoch, long EndOffset)
{
    public static readonly EpochEnd Unknown = new(-1, -1);
}

/// <summary>
/// The leader epochs of a log, by which replicas find where they diverge (KIP-101).
/// One writer, the folder's; any thread may ask, since the entries are an immutable array that is swapped whole.
/// <para>Invariants: epochs rise strictly and start offsets do not fall; nothing is negative.</para>
/// </summary>
public sealed class LeaderEpochCache
{
    private volatile EpochStart[] _entries;

    internal LeaderEpochCache(IReadOnlyList<EpochStart> entries)
    {
        for (var i = 1; i < entries.Count; i++)
            Invariant.Check(entries[i].Epoch > entries[i - 1].Epoch && entries[i].StartOffset >= entries[i - 1].StartOffset);
        _entries = [.. entries];
    }

    public IReadOnlyList<EpochStart> Entries => _entries;

    /// <summary>-1 without any.</summary>
    public int LatestEpoch => _entries is [.., var last] ? last.Epoch : -1;

    /// <summary>Whether the entries have changed since they were last written down.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>The epoch that the record at this offset was written in; -1 if not known.</summary>
    public int EpochOf(long offset)
    {
        var entries = _entries;
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            if (entries[i].StartOffset <= offset)
                return entries[i].Epoch;
        }
        return -1;
    }

    /// <summary>As OffsetForLeaderEpoch answers: the end of <paramref name="epoch"/>, or of the last one before it, in a log that ends at <paramref name="logEndOffset"/>.</summary>
    public EpochEnd EndOffsetFor(int epoch, long logEndOffset)
    {
        var entries = _entries;
        if (epoch < 0 || entries.Length == 0 || epoch > entries[^1].Epoch)
            return EpochEnd.Unknown;
        if (epoch == entries[^1].Epoch)
            return new EpochEnd(epoch, logEndOffset);
        var next = 0;
        while (entries[next].Epoch <= epoch)
            next++;
        // Older than all that is known: it ends where they begin.
        return new EpochEnd(next == 0 ? epoch : entries[next - 1].Epoch, entries[next].StartOffset);
    }

    /// <summary>Notes that an epoch begins. Of no effect unless it is newer than all others.</summary>
    internal void Assign(int epoch, long startOffset)
    {
        var entries = _entries;
        if (epoch < 0 || (entries.Length > 0 && epoch <= entries[^1].Epoch))
            return;
        Invariant.Check(startOffset >= 0 && (entries.Length == 0 || startOffset >= entries[^1].StartOffset));
        Swap([.. entries, new EpochStart(epoch, startOffset)]);
    }

    /// <summary>Forgets epochs that begin at or behind the new end of the log.</summary>
    internal void TruncateFromEnd(long endOffset)
    {
        var entries = _entries;
        var keep = entries.Length;
        while (keep > 0 && entries[keep - 1].StartOffset >= endOffset)
            keep--;
        if (keep < entries.Length)
            Swap(entries[..keep]);
    }

    /// <summary>Forgets epochs that end before the new start of the log; the one that holds it begins there.</summary>
    internal void TruncateFromStart(long startOffset)
    {
        var entries = _entries;
        var first = -1;
        while (first + 1 < entries.Length && entries[first + 1].StartOffset <= startOffset)
            first++;
        if (first < 0 || (first == 0 && entries[0].StartOffset == startOffset))
            return;
        EpochStart[] kept = [.. entries[first..]];
        kept[0] = kept[0] with { StartOffset = startOffset };
        Swap(kept);
    }

    internal void Clear()
    {
        if (_entries.Length > 0)
            Swap([]);
    }

    private void Swap(EpochStart[] entries)
    {
        _entries = entries;
        IsDirty = true;
    }
}
