using Akka.Broker.Protocol;

namespace Akka.Broker.Storage;

public sealed class LogManager : IDisposable
{
    private LogManager(LogManagerOptions options) => Options = options;

    internal LogManagerOptions Options { get; }

    /// <summary>Null until a cluster is formed or met.</summary>
    public string? ClusterId => throw new NotImplementedException();

    /// <summary>Whether the last stop of this node was clean, in all folders: nothing can be lost.</summary>
    public bool WasCleanStop => throw new NotImplementedException();

    public IReadOnlyCollection<PartitionLog> All => throw new NotImplementedException();

    /// <summary>Of the data folders, in their order: <c>directory.id</c>, made when a folder is first used.</summary>
    public IReadOnlyList<Guid> DirectoryIds => throw new NotImplementedException();

    /// <summary>Locks the folders, opens all logs, and recovers them if the last stop was not clean.</summary>
    /// <exception cref="DataFolderLockedException">Another process serves a folder.</exception>
    /// <exception cref="DataFolderNotWritableException">A folder cannot be written to.</exception>
    /// <exception cref="NodeIdMismatchException">A folder is another node's.</exception>
    /// <exception cref="ClusterIdMismatchException">A folder is another cluster's.</exception>
    public static LogManager Open(LogManagerOptions options) => new(options);

    /// <summary>Writes the cluster's id down, once, when it is known.</summary>
    /// <exception cref="ClusterIdMismatchException">The folders belong to another cluster.</exception>
    public void SetClusterId(string clusterId) => throw new NotImplementedException();

    /// <summary>The log of this name, whatever its topic id; null without one.</summary>
    public PartitionLog? Get(TopicPartition partition) => throw new NotImplementedException();

    /// <summary>Opens the log of this incarnation of the topic, or makes it. An existing one gets the settings too.</summary>
    /// <exception cref="TopicIdMismatchException">The folder of that name belongs to another incarnation: delete that first.</exception>
    public PartitionLog GetOrCreate(TopicIdPartition partition, LogConfig config) => throw new NotImplementedException();

    /// <summary>Takes the log out of service, renames its folder to <c>….-delete</c>, and removes that after <c>file.delete.delay.ms</c>.</summary>
    public Task DeleteAsync(PartitionLog log) => throw new NotImplementedException();

    /// <summary>To be called about once a second: flush.ms, retention, checkpoints, the removal of deleted files, expiry of producers. Only queues work.</summary>
    public void Tick() => throw new NotImplementedException();

    /// <summary>With <see cref="LogWriterDrive.Manual"/>: does what was queued until now, as one group; returns how much it was.</summary>
    public int Drain() => throw new NotImplementedException();

    /// <summary>Syncs all, writes snapshots, checkpoints and the clean-stop mark, and lets the folders go. Nothing may be queued any more.</summary>
    public Task CloseCleanlyAsync() => throw new NotImplementedException();

    /// <summary>Lets the folders go as they are; the next start recovers. Nothing if closed already.</summary>
    public void Dispose() => throw new NotImplementedException();
}
