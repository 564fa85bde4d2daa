using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// What must be on the disk before a log's written recovery point may rise: prepared and counted by the folder's writer
/// (<see cref="LogMutator.PrepareCheckpoint"/>), synced beside it.
/// </summary>
internal sealed class CheckpointWork(
    IDisk disk, string folder, LogSegment[] segments, IReadOnlyList<EpochStart>? epochs, long recoveryPoint, long appendedBytes, int truncations, bool isNew)
{
    public long RecoveryPoint => recoveryPoint;

    public long AppendedBytes => appendedBytes;

    public int Truncations => truncations;

    public void Sync()
    {
        foreach (var segment in segments)
        {
            // A segment that was deleted meanwhile needs no sync.
            if (!segment.TryAcquire())
                continue;
            try
            {
                segment.SyncLogBeside();
                segment.SyncIndexes();
            }
            finally
            {
                segment.Release();
            }
        }
        if (epochs is not null)
            LeaderEpochCheckpoint.Write(disk, folder, epochs);
        FolderSync.Run(disk, folder, isNew);
    }
}
