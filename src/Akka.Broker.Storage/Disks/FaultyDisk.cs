namespace Akka.Broker.Storage.Disks;

/// <summary>What a <see cref="FaultyDisk"/> may refuse.</summary>
public enum DiskOperation
{
    Open,
    Read,
    Write,
    SetLength,
    Sync,
    Move,
    Delete,
    SyncFolder,
}

/// <summary>
/// A disk that fails as it is told to, for tests: before each operation <see cref="Fault"/> is asked with the operation and the path, and what it returns is
/// thrown. A write that is to fail may first land in part (<see cref="TornWriteBytes"/>).
/// </summary>
public sealed class FaultyDisk(IDisk inner) : IDisk
{
    public Func<DiskOperation, string, Exception?>? Fault { get; set; }

    /// <summary>How much of a failing write lands.</summary>
    public int TornWriteBytes { get; set; }

    public IDiskFile Open(string path, DiskFileMode mode)
    {
        Check(DiskOperation.Open, path);
        return new FaultyFile(this, inner.Open(path, mode));
    }

    public long FileLength(string path) => inner.FileLength(path);

    public bool FolderExists(string path) => inner.FolderExists(path);

    public void CreateFolder(string path)
    {
        Check(DiskOperation.Open, path);
        inner.CreateFolder(path);
    }

    public IReadOnlyList<string> FilesIn(string folder) => inner.FilesIn(folder);

    public IReadOnlyList<string> FoldersIn(string folder) => inner.FoldersIn(folder);

    public long LastWriteTimeMs(string path) => inner.LastWriteTimeMs(path);

    public void Move(string from, string to)
    {
        Check(DiskOperation.Move, from);
        inner.Move(from, to);
    }

    public void DeleteFile(string path)
    {
        Check(DiskOperation.Delete, path);
        inner.DeleteFile(path);
    }

    public void DeleteFolder(string path)
    {
        Check(DiskOperation.Delete, path);
        inner.DeleteFolder(path);
    }

    public void SyncFolder(string path)
    {
        Check(DiskOperation.SyncFolder, path);
        inner.SyncFolder(path);
    }

    public DiskSpace SpaceOf(string folder) => inner.SpaceOf(folder);

    public IDisposable? TryLock(string path) => inner.TryLock(path);

    private void Check(DiskOperation operation, string path)
    {
        if (Fault?.Invoke(operation, path) is { } error)
            throw error;
    }

    private sealed class FaultyFile(FaultyDisk disk, IDiskFile file) : IDiskFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public FileStream? Stream => file.Stream;

        public int Read(long position, Span<byte> destination)
        {
            disk.Check(DiskOperation.Read, Path);
            return file.Read(position, destination);
        }

        public void Write(long position, ReadOnlySpan<byte> source)
        {
            if (disk.Fault?.Invoke(DiskOperation.Write, Path) is { } error)
            {
                file.Write(position, source[..Math.Min(source.Length, disk.TornWriteBytes)]);
                throw error;
            }
            file.Write(position, source);
        }

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> sources)
        {
            if (disk.Fault?.Invoke(DiskOperation.Write, Path) is { } error)
            {
                file.Write(position, sources[0].Span[..Math.Min(sources[0].Length, disk.TornWriteBytes)]);
                throw error;
            }
            file.Write(position, sources);
        }

        public void SetLength(long length)
        {
            disk.Check(DiskOperation.SetLength, Path);
            file.SetLength(length);
        }

        public bool Reserve(long position, long bytes) => file.Reserve(position, bytes);

        public void Sync()
        {
            disk.Check(DiskOperation.Sync, Path);
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
