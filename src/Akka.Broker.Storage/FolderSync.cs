using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage;

/// <summary>Makes the names in a log's folder survive a lost machine; for a new folder its own name and its <c>partition.metadata</c> too.</summary>
internal static class FolderSync
{
    public static void Run(IDisk disk, string folder, bool isNew)
    {
        disk.SyncFolder(folder);
        if (!isNew)
            return;
        var metadata = Path.Combine(folder, LogFileNames.PartitionMetadata);
        if (disk.FileExists(metadata))
        {
            using var file = disk.Open(metadata, DiskFileMode.Open);
            file.Sync();
        }
        disk.SyncFolder(Path.GetDirectoryName(folder)!);
    }
}
