using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Akka.Broker.Storage.Disks;

/// <summary>The operating system's files.</summary>
public sealed class FileDisk : IDisk
{
    public static readonly FileDisk Instance = new();

    public IDiskFile Open(string path, DiskFileMode mode)
    {
        var fileMode = mode switch
        {
            DiskFileMode.Open => FileMode.Open,
            DiskFileMode.OpenOrCreate => FileMode.OpenOrCreate,
            _ => FileMode.Create,
        };
        try
        {
            return new FileDiskFile(path, File.OpenHandle(path, fileMode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous));
        }
        catch (IOException e) when (FileDiskFile.IsDiskFull(e))
        {
            throw new DiskFullException($"No space left for '{path}'.", e);
        }
    }

    public long FileLength(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : -1;
    }

    public bool FolderExists(string path) => Directory.Exists(path);

    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    public IReadOnlyList<string> FilesIn(string folder) => Names(Directory.GetFiles(folder));

    public IReadOnlyList<string> FoldersIn(string folder) => Names(Directory.GetDirectories(folder));

    public long LastWriteTimeMs(string path) => new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds();

    public void Move(string from, string to)
    {
        if (Directory.Exists(from))
            Directory.Move(from, to);
        else
            File.Move(from, to, overwrite: true);
    }

    public void DeleteFile(string path) => File.Delete(path);

    public void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    public void SyncFolder(string path)
    {
        // Windows has no such call and keeps names in its own journal.
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Posix.Open(path, Posix.ReadOnly);
        if (descriptor < 0)
            throw new IOException($"Cannot open folder '{path}' to sync it: {Marshal.GetLastPInvokeErrorMessage()}.");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Posix.Sync(handle) != 0)
            throw new IOException($"Cannot sync folder '{path}': {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    public DiskSpace SpaceOf(string folder)
    {
        var drive = new DriveInfo(Path.GetFullPath(folder));
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>Two locks, since this runtime takes the one of flock, and a JVM that serves the same folder the one of fcntl.</summary>
    public IDisposable? TryLock(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (!OperatingSystem.IsMacOS())
                stream.Lock(0, long.MaxValue);
            return stream;
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            stream?.Dispose();
            return null;
        }
    }

    private static string[] Names(string[] paths)
    {
        for (var i = 0; i < paths.Length; i++)
            paths[i] = Path.GetFileName(paths[i]);
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }

    private static class Posix
    {
        public const int ReadOnly = 0;

        [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Sync(SafeFileHandle handle);
    }
}
