using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage;

/// <summary>Makes the names in a log's folder survive a lost machine; where the folder's own name may not have been synced, that too.</summary>
internal static class FolderSync
{
    public static void Run(IDisk disk, string folder, bool isNew)
    {
        disk.SyncFolder(folder);
        if (isNew)
            disk.SyncFolder(Path.GetDirectoryName(folder)!);
    }
}
