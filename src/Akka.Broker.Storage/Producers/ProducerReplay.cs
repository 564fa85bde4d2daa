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
