using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>What a node's first data folder holds of the metadata quorum: its log, its snapshots and its election state.</summary>
internal sealed class QuorumDisk(Guid directoryId)
{
    public Guid DirectoryId { get; } = directoryId;

    public MemoryQuorumLog Log { get; private set; } = New();

    public ElectionState? Election { get; set; }

    /// <summary>A backup, of a running node or a stopped one.</summary>
    public QuorumDisk Copy() => new(DirectoryId) { Log = Log.Copy(), Election = Election };

    /// <summary>A killed process leaves all that it wrote; a start syncs it.</summary>
    public void Kill() => Log.Sync();

    /// <summary>A lost machine keeps what was synced and perhaps some batches more, whole ones: a torn one is cut by its checksum.</summary>
    public void Crash(Random random)
    {
        var unsynced = Log.Batches.Where(b => b.NextOffset > Log.SyncedOffset).ToList();
        var kept = random.Next(unsynced.Count + 1);
        if (kept < unsynced.Count)
            Log.TruncateTo(unsynced[kept].BaseOffset);
        Log.Sync();
        Log.Crash();
    }

    private static MemoryQuorumLog New() => new() { SyncsAtOnce = false };
}
