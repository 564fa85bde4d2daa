using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// What a log holds at one moment, for readers: the segments, how much of the last one is written, and the offset behind that. Immutable.
/// <para>Invariants: the bytes below <see cref="SizeOf"/> are whole batches with offsets below <see cref="EndOffset"/>, and all of them.</para>
/// </summary>
internal sealed class LogContents(LogSegment[] segments, int activeSize, long endOffset)
{
    public LogSegment[] Segments { get; } = segments;

    public long EndOffset { get; } = endOffset;

    public int SizeOf(int index) => index == Segments.Length - 1 ? activeSize : Segments[index].Size;

    /// <summary>All batches of the segment have offsets below this.</summary>
    public long EndOf(int index) => index == Segments.Length - 1 ? EndOffset : Segments[index + 1].BaseOffset;
}
