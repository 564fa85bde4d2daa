namespace Akka.Broker.Storage.Disks;

/// <summary>
/// Every file access of the log goes through here. Paths are absolute or relative to the process, as the disk likes; they are opaque to the log.
/// <para>
/// Contract: a written byte survives a killed process at once, and a lost machine after <see cref="IDiskFile.Sync"/>. A name that was made, moved or
/// deleted survives a lost machine after <see cref="SyncFolder"/> of the folder that holds it. A move replaces its target at one stroke.
/// Errors are <see cref="IOException"/>s, and <see cref="DiskFullException"/> where there is no space.
/// </para>
/// Thread-safe.
/// </summary>
public interface IDisk
{
    /// <summary>Opens a file for reading and writing.</summary>
    IDiskFile Open(string path, DiskFileMode mode);

    /// <summary>-1 if there is no such file.</summary>
    long FileLength(string path);

    bool FileExists(string path) => FileLength(path) >= 0;

    bool FolderExists(string path);

    /// <summary>Makes the folder and those above it where missing.</summary>
    void CreateFolder(string path);

    /// <summary>Names, without the path, of the files of a folder, in ordinal order.</summary>
    IReadOnlyList<string> FilesIn(string folder);

    /// <summary>Names, without the path, of the folders of a folder, in ordinal order.</summary>
    IReadOnlyList<string> FoldersIn(string folder);

    /// <summary>The time of a file's last write, in ms since the Unix epoch.</summary>
    long LastWriteTimeMs(string path);

    /// <summary>Renames a file or a folder; an existing file of the new name is replaced.</summary>
    void Move(string from, string to);

    /// <summary>Deletes a file; no error if there is none. Who has it open reads on.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes a folder and all in it; no error if there is none.</summary>
    void DeleteFolder(string path);

    void SyncFolder(string path);

    /// <summary>Of the file system that the folder is on.</summary>
    DiskSpace SpaceOf(string folder);

    /// <summary>Takes a lock that no other process, and nobody else in this one, can hold. Null if it is held. The lock ends with its owner's process.</summary>
    IDisposable? TryLock(string path);
}

public enum DiskFileMode
{
    /// <summary>The file exists.</summary>
    Open,

    /// <summary>The file is made if missing.</summary>
    OpenOrCreate,

    /// <summary>The file is made, or emptied if it exists.</summary>
    Create,
}
