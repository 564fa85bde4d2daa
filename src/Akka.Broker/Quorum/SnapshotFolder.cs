using System.Globalization;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Quorum;

/// <summary>
/// The snapshots in the metadata log's folder, <c>00000000000000000042-0000000007.checkpoint</c>: up to offset 42, the last record before it of epoch 7. One that
/// is being written or fetched has <c>.tmp</c> behind its name; a start removes it.
/// </summary>
internal sealed class SnapshotFolder(IDisk disk, string folder)
{
    private const string Extension = ".checkpoint";
    private const string Unfinished = ".tmp";

    /// <summary>Whole ones, oldest first.</summary>
    public List<LogPosition> List() => [.. disk.FilesIn(folder).Select(Parse).Where(id => id is not null).Select(id => id!.Value).Order()];

    public SnapshotPiece? Read(LogPosition id, long position, int maxBytes)
    {
        var path = PathOf(id);
        if (!disk.FileExists(path))
            return null;
        using var file = disk.Open(path, DiskFileMode.Open);
        if (position > file.Length)
            return null;
        var bytes = new byte[Math.Min(maxBytes, file.Length - position)];
        return new SnapshotPiece(file.Length, bytes.AsMemory(0, file.Read(position, bytes)));
    }

    /// <summary>Null if there is none of this name.</summary>
    public ReadOnlyMemory<byte>? ReadWhole(LogPosition id) => Read(id, 0, int.MaxValue)?.Bytes;

    /// <summary>False too if there is none of this name.</summary>
    public bool IsWhole(LogPosition id) => ReadWhole(id) is { } bytes && SnapshotFile.IsWhole(bytes);

    public void WritePiece(LogPosition id, long position, ReadOnlyMemory<byte> bytes)
    {
        using var file = disk.Open(PathOf(id) + Unfinished, position == 0 ? DiskFileMode.Create : DiskFileMode.Open);
        file.Write(position, bytes.Span);
    }

    /// <summary>Checks what was written piece by piece, syncs it and gives it its name. False, and it is removed, if it is not whole.</summary>
    public bool Complete(LogPosition id)
    {
        var path = PathOf(id) + Unfinished;
        if (!disk.FileExists(path))
            return false;
        using (var file = disk.Open(path, DiskFileMode.Open))
        {
            var bytes = new byte[file.Length];
            if (file.Read(0, bytes) < bytes.Length || !SnapshotFile.IsWhole(bytes))
            {
                disk.DeleteFile(path);
                return false;
            }
            file.Sync();
        }
        disk.Move(path, PathOf(id));
        disk.SyncFolder(folder);
        return true;
    }

    /// <summary>Writes a whole one.</summary>
    public void Write(LogPosition id, IEnumerable<byte[]> batches)
    {
        var path = PathOf(id) + Unfinished;
        using (var file = disk.Open(path, DiskFileMode.Create))
        {
            var position = 0L;
            foreach (var batch in batches)
            {
                file.Write(position, batch);
                position += batch.Length;
            }
            file.Sync();
        }
        disk.Move(path, PathOf(id));
        disk.SyncFolder(folder);
    }

    public void Delete(LogPosition id) => disk.DeleteFile(PathOf(id));

    private static LogPosition? Parse(string name)
    {
        const int offsetDigits = 20;
        const int epochDigits = 10;
        return name.Length == offsetDigits + 1 + epochDigits + Extension.Length && name.EndsWith(Extension, StringComparison.Ordinal) && name[offsetDigits] == '-'
            && long.TryParse(name.AsSpan(0, offsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && int.TryParse(name.AsSpan(offsetDigits + 1, epochDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                ? new LogPosition(epoch, offset)
                : null;
    }

    private string PathOf(LogPosition id) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{id.Offset:D20}-{id.Epoch:D10}{Extension}"));
}
