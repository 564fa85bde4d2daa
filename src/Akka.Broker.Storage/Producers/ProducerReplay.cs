using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Producers;

/// <summary>Makes the producers' state of a log's folder again: the newest good snapshot, and the headers of the batches behind it.</summary>
internal static class ProducerReplay
{
    public static ProducerStateManager Rebuild(IReadOnlyList<LogSegment> segments, ProducerSnapshotFiles snapshots, long endOffset)
    {
        var newest = snapshots.NewestAtMost(endOffset);
        var producers = newest?.Producers ?? new ProducerStateManager();
        // A snapshot before the first segment says nothing of what was deleted in between.
        if (newest is { } found && found.Offset < segments[0].BaseOffset)
            producers = new ProducerStateManager();
        var from = Math.Max(newest?.Offset ?? 0, segments[0].BaseOffset);
        for (var i = 0; i < segments.Count; i++)
        {
            var next = i + 1 < segments.Count ? segments[i + 1].BaseOffset : endOffset;
            if (next > from)
                Replay(segments[i], producers, from, endOffset);
        }
        return producers;
    }

    /// <summary>Takes one batch. If it is the marker that aborts a transaction, that is returned, for the index of the segment that holds the marker.</summary>
    public static AbortedTransaction? Take(ProducerStateManager producers, in BatchHeader batch, ReadOnlyMemory<byte> bytes)
    {
        if (batch.ProducerId < 0)
            return null;
        EndTransactionMarker? marker = batch.IsControl && EndTransactionMarker.TryRead(new RecordBatch(bytes), out var end) ? end : null;
        return producers.Update(batch, marker) is { IsAborted: true } aborted
            ? new AbortedTransaction(aborted.ProducerId, aborted.FirstOffset, aborted.LastOffset, producers.FirstOpenOffset(aborted.LastOffset + 1))
            : null;
    }

    /// <summary>Takes the segment's batches that begin in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public static void Replay(LogSegment segment, ProducerStateManager producers, long from, long to)
    {
        var batches = new BatchScanner(segment.LogFile, segment.OffsetIndex.PositionFor(from), segment.Size);
        try
        {
            while (batches.MoveNext() && batches.Current.BaseOffset < to)
            {
                if (batches.Current.BaseOffset >= from && batches.Current.ProducerId >= 0)
                    producers.Update(batches.Current, batches.ReadMarker());
            }
        }
        finally
        {
            batches.Dispose();
        }
    }
}
