using System.Collections.Concurrent;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Storage;

/// <summary>
/// All logs of a node, over its data folders. It alone opens, recovers, makes and deletes logs; one instance lives as long as the node's process serves them.
/// Its methods are for the node's own actor and the host; logs that it hands out may be used from anywhere.
/// <para>
/// Start: every folder is locked, its owner checked, and its logs are opened, several at a time: without reading records after a clean stop, by recovery
/// after a crash. A log that cannot be opened stays offline; the others are served.
/// </para>
/// <para>
/// A folder whose disk dies goes offline with its logs, and the others are served on. At start the first folder must be there; another that cannot be used is
/// offline, and what was in it is not known: a replica that is not new is not made anew elsewhere then.
/// </para>
/// <para>Invariants: a partition has at most one log, in one folder; a folder is served by one manager.</para>
/// </summary>
public sealed class LogManager : IDisposable
{
    private readonly List<DataFolder> _folders = [];
    private readonly List<DataFolderState> _lost = [];
    private readonly ConcurrentDictionary<TopicPartition, Exception> _absent = new();
    private readonly LogEnvironment _environment;
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _logs = new();
    private readonly Lock _creation = new();
    private readonly LogCleaner _cleaner;
    private readonly LogScrubber _scrubber;

    private LogManager(LogManagerOptions options)
    {
        Options = options;
        _environment = new LogEnvironment(options.Disk, options.Time, options.Random, options.OnEvent, options.OnSynced);
        _cleaner = new LogCleaner(options.Cleaner, _environment, options.Drive, () => _folders);
        _scrubber = new LogScrubber(options.Scrubber, _environment, options.Drive, _cleaner, () => _folders);
    }

    /// <summary>A log, or a whole folder, has gone offline: look which. Raised on the folders' threads: hand on, return at once.</summary>
    public event Action? Failed;

    public LogManagerOptions Options { get; }

    /// <summary>Null until a cluster is formed or met.</summary>
    public string? ClusterId => _folders.Select(f => f.ClusterId).FirstOrDefault(id => id is not null);

    /// <summary>Whether the last stop of this node was clean, in all folders: nothing can be lost.</summary>
    public bool WasCleanStop => _lost.Count == 0 && _folders.TrueForAll(f => f.WasCleanStop);

    /// <summary>
    /// The broker epoch that all folders' clean-stop marks name; -1 if one is missing, says none, or says another. Only a mark of the last life that the cluster
    /// knows of proves that nothing is lost: a folder that is new or an old copy has none of that.
    /// </summary>
    public long CleanStopEpoch => _lost.Count == 0 && _folders.Select(f => f.CleanStopEpoch).Distinct().ToList() is [var epoch] ? epoch : -1;

    /// <summary>Under which this process is registered, for the clean-stop mark; -1 before it is.</summary>
    public long BrokerEpoch { get; set; } = -1;

    public IReadOnlyCollection<PartitionLog> All => (IReadOnlyCollection<PartitionLog>)_logs.Values;

    /// <summary>Partitions whose folder could not be opened, or is not known, and why. They are served again by a start that can open them.</summary>
    public IReadOnlyDictionary<TopicPartition, Exception> Offline => _folders.SelectMany(f => f.Offline).Concat(_absent).ToDictionary();

    /// <summary>Why the partition's log is offline: it has failed, could not be opened, or lies in a folder that is offline; null if it is well or there is none.</summary>
    public Exception? FailureOf(TopicPartition partition)
    {
        if (Get(partition) is { } log)
            return log.Failure;
        if (_absent.TryGetValue(partition, out var cause))
            return cause;
        foreach (var folder in _folders)
        {
            if (folder.Offline.TryGetValue(partition, out cause))
                return cause;
        }
        return null;
    }

    /// <summary>Whether any log is offline.</summary>
    public bool HasFailures => _lost.Count > 0 || _folders.Exists(f => f.Failure is not null || !f.Offline.IsEmpty) || _logs.Values.Any(l => l.Failure is not null);

    /// <summary>The data folders, in the order of the settings.</summary>
    public IReadOnlyList<DataFolderState> Folders =>
        [.. _folders.Select(f => new DataFolderState(f.Path, f.Failure)).Concat(_lost).OrderBy(f => Options.DataFolders.ToList().IndexOf(f.Path))];

    /// <summary>A folder could not be used at the start: what was in it is not known.</summary>
    public bool HasLostFolder => _lost.Count > 0;

    /// <summary>How many appends and other changes wait for each data folder's writer now, in the order of the folders.</summary>
    public IReadOnlyList<(string DataFolder, int Queued)> QueuedWrites => [.. _folders.Select(f => (f.Path, f.Writer.Queued))];

    /// <summary>Of the data folders, in their order: <c>directory.id</c>, made when a folder is first used.</summary>
    public IReadOnlyList<Guid> DirectoryIds => [.. _folders.Select(f => f.DirectoryId)];

