using System.Buffers.Binary;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>How far a log was synced, for certain: the epoch of the last record and the offset behind it.</summary>
public readonly record struct SyncedEnd(int Epoch, long Offset)
{
    public bool IsBehind(SyncedEnd other) => Epoch < other.Epoch || (Epoch == other.Epoch && Offset < other.Offset);
}

/// <summary>
/// A log's <c>synced-end</c> (<see cref="LogConfig.NotesSyncedEnd"/>): what tells a tail that a crash has torn, which nobody was told of, from records that were synced and
/// are damaged. No look at the log can: both are bytes at its end that are no whole batch.
/// <code>
/// byte 0     number, 8 bytes │ epoch, 4 │ offset, 8 │ CRC-32C of these, 4       the slot with the higher number counts
/// byte 4096  the same, written in turn
///
///   append ─▶ log written ─▶ log synced ─▶ noted here, synced ─▶ whoever appended is answered
///   cut    ─▶ lowered here, synced ─▶ the log is cut
/// </code>
/// <para>
/// Invariants: what is noted was synced before, and a cut that was asked for is noted before it is made: so a log that ends before it has lost what it had synced, whatever
/// crashed when. Noting never lowers it.
/// </para>
/// A crash leaves the note before or the new one: they lie in different sectors. On a disk without space the note stays behind, and what it does not say is not known. The
/// folder's writer changes it; any thread reads.
/// </summary>
internal sealed class SyncedEndFile(IDisk disk, string folder) : IDisposable
{
    private const int SlotBytes = 24;
    private const int SlotDistance = 4096;

    private readonly string _path = Path.Combine(folder, LogFileNames.SyncedEnd);
    private IDiskFile? _file;
    private long _number;
    private volatile Noted? _noted;

    /// <summary>Null: nothing was ever noted, or neither slot is whole.</summary>
    public SyncedEnd? End => _noted?.End;

    /// <summary>Reads what is there.</summary>
    public static SyncedEndFile Open(IDisk disk, string folder)
    {
        var opened = new SyncedEndFile(disk, folder);
        if (Find(disk, folder) is var (number, end))
            (opened._number, opened._noted) = (number, new Noted(end));
        return opened;
    }

    /// <summary>All before it is synced. Of no effect if more is noted.</summary>
    public void Raise(SyncedEnd end)
    {
        if (_noted is { } noted && !noted.End.IsBehind(end))
            return;
        try
        {
            Write(end);
        }
        catch (DiskFullException)
        {
            // Records go on to be synced and answered, as before anything was noted.
        }
    }

    /// <summary>The log is to be cut there. Of no effect if no more is noted, or nothing.</summary>
    public void Lower(SyncedEnd end)
    {
        if (_noted is { } noted && noted.End.Offset > end.Offset)
            Write(end);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Write(SyncedEnd end)
    {
        if (_file is null)
        {
            var isNew = !disk.FileExists(_path);
            _file = disk.Open(_path, DiskFileMode.OpenOrCreate);
            if (isNew)
            {
                // Its blocks are there from now on: later notes need no space.
                _file.Write(0, new byte[SlotDistance + SlotBytes]);
                _file.Sync();
                disk.SyncFolder(folder);
            }
        }
        Span<byte> slot = stackalloc byte[SlotBytes];
        BinaryPrimitives.WriteInt64BigEndian(slot, _number + 1);
        BinaryPrimitives.WriteInt32BigEndian(slot[8..], end.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(slot[12..], end.Offset);
        BinaryPrimitives.WriteUInt32BigEndian(slot[20..], RecordBatch.Crc32C(slot[..20]));
        _file.Write((_number + 1) % 2 * SlotDistance, slot);
        _file.Sync();
        _number++;
        _noted = new Noted(end);
    }

    private static (long Number, SyncedEnd End)? Find(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, LogFileNames.SyncedEnd);
        if (!disk.FileExists(path))
            return null;
        using var file = disk.Open(path, DiskFileMode.Open);
        (long Number, SyncedEnd End)? newest = null;
        var slot = new byte[SlotBytes];
        foreach (var position in (ReadOnlySpan<int>)[0, SlotDistance])
        {
            if (file.Read(position, slot) < SlotBytes || BinaryPrimitives.ReadUInt32BigEndian(slot.AsSpan(20)) != RecordBatch.Crc32C(slot.AsSpan(0, 20)))
                continue;
            var number = BinaryPrimitives.ReadInt64BigEndian(slot);
            if (number > 0 && !(newest?.Number > number))
                newest = (number, new SyncedEnd(BinaryPrimitives.ReadInt32BigEndian(slot.AsSpan(8)), BinaryPrimitives.ReadInt64BigEndian(slot.AsSpan(12))));
        }
        return newest;
    }

    private sealed record Noted(SyncedEnd End);
}
