using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>The segment of a log that begins at some offset now.</summary>
/// <param name="Segment">Not held.</param>
/// <param name="EndOffset">Where the next one begins, or the log ends.</param>
/// <param name="IsActive">It is appended to.</param>
internal readonly record struct SegmentAt(LogSegment Segment, long EndOffset, bool IsActive)
{
    /// <summary>Null if none begins there.</summary>
    public static SegmentAt? Find(PartitionLog log, long baseOffset)
    {
        var contents = log.Mutator.Contents;
        var at = Array.FindIndex(contents.Segments, s => s.BaseOffset == baseOffset);
        return at < 0 ? null : new SegmentAt(contents.Segments[at], contents.EndOf(at), at == contents.Segments.Length - 1);
    }
}