    /// <summary>Locks the folders, opens all logs, and recovers them if the last stop was not clean.</summary>
    /// <exception cref="DataFolderLockedException">Another process serves a folder.</exception>
    /// <exception cref="DataFolderNotWritableException">The first folder cannot be written to.</exception>
    /// <exception cref="NodeIdMismatchException">A folder is another node's.</exception>
    /// <exception cref="ClusterIdMismatchException">A folder is another cluster's.</exception>
    /// <exception cref="DuplicateDataException">A partition lies in two folders, or two folders have the same id.</exception>
    public static LogManager Open(LogManagerOptions options)
    {
        if (options.DataFolders.Count == 0)
            throw new ArgumentException("A log manager needs at least one data folder (akka.broker.data-dirs).", nameof(options));
        var manager = new LogManager(options);
        try
        {
            manager.OpenFolders();
            return manager;
        }
        catch
        {
            manager.Dispose();
            throw;
        }
    }

    /// <summary>Writes the cluster's id down, once, when it is known.</summary>
    /// <exception cref="ClusterIdMismatchException">The folders belong to another cluster.</exception>
    public void SetClusterId(string clusterId) => _folders.ForEach(f => f.SetClusterId(clusterId));

    /// <summary>The log of this name, whatever its topic id; null without one.</summary>
    public PartitionLog? Get(TopicPartition partition) => _logs.GetValueOrDefault(partition);

    /// <summary>
    /// The log of this incarnation of the topic; it is made if there is none, in the folder with the fewest of those that are not offline. An existing one gets the settings too, and
    /// one that has no topic id (Kafka before 2.8) gets this one.
    /// </summary>
    /// <param name="partition">Which.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="isNew">This node cannot have had it before: it is made even while a folder is offline whose contents are not known.</param>
    /// <exception cref="TopicIdMismatchException">The folder of that name belongs to another incarnation: delete that first.</exception>
    /// <exception cref="LogFailedException">There is one, but it could not be opened; or there may be one; or all folders are offline.</exception>
    public PartitionLog GetOrCreate(TopicIdPartition partition, LogConfig config, bool isNew = true)
    {
        lock (_creation)
        {
            if (Get(partition.TopicPartition) is { } log)
            {
                log.UpdateConfig(config);
                return WithTopicId(log, partition);
            }
            foreach (var folder in _folders)
            {
                if (folder.Offline.TryGetValue(partition.TopicPartition, out var cause))
                    throw new LogFailedException(partition.ToString(), cause);
            }
            if (!isNew && _lost.Count > 0)
                throw new LogFailedException(partition.ToString(), _absent.GetOrAdd(partition.TopicPartition, _lost[0].Failure!));
            var folderOfNew = _folders.Where(f => f.Failure is null).MinBy(f => f.LogCount)
                ?? throw new LogFailedException(partition.ToString(), _folders[0].Failure!);
            var made = folderOfNew.Create(partition, config);
            _absent.TryRemove(partition.TopicPartition, out _);
            _logs[partition.TopicPartition] = made;
            if (folderOfNew.Failure is { } late)
                made.Fail(late);
            return made;
        }
    }

    /// <summary>Takes the log out of service, renames its folder to <c>….-delete</c>, and removes that after <c>file.delete.delay.ms</c>.</summary>
    public Task DeleteAsync(PartitionLog log) => RetireAsync(log, LogFileNames.DeleteFolder);

    /// <summary>Takes a log that no topic is known for out of service, and renames its folder to <c>….-stray</c>, for an operator to look at. It is removed after <c>stray.retention.ms</c>.</summary>
    public Task MarkStrayAsync(PartitionLog log) => RetireAsync(log, LogFileNames.StrayFolder);

    /// <summary>The folders that were put aside, of all data folders.</summary>
    public async Task<IReadOnlyList<StrayFolder>> StraysAsync() => [.. (await Task.WhenAll(_folders.Select(f => f.StraysAsync())).ConfigureAwait(false)).SelectMany(s => s)];

    /// <summary>What compaction has done since the start.</summary>
    public CompactionTotals Compaction => _cleaner.Totals;

    /// <summary>
    /// Compacts all logs that are due now, on the caller's thread; the background does the same from time to time. Only what a checkpoint has noted as synced is
    /// compacted: <see cref="CheckpointAsync"/>.
    /// </summary>
    public IReadOnlyList<CompactionReport> CompactDue() => _cleaner.CompactDue();

    /// <summary>What looking for damage has found and repaired since the start.</summary>
    public ScrubTotals Scrubbing => _scrubber.Totals;

    /// <summary>The other replicas of this node's logs, from which damage is repaired. Until it is set, nothing is.</summary>
    public IReplicaCopies? Copies
    {
        set => _scrubber.Copies = value;
    }

    /// <summary>
    /// Looks for damage in all closed segments with committed records now, as fast as the settings allow, and repairs it if that can be done; on the caller's thread. The
    /// background does the same from time to time.
    /// </summary>
    public void Scrub() => _scrubber.ScrubNow();

