using System.Buffers.Binary;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// A segment's <c>.timeindex</c>: the largest timestamp so far, noted wherever <see cref="OffsetIndex"/> has an entry and when the segment is sealed,
/// if it has risen since the last note.
/// <code>
/// 0 int64 timestamp
/// 8 int32 offset of the first record that has it, minus the segment's base offset; of the batch's last record if the batch is compressed or
///         stamped by the broker
/// </code>
/// Threads and crashes: see <see cref="EntryFile"/>.
/// </summary>
internal sealed class TimeIndex(IDisk disk, string path, long baseOffset) : IDisposable
{
    public const int EntrySize = 12;

    public EntryFile Entries { get; } = new(disk, path, EntrySize);

    /// <summary>Appends unless the last entry's timestamp is as large.</summary>
    public void MaybeAppend(long timestamp, long offset)
    {
        var lastTimestamp = TryRead(Entries.Count - 1, out var last, out _) ? last : -1;
        if (timestamp <= lastTimestamp)
            return;
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt64BigEndian(entry, timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], checked((int)(offset - baseOffset)));
        Entries.Append(entry);
    }

    /// <summary>All records with a timestamp above this one lie behind the offset returned, or at it.</summary>
    public long OffsetFor(long timestamp)
    {
        var at = Entries.LastAtMost(EntryKey.Int64At0, timestamp);
        return at >= 0 && TryRead(at, out _, out var offset) ? offset : baseOffset;
    }

    public bool TryRead(int index, out long timestamp, out long offset)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        var found = Entries.TryRead(index, entry);
        timestamp = found ? BinaryPrimitives.ReadInt64BigEndian(entry) : -1;
        offset = found ? baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[8..]) : -1;
        return found;
    }

    /// <summary>Keeps the entries of offsets below this.</summary>
    public void TruncateTo(long endOffset) => Entries.Truncate(Entries.LastAtMost(EntryKey.Int32At8, endOffset - 1 - baseOffset) + 1);

    public void Dispose() => Entries.Dispose();
}
