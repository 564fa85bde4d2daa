using System.Text;

namespace Akka.Broker.Storage.Disks;

/// <summary>
/// A disk in memory, for tests and simulations. <see cref="Crash"/> is a lost machine: of what was written since the last sync any part may be gone,
/// sector by sector, and of the names that were made, moved or deleted since their folder's last sync, any number of the latest.
/// Thread-safe, with one lock; made for correctness, not for speed.
/// </summary>
public sealed class MemoryDisk(Func<long>? nowMs = null) : IDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryFolder> _folders = new(StringComparer.Ordinal) { [""] = new MemoryFolder() };
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private readonly Func<long> _nowMs = nowMs ?? (static () => 0);

    /// <summary>How many syncs of files there have been.</summary>
    public int SyncCount { get; private set; }

    /// <summary>How many bytes were read from files.</summary>
    public long BytesRead { get; private set; }

    /// <summary>What all files together may have; a write that needs more throws <see cref="DiskFullException"/>.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    public IDiskFile Open(string path, DiskFileMode mode)
    {
        lock (_gate)
        {
            var (folder, name) = Parent(path);
            if (!folder.Files.TryGetValue(name, out var content))
            {
                if (mode == DiskFileMode.Open)
                    throw new FileNotFoundException($"There is no file '{path}'.", path);
                content = new MemoryContent { LastWriteMs = _nowMs() };
                folder.Change(name, content);
            }
            else if (mode == DiskFileMode.Create)
            {
                content.SetLength(0);
            }
            return new MemoryDiskFile(this, path, content);
        }
    }

    public long FileLength(string path)
    {
        lock (_gate)
            return TryParent(path, out var folder, out var name) && folder.Files.TryGetValue(name, out var content) ? content.Length : -1;
    }

    public bool FolderExists(string path)
    {
        lock (_gate)
            return _folders.ContainsKey(Normal(path));
    }

    public void CreateFolder(string path)
    {
        lock (_gate)
        {
            for (var at = Normal(path); at.Length > 0 && !_folders.ContainsKey(at); at = ParentOf(at))
                _folders[at] = new MemoryFolder();
        }
    }

    public IReadOnlyList<string> FilesIn(string folder)
    {
        lock (_gate)
            return [.. Folder(folder).Files.Keys.Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> FoldersIn(string folder)
    {
        lock (_gate)
        {
            var parent = Normal(folder);
            return [.. _folders.Keys.Where(f => f.Length > 0 && ParentOf(f) == parent).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        }
    }

    public long LastWriteTimeMs(string path)
    {
        lock (_gate)
            return Content(path).LastWriteMs;
    }

    public void Move(string from, string to)
    {
        lock (_gate)
        {
            if (_folders.ContainsKey(Normal(from)))
            {
                MoveFolder(Normal(from), Normal(to));
                return;
            }
            var content = Content(from);
            var (source, sourceName) = Parent(from);
            var (target, targetName) = Parent(to);
            target.Change(targetName, content);
            source.Change(sourceName, null);
        }
    }

    public void DeleteFile(string path)
    {
        lock (_gate)
        {
            if (TryParent(path, out var folder, out var name) && folder.Files.ContainsKey(name))
                folder.Change(name, null);
        }
    }

    public void DeleteFolder(string path)
    {
        lock (_gate)
        {
            var gone = Normal(path);
            foreach (var folder in _folders.Keys.Where(f => f == gone || f.StartsWith(gone + "/", StringComparison.Ordinal)).ToList())
                _folders.Remove(folder);
        }
    }

    public void SyncFolder(string path)
    {
        lock (_gate)
            Folder(path).Sync();
    }

    public DiskSpace SpaceOf(string folder)
    {
        lock (_gate)
            return new DiskSpace(CapacityBytes == long.MaxValue ? long.MaxValue : CapacityBytes - Used(), CapacityBytes);
    }

    public IDisposable? TryLock(string path)
    {
        lock (_gate)
        {
            if (!_locks.Add(path))
                return null;
            Open(path, DiskFileMode.OpenOrCreate).Dispose();
            return new Unlock(this, path);
        }
    }

    /// <summary>
    /// The disk as it may be found after the machine was lost; files opened before are still those of this one. <paramref name="random"/> decides what is lost.
    /// </summary>
    public MemoryDisk Crash(Random random)
    {
        lock (_gate)
        {
            var after = new MemoryDisk(_nowMs) { CapacityBytes = CapacityBytes };
            // One copy of each content, since a file can have survived under its old name and its new one.
            var copies = new Dictionary<MemoryContent, MemoryContent>();
            foreach (var (path, folder) in _folders.OrderBy(f => f.Key, StringComparer.Ordinal))
                after._folders[path] = folder.Crash(random, copies);
            return after;
        }
    }

    /// <summary>A copy with nothing lost, as a killed process leaves it.</summary>
    public MemoryDisk Copy()
    {
        lock (_gate)
        {
            var after = new MemoryDisk(_nowMs) { CapacityBytes = CapacityBytes };
            var copies = new Dictionary<MemoryContent, MemoryContent>();
            foreach (var (path, folder) in _folders)
                after._folders[path] = folder.Copy(copies);
            return after;
        }
    }

    public byte[] ReadAll(string path)
    {
        lock (_gate)
            return Content(path).ToArray();
    }

    public void WriteAll(string path, ReadOnlySpan<byte> bytes)
    {
        CreateFolder(ParentOf(Normal(path)));
        using var file = Open(path, DiskFileMode.Create);
        file.Write(0, bytes);
    }

    /// <summary>Up to where a file has space reserved behind its end; 0 without. It takes none of <see cref="CapacityBytes"/>.</summary>
    public long ReservedEndOf(string path)
    {
        lock (_gate)
            return Content(path).ReservedEnd;
    }

    /// <summary>All files, a line each, with their sizes.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            var text = new StringBuilder();
            foreach (var (path, folder) in _folders.OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                foreach (var (name, content) in folder.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
                    text.Append(path).Append('/').Append(name).Append(' ').Append(content.Length).Append('\n');
            }
            return text.ToString();
        }
    }

    internal int Read(MemoryContent content, long position, Span<byte> destination)
    {
        lock (_gate)
        {
            var read = content.Read(position, destination);
            BytesRead += read;
            return read;
        }
    }

    internal void Write(MemoryContent content, long position, ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            var grows = Math.Max(0, position + source.Length - content.Length);
            if (grows > 0 && Used() + grows > CapacityBytes)
            {
                // As much as there is space for lands.
                var fits = (int)Math.Clamp(CapacityBytes - Used() - (position - content.Length), 0, source.Length);
                content.Write(position, source[..fits], _nowMs());
                throw new DiskFullException($"The memory disk has {CapacityBytes} bytes and they are used.");
            }
            content.Write(position, source, _nowMs());
        }
    }

    internal void SetLength(MemoryContent content, long length)
    {
        lock (_gate)
        {
            content.SetLength(length);
            content.ReservedEnd = 0;
        }
    }

    internal bool Reserve(MemoryContent content, long end)
    {
        lock (_gate)
        {
            if (Used() + Math.Max(0, end - content.Length) > CapacityBytes)
                return false;
            content.ReservedEnd = Math.Max(content.ReservedEnd, end);
            return true;
        }
    }

    internal long LengthOf(MemoryContent content)
    {
        lock (_gate)
            return content.Length;
    }

    internal void Sync(MemoryContent content)
    {
        lock (_gate)
        {
            SyncCount++;
            content.Sync();
        }
    }

    private static string Normal(string path) => path.Replace('\\', '/').TrimEnd('/');

    private static string ParentOf(string normal) => normal.LastIndexOf('/') is var at and >= 0 ? normal[..at] : "";

    private long Used() => _folders.Values.Sum(f => f.Files.Values.Sum(c => c.Length));

    private MemoryFolder Folder(string path) =>
        _folders.TryGetValue(Normal(path), out var folder) ? folder : throw new DirectoryNotFoundException($"There is no folder '{path}'.");

    private (MemoryFolder Folder, string Name) Parent(string path) => (Folder(ParentOf(Normal(path))), Path.GetFileName(path));

    private bool TryParent(string path, out MemoryFolder folder, out string name)
    {
        name = Path.GetFileName(path);
        return _folders.TryGetValue(ParentOf(Normal(path)), out folder!);
    }

    private MemoryContent Content(string path) =>
        TryParent(path, out var folder, out var name) && folder.Files.TryGetValue(name, out var content)
            ? content
            : throw new FileNotFoundException($"There is no file '{path}'.", path);

    private void MoveFolder(string from, string to)
    {
        foreach (var path in _folders.Keys.Where(f => f == from || f.StartsWith(from + "/", StringComparison.Ordinal)).ToList())
        {
            _folders.Remove(path, out var folder);
            _folders[to + path[from.Length..]] = folder!;
        }
    }

    private sealed class Unlock(MemoryDisk disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
                disk._locks.Remove(path);
        }
    }
}
