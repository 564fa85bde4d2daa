namespace Akka.Broker.Storage.Disks;

/// <summary>A file of a <see cref="MemoryDisk"/>. As with a real one, a deleted file's bytes stay for who has it open.</summary>
internal sealed class MemoryDiskFile(MemoryDisk disk, string path, MemoryContent content) : IDiskFile
{
    private bool _isDisposed;

    public string Path { get; } = path;

    public long Length
    {
        get
        {
            Check();
            return disk.LengthOf(content);
        }
    }

    public FileStream? Stream => null;

    public int Read(long position, Span<byte> destination)
    {
        Check();
        return disk.Read(content, position, destination);
    }

    public void Write(long position, ReadOnlySpan<byte> source)
    {
        Check();
        disk.Write(content, position, source);
    }

    public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> sources)
    {
        Check();
        foreach (var source in sources)
        {
            disk.Write(content, position, source.Span);
            position += source.Length;
        }
    }

    public void SetLength(long length)
    {
        Check();
        disk.SetLength(content, length);
    }

    public bool Reserve(long position, long bytes)
    {
        Check();
        return disk.Reserve(content, position + bytes);
    }

    public void Sync()
    {
        Check();
        disk.Sync(content);
    }

    public void Dispose() => _isDisposed = true;

    private void Check() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
