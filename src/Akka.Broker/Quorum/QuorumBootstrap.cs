using Akka.Broker.Controller;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;

namespace Akka.Broker.Quorum;

/// <summary>What a node's disk says of the metadata quorum, before any actor runs.</summary>
/// <param name="ClusterId">Null: it belongs to no cluster yet.</param>
/// <param name="Voters">The newest set that its log names; empty: it knows none, and follows whoever it meets.</param>
/// <param name="LogEnd">How complete its log is.</param>
/// <param name="Election">Null: it has never heard of an epoch.</param>
public sealed record QuorumOnDisk(string? ClusterId, VoterSet Voters, LogPosition LogEnd, ElectionState? Election);

/// <summary>The first formation of a metadata quorum, and what a start finds of an earlier one. For whoever starts a node; no actor may carry the log yet.</summary>
public static class QuorumBootstrap
{
    /// <summary>
    /// Writes the first voters into an empty log, as the snapshot of offset 0 (as Kafka's formatting does), and then the cluster id into the data folders. Every
    /// voter of the first formation does so with the same voters. A crash in between leaves a log without cluster id, which forms anew.
    /// </summary>
    /// <exception cref="InvalidOperationException">The log is not empty: it was formed before.</exception>
    public static void Form(LogManager logs, string clusterId, VoterSet voters, long timestampMs)
    {
        Invariant.Check(!voters.IsEmpty);
        var log = logs.GetOrCreate(MetadataLog.Id, MetadataLog.Config);
        if (log.LogEndOffset > 0)
            throw new InvalidOperationException($"The metadata log in {log.Folder} ends at {log.LogEndOffset}: only an empty one can be formed.");
        new SnapshotFolder(logs.Options.Disk, log.Folder).Write(LogPosition.Start, SnapshotFile.Build(voters, 0, timestampMs, _ => null));
        logs.SetClusterId(clusterId);
    }

    /// <summary>Reads what is there; makes nothing, and mends nothing: of a log that is damaged, the voters are those of its whole part.</summary>
    /// <exception cref="StorageException">It cannot be read, or is damaged beyond what the node mends.</exception>
    public static QuorumOnDisk Inspect(LogManager logs)
    {
        if (logs.Get(MetadataLog.Id.TopicPartition) is not { } log)
        {
            // One that could not be opened is not one that is empty: in it is what this node has voted for and acknowledged.
            return logs.FailureOf(MetadataLog.Id.TopicPartition) is { } failure
                ? throw CannotRead(logs.Options.DataFolders[0], failure)
                : new QuorumOnDisk(logs.ClusterId, VoterSet.Empty, LogPosition.Start, null);
        }
        try
        {
            return Inspect(logs, log);
        }
        catch (IOException cause)
        {
            throw CannotRead(log.DataFolder, cause);
        }
    }

    private static QuorumOnDisk Inspect(LogManager logs, PartitionLog log)
    {
        var found = MetadataLogMending.Look(logs, log);
        MetadataLogMending.ThrowIfBeyondRepair(logs, log, found);
        var epoch = Math.Max(Math.Max(0, log.LeaderEpochs.LatestEpoch), found.Snapshot?.Epoch ?? 0);
        return new QuorumOnDisk(
            logs.ClusterId, found.Voters ?? FirstVoters(logs, log), new LogPosition(epoch, log.LogEndOffset), ElectionStateFile.Read(logs.Options.Disk, log.Folder));
    }

    private static StorageException CannotRead(string dataFolder, Exception cause) => cause is IOException
        ? new MetadataLogUnreadableException(Path.Combine(dataFolder, MetadataLog.Id.TopicPartition.ToString()), cause.Message, cause)
        : new MetadataLogFailedException(dataFolder, cause);

    /// <summary>
    /// What counts where neither log nor snapshot names voters: a log with records of a release that knew no voters was its node's alone; an empty one has none.
    /// </summary>
    internal static VoterSet FirstVoters(LogManager logs, PartitionLog log) => log.LogEndOffset == 0 && log.LogStartOffset == 0
        ? VoterSet.Empty
        : new VoterSet([new Voter(logs.Options.NodeId, logs.DirectoryIds[0])]);
}
