using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage;

/// <summary>
/// A file in a data folder that holds nothing but space. The reserve of <see cref="SpaceGuard"/> is only not used by this broker; another program, or the broker's own
/// metadata, can fill the disk to the last byte, and then a node could not start: it has to write that it did. The ballast is thrown off for that.
/// <code>
///   free ≥ reserve ─▶ written      free &lt; half of it, at a start or later ─▶ deleted: so much is free for metadata, checkpoints and votes
/// </code>
/// An eighth of the reserve, of which it is a part, 8 MiB at most. A crash while it is written leaves a part of it, and it is written anew. One thread at a time.
/// </summary>
internal sealed class Ballast(LogEnvironment environment, string folder, long reserveBytes)
{
    private const long BytesMax = 8 * 1024 * 1024;
    private const int ChunkBytes = 64 * 1024;

    private readonly string _path = Path.Combine(folder, LogFileNames.Ballast);
    private long _bytes = -1;

    private IDisk Disk => environment.Disk;

    /// <summary>What it holds now.</summary>
    public long Bytes => Math.Max(0, _bytes);

    /// <summary>Looks at the disk and writes the ballast or throws it off.</summary>
    public void Mind()
    {
        if (reserveBytes == 0)
            return;
        var space = Disk.SpaceOf(folder);
        var reserve = Math.Min(reserveBytes, space.TotalBytes / 10);
        var bytes = Math.Min(BytesMax, reserve / 8);
        if (_bytes < 0)
            _bytes = Math.Max(0, Disk.FileLength(_path));
        if (_bytes > 0 && space.FreeBytes < bytes / 2)
            Drop(space.FreeBytes);
        else if (_bytes < bytes && space.FreeBytes >= reserve)
            Take(bytes);
    }

    private void Drop(long free)
    {
        Disk.DeleteFile(_path);
        environment.Tell(LogEventLevel.Warning, folder, $"The disk has {free} bytes left; {_bytes} that were held for this ({LogFileNames.Ballast}) are given back, so that the broker itself can go on. Free some space.");
        _bytes = 0;
    }

    private void Take(long bytes)
    {
        try
        {
            using var file = Disk.Open(_path, DiskFileMode.Create);
            // Written, since what is only a length takes no space.
            var chunk = new byte[ChunkBytes];
            for (var at = 0L; at < bytes; at += ChunkBytes)
                file.Write(at, chunk.AsSpan(0, (int)Math.Min(ChunkBytes, bytes - at)));
            _bytes = bytes;
        }
        catch (DiskFullException)
        {
            Disk.DeleteFile(_path);
            _bytes = 0;
        }
    }
}
