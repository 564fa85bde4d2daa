using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// What must be on the disk before a log's written recovery point may rise: prepared and counted by the folder's writer
/// (<see cref="LogMutator.PrepareCheckpoint"/>), synced beside it.
/// </summary>
internal sealed class CheckpointWork(IDisk disk, string folder, LogSegment[] segments, IReadOnlyList<EpochStart>? epochs, bool isNew)
{
    public required long RecoveryPoint { get; init; }

    /// <summary>Below it no transaction was open or unreplicated when this was prepared: a machine that is lost later opens none again.</summary>
    public required long StableOffset { get; init; }

    public required long AppendedBytes { get; init; }

    public required int Truncations { get; init; }

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
