using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// The voter sets that a log holds, by offset. The newest counts from the moment it is appended, committed or not, and no longer when it is truncated
/// away.
/// <para>Invariants: offsets rise strictly, and consecutive sets differ by at most one voter unless a snapshot lies between them.</para>
/// </summary>
public sealed class VoterHistory
{
    // The first entry is what was there before the log's first voter record: of a snapshot, or of the first formation, at offset -1.
    private readonly List<(long Offset, VoterSet Voters)> _entries = [];

    /// <param name="before">What counts where neither log nor snapshot names voters.</param>
    public VoterHistory(VoterSet before) => _entries.Add((-1, before));

    public VoterSet Latest => _entries[^1].Voters;

    /// <summary>Of <see cref="Latest"/>; -1 if no record of the log names it.</summary>
    public long LatestOffset => _entries[^1].Offset;

    /// <param name="log">Is read from its start.</param>
    /// <param name="first">What counts where neither log nor snapshot names voters.</param>
    public static VoterHistory Of(IQuorumLog log, VoterSet first)
    {
        const int readBytes = 1 << 20;
        var history = new VoterHistory(first);
        if (log.Snapshot is { } snapshot && VotersOf(log, snapshot) is { } voters)
            history.Reset(log.StartOffset, voters);
        for (var offset = log.StartOffset; offset < log.EndOffset;)
        {
            var batches = log.Read(offset, readBytes);
            history.Note(batches);
            for (var rest = batches; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
                offset = batch.NextOffset;
            Invariant.Check(!batches.IsEmpty);
        }
        return history;
    }

    /// <summary>They stand at its beginning.</summary>
    public static VoterSet? VotersOf(IQuorumLog log, LogPosition snapshot)
    {
        const int readBytes = 1 << 16;
        return log.ReadSnapshot(snapshot, 0, readBytes) is { } piece && ControlBatches.TryFindVoters(piece.Bytes, out _, out var voters) ? voters : null;
    }

    /// <summary>What the log's part before the offset says.</summary>
    public VoterSet At(long offset)
    {
        var i = _entries.Count - 1;
        while (i > 0 && _entries[i].Offset >= offset)
            i--;
        return _entries[i].Voters;
    }

    /// <summary>Takes what batches that were appended say of voters. True if they say something.</summary>
    public bool Note(ReadOnlyMemory<byte> batches)
    {
        if (!ControlBatches.TryFindVoters(batches, out var offset, out var voters))
            return false;
        Invariant.Check(offset > LatestOffset);
        _entries.Add((offset, voters));
        return true;
    }

    /// <summary>True if the newest set was truncated away.</summary>
    public bool TruncateTo(long endOffset)
    {
        var count = _entries.Count;
        while (_entries.Count > 1 && LatestOffset >= endOffset)
            _entries.RemoveAt(_entries.Count - 1);
        return _entries.Count < count;
    }

    /// <summary>A snapshot stands for all before its offset.</summary>
    public void StartAt(long offset)
    {
        var at = _entries.FindLastIndex(e => e.Offset < offset);
        if (at > 0)
            _entries.RemoveRange(0, at);
    }

    /// <summary>A snapshot has replaced the log.</summary>
    public void Reset(long offset, VoterSet voters)
    {
        _entries.Clear();
        _entries.Add((offset - 1, voters));
    }
}