    /// <summary>Somebody has met damage at that offset of the log: the background looks at the segment next.</summary>
    public void Suspect(PartitionLog log, long offset) =>
        _environment.Suspects.Add(log, log.Mutator.Contents.Segments is var segments ? segments[LogReader.FloorOf(segments, offset)].BaseOffset : 0);

    /// <summary>To be called about once a second: flush.ms, retention, compaction, scrubbing, checkpoints, the removal of deleted files, expiry of producers. Only queues work.</summary>
    public void Tick()
    {
        var nowMs = _environment.NowMs;
        foreach (var folder in _folders)
            folder.Tick(nowMs);
        _cleaner.Tick(nowMs);
        _scrubber.Tick(nowMs);
    }

    /// <summary>
    /// Writes recovery points, log starts and high watermarks down now. With <paramref name="syncAll"/> every log is synced for it first, beside traffic.
    /// </summary>
    public Task CheckpointAsync(bool syncAll = false) =>
        Task.WhenAll(_folders.Select(f => f.CheckpointAsync(syncAll ? 0 : Options.UnsyncedBytesMax)));

    /// <summary>With <see cref="LogWriterDrive.Manual"/>: does what was queued until now, as one group a folder; returns how much it was.</summary>
    public int Drain() => _folders.Sum(f => f.Writer.Drain());

    /// <summary>Syncs all, writes snapshots, checkpoints and the clean-stop mark, and lets the folders go. Nothing may be queued any more.</summary>
    /// <param name="brokerEpoch">Of this life, for the mark; by default <see cref="BrokerEpoch"/>. Without one the mark says what the last one said: a life that was never part of the cluster changed nothing.</param>
    public Task CloseCleanlyAsync(long brokerEpoch = -1)
    {
        StopWorkers();
        var epoch = brokerEpoch >= 0 ? brokerEpoch : BrokerEpoch >= 0 ? BrokerEpoch : CleanStopEpoch;
        return Task.WhenAll(_folders.Select(f => f.CloseCleanlyAsync(epoch)));
    }

    /// <summary>Lets the folders go as they are; the next start recovers. Nothing if closed already.</summary>
    public void Dispose()
    {
        StopWorkers();
        _folders.ForEach(f => f.Dispose());
    }

    private void StopWorkers()
    {
        _cleaner.Dispose();
        _scrubber.Dispose();
    }

    private void OpenFolders()
    {
        foreach (var path in Options.DataFolders)
        {
            try
            {
                _folders.Add(DataFolder.Open(path, Options, _environment));
            }
            catch (DataFolderNotWritableException e) when (_folders.Count > 0)
            {
                GiveUp(path, e);
            }
        }
        if (DirectoryIds.Distinct().Count() < _folders.Count)
            throw new DuplicateDataException($"Two of the data folders {string.Join(", ", Options.DataFolders)} have the same directory.id: one is a copy of the other.");
        if (_folders.Select(f => f.ClusterId).Where(id => id is not null).Distinct().ToList() is [var one, var other, ..])
            throw new ClusterIdMismatchException(_folders.Last(f => f.ClusterId == other).Path, other!, one!);
        foreach (var folder in _folders.ToList())
        {
            folder.Failed = () => Failed?.Invoke();
            try
            {
                folder.OpenLogs();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && folder != _folders[0])
            {
                _folders.Remove(folder);
                folder.Dispose();
                GiveUp(folder.Path, e);
                continue;
            }
            foreach (var log in folder.Logs)
            {
                if (!_logs.TryAdd(log.Id.TopicPartition, log))
                    throw new DuplicateDataException($"Partition {log} lies in two data folders, {_logs[log.Id.TopicPartition].DataFolder} and {folder.Path}. Remove one of them.");
            }
        }
    }

    private void GiveUp(string path, Exception cause)
    {
        _lost.Add(new DataFolderState(path, cause));
        _environment.Tell(LogEventLevel.Error, path, $"The data folder cannot be used and is offline, with whatever is in it, until the next start: {cause.Message}", cause);
    }

    private async Task RetireAsync(PartitionLog log, string suffix)
    {
        await _folders.Find(f => f.Path == log.DataFolder)!.RetireAsync(log, suffix).ConfigureAwait(false);
        _logs.TryRemove(KeyValuePair.Create(log.Id.TopicPartition, log));
    }

    private PartitionLog WithTopicId(PartitionLog log, TopicIdPartition partition)
    {
        if (log.Id.TopicId == Guid.Empty && partition.TopicId != Guid.Empty)
            _folders.Find(f => f.Path == log.DataFolder)!.AdoptTopicId(log, partition);
        else if (log.Id.TopicId != partition.TopicId)
            throw new TopicIdMismatchException(log.Folder, log.Id.TopicId, partition.TopicId);
        return log;
    }
}
