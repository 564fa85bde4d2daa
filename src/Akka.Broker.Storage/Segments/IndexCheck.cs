using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// Holds a segment's indexes against its batches, which it is told of in order. An index is sound if no lookup by it misses a record; an entry that only makes one
/// slower is not looked for.
/// <code>
///   .index       each entry names the start of a batch, and an offset at or behind that batch's base; both rise
///   .timeindex   all records before an entry's offset are older than its timestamp; the last entry of a closed segment is its youngest record
///   .txnindex    each entry is of an abort marker that is there
/// </code>
/// An index that the disk does not give is not sound. One thread.
/// </summary>
internal sealed class IndexCheck
{
    private readonly OffsetIndex _offsets;
    private readonly TimeIndex _times;
    private readonly List<(long ProducerId, long Offset)> _aborts = [];
    private (int At, long Offset, int Position, bool Exists) _entry;
    private (int At, long Timestamp, long Offset, bool Exists) _time;
    private long _youngest = -1;

    public IndexCheck(OffsetIndex offsets, TimeIndex times)
    {
        (_offsets, _times) = (offsets, times);
        ReadEntry(0);
        ReadTime(0);
    }

    /// <summary>What is wrong with the offset index; null: nothing so far.</summary>
    public string? OffsetFault { get; private set; }

    /// <summary>As <see cref="OffsetFault"/>, of the time index.</summary>
    public string? TimeFault { get; private set; }

    public void OnBatch(in BatchHeader batch, long position, ReadOnlyMemory<byte> bytes)
    {
        while (OffsetFault is null && _entry.Exists && _entry.Position <= position)
            TakeEntry(batch, position);
        while (TimeFault is null && _time.Exists && _time.Offset <= batch.LastOffset)
            TakeTime();
        if (batch.RecordCount > 0)
            _youngest = Math.Max(_youngest, batch.MaxTimestamp);
        if (batch is { IsControl: true, RecordCount: > 0 } && EndTransactionMarker.TryRead(new RecordBatch(bytes), out var marker) && !marker.IsCommit)
            _aborts.Add((batch.ProducerId, batch.LastOffset));
    }

    /// <summary>Of a closed segment, of which all batches were told: its indexes are complete, and name nothing behind its end.</summary>
    public string? FaultOfClosed(TransactionIndex transactions)
    {
        if (OffsetFault is null && _entry.Exists)
            OffsetFault = $"entry {_entry.At} of the offset index names byte {_entry.Position}, behind the segment's last batch";
        try
        {
            _times.TryRead(_times.Entries.Count - 1, out var last, out _);
            if (TimeFault is null && (_time.Exists || last != _youngest))
                TimeFault = $"the time index ends with timestamp {last}, and the segment's youngest record has {_youngest}";
            return OffsetFault ?? TimeFault ?? TransactionFault(transactions);
        }
        catch (IOException unreadable)
        {
            return Unreadable(unreadable);
        }
    }

    private static string Unreadable(IOException cause) => $"an index cannot be read: {cause.Message}";

    private void TakeEntry(in BatchHeader batch, long position)
    {
        var entry = _entry;
        if (entry.Position < position || entry.Offset < batch.BaseOffset)
        {
            OffsetFault = $"entry {entry.At} of the offset index says that offset {entry.Offset} is in the batch at byte {entry.Position}; there is none that holds it";
            return;
        }

        ReadEntry(entry.At + 1);
        if (_entry.Exists && (_entry.Offset <= entry.Offset || _entry.Position <= entry.Position))
            OffsetFault = $"entry {_entry.At} of the offset index says {_entry.Offset} at byte {_entry.Position}, the one before it {entry.Offset} at {entry.Position}; both must rise";
    }

    private void TakeTime()
    {
        var entry = _time;
        if (_youngest >= entry.Timestamp)
        {
            TimeFault = $"entry {entry.At} of the time index says that timestamp {entry.Timestamp} is reached at offset {entry.Offset}; there is a record of {_youngest} before that";
            return;
        }

        ReadTime(entry.At + 1);
        if (_time.Exists && (_time.Timestamp <= entry.Timestamp || _time.Offset < entry.Offset))
            TimeFault = $"entry {_time.At} of the time index says {_time.Timestamp} at offset {_time.Offset}, the one before it {entry.Timestamp} at {entry.Offset}; both must rise";
    }

    private string? TransactionFault(TransactionIndex transactions)
    {
        Span<byte> entry = stackalloc byte[AbortedTransaction.SizeInBytes];
        for (var i = 0; transactions.Entries.TryRead(i, entry); i++)
        {
            var aborted = AbortedTransaction.Read(entry);
            if (aborted.FirstOffset > aborted.LastOffset || !_aborts.Contains((aborted.ProducerId, aborted.LastOffset)))
                return $"entry {i} of the transaction index names an abort at offset {aborted.LastOffset}, and there is none of producer {aborted.ProducerId}";
        }

        return null;
    }

    private void ReadEntry(int at)
    {
        try
        {
            var exists = _offsets.TryRead(at, out var offset, out var position);
            _entry = (at, offset, position, exists);
        }
        catch (IOException unreadable)
        {
            OffsetFault = Unreadable(unreadable);
        }
    }

    private void ReadTime(int at)
    {
        try
        {
            var exists = _times.TryRead(at, out var timestamp, out var offset);
            _time = (at, timestamp, offset, exists);
        }
        catch (IOException unreadable)
        {
            TimeFault = Unreadable(unreadable);
        }
    }
}
