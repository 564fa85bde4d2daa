using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>What a node's first data folder holds of the metadata quorum: its log, its snapshots and its election state.</summary>
internal sealed class QuorumDisk(Guid directoryId)
{
    public Guid DirectoryId { get; } = directoryId;

    public MemoryQuorumLog Log { get; private set; } = New();

    public ElectionState? Election { get; set; }

    /// <summary>Up to where the log is synced, as the product notes it beside the log.</summary>
    public LogPosition SyncedEnd
    {
        get
        {
            var epoch = Log.Snapshot?.Epoch ?? 0;
            foreach (var batch in Log.Batches.Where(b => b.NextOffset <= Log.SyncedOffset))
                epoch = Math.Max(epoch, batch.PartitionLeaderEpoch);
            return new LogPosition(epoch, Log.SyncedOffset);
        }
    }

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

    /// <summary>
    /// Some record behind the snapshot is not whole any more: a start cuts the log there, and notes what it owes. False, and nothing has rotted: there was nothing that was
    /// synced.
    /// </summary>
    public bool TryRot(Random random, LogPosition synced, bool isOwed)
    {
        var sound = Log.Batches.Where(b => b.BaseOffset >= (Log.Snapshot?.Offset ?? 0) && b.BaseOffset < synced.Offset).ToList();
        if (sound.Count == 0)
            return false;
        Log.TruncateTo(sound[random.Next(sound.Count)].BaseOffset);
        var stored = Election ?? ElectionState.Initial;
        if (isOwed && !(stored.Owed >= synced))
            Election = (stored.Epoch >= synced.Epoch ? stored : new ElectionState(synced.Epoch, null, -1)) with { Owed = synced };
        return true;
    }

    private static MemoryQuorumLog New() => new() { SyncsAtOnce = false };
}
