using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Akka.Broker.Storage.Disks;

/// <summary>A file of <see cref="FileDisk"/>: positioned reads and writes on one handle.</summary>
internal sealed class FileDiskFile(string path, SafeFileHandle handle) : IDiskFile
{
    // errno 28 ENOSPC and 122 EDQUOT of Linux (69 on macOS); ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int QuotaExceededMac = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>FALLOC_FL_KEEP_SIZE</summary>
    private const int KeepSize = 1;

    private FileStream? _stream;

    public string Path { get; } = path;

    public long Length => RandomAccess.GetLength(handle);

    public FileStream? Stream
    {
        get
        {
            if (Volatile.Read(ref _stream) is { } stream)
                return stream;
            // Sockets take only asynchronous streams for sendfile.
            stream = new FileStream(handle, FileAccess.Read, bufferSize: 0, isAsync: true);
            return Interlocked.CompareExchange(ref _stream, stream, null) ?? stream;
        }
    }

    public int Read(long position, Span<byte> destination)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = RandomAccess.Read(handle, destination[total..], position + total);
            if (read == 0)
                break;
            total += read;
        }
        return total;
    }

    public void Write(long position, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(handle, source, position);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw Full(e);
        }
    }

    public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> sources)
    {
        try
        {
            RandomAccess.Write(handle, sources, position);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw Full(e);
        }
    }

    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw Full(e);
        }
    }

    /// <summary>fallocate(2); elsewhere than on Linux writes allocate as they come.</summary>
    public bool Reserve(long position, long bytes) =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && Allocate(handle, KeepSize, position, bytes) == 0;

    public void Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw Full(e);
        }
    }

    public void Dispose()
    {
        handle.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static bool IsDiskFull(IOException e) =>
        e.HResult is NoSpace or WindowsDiskFull or WindowsHandleDiskFull || e.HResult == (OperatingSystem.IsMacOS() ? QuotaExceededMac : QuotaExceeded);

    [DllImport("libc", EntryPoint = "fallocate")]
    private static extern int Allocate(SafeFileHandle handle, int mode, long position, long bytes);

    private DiskFullException Full(IOException e) => new($"No space left for '{Path}'.", e);
}
