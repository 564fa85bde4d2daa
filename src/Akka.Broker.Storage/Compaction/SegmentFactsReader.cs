using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>Reads what planning needs to know. Any thread.</summary>
internal static class SegmentFactsReader
{
    public static SegmentFacts[] Read(LogSegment[] segments, IDisk disk, LogConfig config)
    {
        var facts = new SegmentFacts[segments.Length];
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            // The active segment's times do not matter, and the others' only with a lag.
            var isActive = i == segments.Length - 1;
            facts[i] = new SegmentFacts(
                segment.BaseOffset,
                segment.Size,
                segment.OffsetIndex.Entries.Count * OffsetIndex.EntrySize,
                segment.TimeIndex.Entries.Count * TimeIndex.EntrySize,
                isActive || config.MinCompactionLagMs == 0 ? 0 : RetentionRules.LastTimeOf(segment, disk),
                isActive || config.MaxCompactionLagMs == long.MaxValue ? long.MaxValue : FirstTimeOf(segment));
        }
        return facts;
    }

    private static long FirstTimeOf(LogSegment segment)
    {
        if (!segment.TryAcquire())
            return long.MaxValue;
        try
        {
            Span<byte> header = stackalloc byte[RecordBatch.HeaderSize];
            return segment.Size >= header.Length && segment.LogFile.Read(0, header) == header.Length && new BatchHeader(header).MaxTimestamp is >= 0 and var time
                ? time
                : long.MaxValue;
        }
        finally
        {
            segment.Release();
        }
    }
}
