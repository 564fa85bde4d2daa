using System.Buffers.Binary;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// A segment's <c>.index</c>: from offsets to places in the <c>.log</c>, sparse.
/// <code>
/// 0 int32 last offset of a batch, minus the segment's base offset
/// 4 int32 position of the batch
/// </code>
/// An entry is made for the first batch that begins more than <c>index.interval.bytes</c> behind the last one that got an entry (or the file's start).
/// Threads and crashes: see <see cref="EntryFile"/>.
/// </summary>
internal sealed class OffsetIndex(IDisk disk, string path, long baseOffset) : IDisposable
{
    public const int EntrySize = 8;

    public EntryFile Entries { get; } = new(disk, path, EntrySize);

    public void Append(long lastOffset, int position)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt32BigEndian(entry, checked((int)(lastOffset - baseOffset)));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
        Entries.Append(entry);
    }

    /// <summary>Where to begin to look for an offset: a batch's position, at or before the one that holds it.</summary>
    public int PositionFor(long offset)
    {
        var at = Entries.LastAtMost(EntryKey.Int32At0, offset - baseOffset);
        return at >= 0 && TryRead(at, out _, out var position) ? position : 0;
    }

    public bool TryRead(int index, out long offset, out int position)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        var found = Entries.TryRead(index, entry);
        offset = found ? baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry) : -1;
        position = found ? BinaryPrimitives.ReadInt32BigEndian(entry[4..]) : 0;
        return found;
    }

    /// <summary>Keeps the entries of offsets below this.</summary>
    public void TruncateTo(long endOffset) => Entries.Truncate(Entries.LastAtMost(EntryKey.Int32At0, endOffset - 1 - baseOffset) + 1);

    public void Dispose() => Entries.Dispose();
}
