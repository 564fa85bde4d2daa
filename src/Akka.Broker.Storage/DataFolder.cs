using System.Collections.Concurrent;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Recovery;

namespace Akka.Broker.Storage;

/// <summary>
/// One data folder of a node: a folder a log, and beside them
/// <code>
/// .ballast                            space for need, see <see cref="Ballast"/>
/// .lock                               held while a broker serves the folder
/// meta.properties                     whose it is
/// recovery-point-offset-checkpoint    below these offsets, everything is on the disk
/// log-start-offset-checkpoint         where logs start that do not start with their first segment
/// replication-offset-checkpoint       high watermarks
/// cleaner-offset-checkpoint           below these offsets, logs are compacted
/// .kafka_cleanshutdown                the last stop was clean; gone while the folder is served
/// topic-0.4a…-delete                  waits for its removal
/// topic-0.4a…-stray                   no topic is known for it
/// </code>
/// Opened, ticked and closed by <see cref="LogManager"/>; its logs are written by its one <see cref="LogWriter"/>.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly LogManagerOptions _options;
    private readonly LogEnvironment _environment;
    private readonly IDisposable _lock;
    private readonly BesideWriter _beside;
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _logs = new();
    private readonly StrayFolders _strays;
    private readonly SpaceGuard _space;
    private readonly FolderHealth _health;
    private readonly Ballast _ballast;
    private readonly PendingRemovals _removals;
    private MetaProperties _meta;
    private Task _checkpoint = Task.CompletedTask;
    private long _nextCheckpointMs;
    private long _nextWatermarksMs;
    private Task _watermarks = Task.CompletedTask;
    private Task _measure = Task.CompletedTask;
    private long _nextRetentionMs;
    private bool _isClosed;

    private DataFolder(string path, LogManagerOptions options, LogEnvironment environment, IDisposable folderLock, MetaProperties meta)
    {
        Path = path;
        _options = options;
        _environment = environment;
        _lock = folderLock;
        _meta = meta;
        Checkpoints = new FolderCheckpoints(path, environment, () => _logs.Values);
        _removals = new PendingRemovals(environment);
        _strays = new StrayFolders(path, environment, options.StrayRetentionMs);
        _space = new SpaceGuard(environment.Disk, path, options.ReserveBytes);
        _ballast = new Ballast(environment, path, options.ReserveBytes);
        Writer = new LogWriter(path, environment, options.Drive) { Space = _space };
        _beside = new BesideWriter(path, options.Drive);
        _health = new FolderHealth(path, environment, _beside) { Failed = GoOffline, Logs = () => _logs.Values };
        _nextCheckpointMs = environment.NowMs + options.CheckpointIntervalMs;
        _nextWatermarksMs = environment.NowMs + options.HighWatermarkCheckpointIntervalMs;
        _nextRetentionMs = environment.NowMs + options.RetentionCheckIntervalMs;
    }

    public string Path { get; }

    public LogWriter Writer { get; }

    public Guid DirectoryId => _meta.DirectoryId;

    public string? ClusterId => _meta.ClusterId;

    /// <summary>Whether nothing can be lost: the last stop was clean, or the folder is new.</summary>
    public bool WasCleanStop { get; private set; }

    /// <summary>The broker epoch that the clean-stop mark named; -1 without one.</summary>
    public long CleanStopEpoch { get; private set; } = -1;

    /// <summary>Why the folder is offline, with all logs in it; null while it is not.</summary>
    public Exception? Failure => _health.Failure;

    /// <summary>Told on any thread when a log of the folder, or all of it, has gone offline.</summary>
    public Action? Failed { get; set; }

    public IEnumerable<PartitionLog> Logs => _logs.Values;

    public int LogCount => _logs.Count;

    /// <summary>Partitions whose folder could not be opened, and why.</summary>
    public ConcurrentDictionary<TopicPartition, Exception> Offline { get; } = new();

    /// <summary>What it notes of its logs for the next start.</summary>
    public FolderCheckpoints Checkpoints { get; }

    private IDisk Disk => _environment.Disk;

    /// <summary>Locks the folder and finds out whose it is. Logs are opened by <see cref="OpenLogs"/>.</summary>
    public static DataFolder Open(string path, LogManagerOptions options, LogEnvironment environment)
    {
        var disk = environment.Disk;
        IDisposable? folderLock = null;
        try
        {
            disk.CreateFolder(path);
            folderLock = disk.TryLock(System.IO.Path.Combine(path, LogFileNames.Lock)) ?? throw new DataFolderLockedException(path);
            var isNew = !disk.FileExists(System.IO.Path.Combine(path, LogFileNames.MetaProperties));
            var meta = DataFolderOwner.Establish(path, options, environment);
            return new DataFolder(path, options, environment, folderLock, meta) { WasCleanStop = isNew };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            folderLock?.Dispose();
            throw new DataFolderNotWritableException(path, e);
        }
        catch
        {
            folderLock?.Dispose();
            throw;
        }
    }

    /// <summary>Opens, and recovers if need be, all logs; several at a time.</summary>
    public void OpenLogs()
    {
        MeasureSpace();
        var mark = PathOf(LogFileNames.CleanStop);
        var isClean = Disk.FileExists(mark);
        WasCleanStop |= isClean;
        CleanStopEpoch = CleanStopMark.Read(Disk, mark);
        var noted = Checkpoints.Read();
        var partitions = new List<TopicPartition>();
        foreach (var name in Disk.FoldersIn(Path))
        {
            if (name.EndsWith(LogFileNames.DeleteFolder, StringComparison.Ordinal))
                _ = _beside.RunAsync(() => Disk.DeleteFolder(PathOf(name)));
            else if (LogFileNames.TryParseFolder(name, out var partition))
                partitions.Add(partition);
        }
        void TryLoad(TopicPartition partition)
        {
            try
            {
                var topicId = PartitionMetadataFile.Read(Disk, PathOf(partition.ToString()));
                var log = Load(
                    new TopicIdPartition(topicId, partition.Topic, partition.Partition), _options.ConfigOf(partition), isClean,
                    noted.RecoveryPoints.GetValueOrDefault(partition), noted.LogStarts.GetValueOrDefault(partition),
                    mayHaveGaps: topicId == Guid.Empty && !noted.RecoveryPoints.ContainsKey(partition));
                log.ClampHighWatermark(noted.HighWatermarks.GetValueOrDefault(partition));
                log.Mutator.FirstDirtyOffset = noted.FirstDirty.GetValueOrDefault(partition);
            }
            catch (Exception e) when (e is StorageException or IOException)
            {
                Offline[partition] = e;
                _environment.Tell(LogEventLevel.Error, partition.ToString(), $"The log cannot be opened and stays offline: {e.Message}", e);
            }
        }
        if (_options.Drive == LogWriterDrive.Thread)
            Parallel.ForEach(partitions, new ParallelOptions { MaxDegreeOfParallelism = _options.RecoveryThreads }, TryLoad);
        else
            partitions.ForEach(TryLoad);
        if (isClean)
            DoubtCleanStop(noted.RecoveryPoints);
        _ = _beside.RunAsync(() => _strays.TellOf(_environment.NowMs));
        // From here on a crash is a crash.
        Disk.DeleteFile(mark);
        Disk.SyncFolder(Path);
        try
        {
            Checkpoints.WriteAll();
        }
        catch (DiskFullException e)
        {
            // What they said before is as good for the next start.
            _environment.Tell(LogEventLevel.Warning, Path, $"The disk is full; checkpoints are written when there is space: {e.Message}");
        }
    }

    /// <summary>
    /// A log that is shorter than it was synced has lost records that this node has acknowledged, whatever the mark says: by damage that was cut off, or by a folder
    /// that was taken away. The mark is not believed then, for by it the node would stay in sync and could be made leader of what it lost.
    /// </summary>
    private void DoubtCleanStop(IReadOnlyDictionary<TopicPartition, long> recoveryPoints)
    {
        foreach (var (partition, synced) in recoveryPoints)
        {
            if (Offline.ContainsKey(partition))
                continue;
            var end = _logs.TryGetValue(partition, out var log) ? log.LogEndOffset : 0;
            if (end >= synced)
                continue;
            (WasCleanStop, CleanStopEpoch) = (false, -1);
            _environment.Tell(
                LogEventLevel.Error, partition.ToString(),
                $"The log was synced up to offset {synced} and ends at {end}: what lies between is lost here. This start counts as one after a crash, so that the records come back from other replicas.");
        }
    }

    public PartitionLog Create(TopicIdPartition id, LogConfig config)
    {
        try
        {
            return CreateLog(id, config);
        }
        catch (IOException e) when (e is not DiskFullException)
        {
            _health.Doubt();
            throw;
        }
    }

    private PartitionLog CreateLog(TopicIdPartition id, LogConfig config)
    {
        // An entry that a deleted log of this name has left must not be believed for the new one.
        if (Checkpoints.Has(id.TopicPartition))
            Checkpoints.WriteAll();
        var folder = PathOf(id.ToString());
        Disk.CreateFolder(folder);
        if (id.TopicId != Guid.Empty)
            PartitionMetadataFile.Write(Disk, folder, id.TopicId);
        Disk.SyncFolder(Path);
        return Load(id, config, isClean: false, recoveryPoint: 0, logStart: 0, mayHaveGaps: false);
    }

    public void AdoptTopicId(PartitionLog log, TopicIdPartition id)
    {
        PartitionMetadataFile.Write(Disk, log.Folder, id.TopicId);
        log.AdoptTopicId(id);
    }

    /// <summary>Takes the log out of service and renames its folder.</summary>
    public async Task RetireAsync(PartitionLog log, string suffix)
    {
        var name = LogFileNames.Retired(log.Id.TopicPartition, _environment.NextGuid(), suffix);
        var isRetired = await Writer.RunAsync(() => TryMoveAway(log, name)).ConfigureAwait(false);
        if (!isRetired)
            return;
        await _beside.RunAsync(() =>
        {
            Disk.SyncFolder(Path);
            Checkpoints.WriteAll();
            if (suffix == LogFileNames.StrayFolder)
                _ = _strays.List();
        }).ConfigureAwait(false);
        if (suffix == LogFileNames.DeleteFolder)
            _removals.Add([PathOf(name)], log.Config.FileDeleteDelayMs);
    }

    /// <summary>Folders that were put aside.</summary>
    public async Task<IReadOnlyList<StrayFolder>> StraysAsync()
    {
        IReadOnlyList<StrayFolder> strays = [];
        await _beside.RunAsync(() => { strays = _strays.List(); }).ConfigureAwait(false);
        return strays;
    }

    public void SetClusterId(string clusterId)
    {
        if (_meta.ClusterId == clusterId)
            return;
        if (_meta.ClusterId is not null)
            throw new ClusterIdMismatchException(Path, _meta.ClusterId, clusterId);
        var meta = _meta with { ClusterId = clusterId };
        meta.Write(Disk, Path);
        _meta = meta;
    }

    public void Tick(long nowMs)
    {
        if (Failure is not null)
            return;
        var isRetentionDue = nowMs >= _nextRetentionMs;
        if (isRetentionDue)
        {
            _nextRetentionMs = nowMs + _options.RetentionCheckIntervalMs;
            _ = _beside.RunAsync(() => _strays.RemoveOld(nowMs));
        }
        if (_measure.IsCompleted)
            _measure = _beside.RunAsync(MeasureSpace);
        // On a disk that is short of space, what may go goes now.
        var isShort = _space.IsShort;
        _ = Writer.RunAsync(() => Maintain(nowMs, isRetentionDue || isShort));
        if (_removals.TryTake(nowMs, all: isShort, out var due))
            _ = _beside.RunAsync(() => due.ForEach(_removals.Remove));
        if (nowMs >= _nextWatermarksMs && _watermarks.IsCompleted)
        {
            _nextWatermarksMs = nowMs + _options.HighWatermarkCheckpointIntervalMs;
            _watermarks = _beside.RunAsync(TryWriteWatermarks);
        }

        if (nowMs < _nextCheckpointMs || !_checkpoint.IsCompleted)
            return;
        _nextCheckpointMs = nowMs + _options.CheckpointIntervalMs;
        _checkpoint = CheckpointAsync(_options.UnsyncedBytesMax);
    }

    /// <summary>Raises the recovery points of logs that have cause for it, and writes all three files.</summary>
    public async Task CheckpointAsync(long unsyncedBytesMax)
    {
        if (Failure is not null)
            return;
        try
        {
            var prepared = await Writer.RunAsync(() => Prepare(unsyncedBytesMax)).ConfigureAwait(false);
            await _beside.RunAsync(() => prepared.RemoveAll(p => !TrySync(p.Log, p.Work))).ConfigureAwait(false);
            await Writer.RunAsync(() =>
            {
                foreach (var (log, work) in prepared)
                    log.Mutator.CompleteCheckpoint(work);
                return true;
            }).ConfigureAwait(false);
            await _beside.RunAsync(Checkpoints.WriteAll).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _environment.Tell(LogEventLevel.Error, Path, $"A checkpoint has failed: {e.Message}", e);
            _health.Doubt();
        }
    }

    /// <summary>Brings all logs to rest and leaves the mark, unless one of them has failed.</summary>
    public async Task CloseCleanlyAsync(long brokerEpoch)
    {
        if (_isClosed)
            return;
        await _checkpoint.ConfigureAwait(false);
        if (Failure is not null)
        {
            Dispose();
            return;
        }
        var isClean = await Writer.RunAsync(CloseLogs).ConfigureAwait(false);
        try
        {
            await _beside.RunAsync(() =>
            {
                Checkpoints.WriteAll();
                if (isClean && Offline.IsEmpty)
                    CleanStopMark.Write(Disk, PathOf(LogFileNames.CleanStop), brokerEpoch);
            }).ConfigureAwait(false);
        }
        catch (DiskFullException e)
        {
            _environment.Tell(LogEventLevel.Warning, Path, $"The disk is full, so this stop is no clean one, and the next start recovers: {e.Message}");
        }
        Dispose();
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        Writer.Stop();
        _beside.Stop();
        foreach (var log in _logs.Values)
            log.Mutator.Close();
        _lock.Dispose();
    }

    private PartitionLog Load(TopicIdPartition id, LogConfig config, bool isClean, long recoveryPoint, long logStart, bool mayHaveGaps)
    {
        var request = new LoadRequest(id.ToString(), PathOf(id.ToString()), config, isClean, recoveryPoint, logStart, mayHaveGaps);
        var loaded = new LogLoader(_environment, request).Load();
        var mutator = new LogMutator(_environment, loaded)
        {
            Retired = _removals.Add,
            CheckpointsLowered = Checkpoints.WriteStartsAndRecoveryPoints,
            Failed = () => { Failed?.Invoke(); _health.Doubt(); },
            ReadFailed = _health.DoubtReads,
            SyncedEnd = config.NotesSyncedEnd ? SyncedEndFile.Open(Disk, loaded.Folder) : null,
        };
        var log = new PartitionLog(id, config, Writer, mutator);
        _logs[id.TopicPartition] = log;
        foreach (var damaged in loaded.Damaged)
            _environment.Suspects.Add(log, damaged);
        return log;
    }

    private void GoOffline(Exception cause)
    {
        var failure = new DataFolderFailedException(Path, cause);
        foreach (var log in _logs.Values)
            log.Fail(failure);
        _environment.Tell(LogEventLevel.Error, Path, $"The data folder is offline, with the {_logs.Count} logs in it, until the next start: {cause.Message}", cause);
        Failed?.Invoke();
    }

    /// <summary>The name is free for a new log only when the folder has another one.</summary>
    private bool TryMoveAway(PartitionLog log, string name)
    {
        if (log.Mutator.IsClosed)
            return false;
        try
        {
            // A folder that cannot be renamed leaves the log as it is, in service.
            Disk.Move(log.Folder, PathOf(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _health.Doubt();
            throw;
        }
        log.Mutator.Close();
        log.Mutator.MovedTo(PathOf(name));
        return _logs.TryRemove(KeyValuePair.Create(log.Id.TopicPartition, log));
    }

    private void MeasureSpace()
    {
        try
        {
            _ballast.Mind();
            if (_space.Measure(_ballast.Bytes) is not { } free)
                return;
            if (_space.IsShort)
                _environment.Tell(LogEventLevel.Error, Path, $"The disk has {free} bytes left, which are held back (log.dir.reserve.bytes): records are refused until there are more. Retention, deletions and reads go on.");
            else
                _environment.Tell(LogEventLevel.Info, Path, $"The disk has {free} bytes left again: records are taken.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _environment.Tell(LogEventLevel.Warning, Path, $"The free space of the disk could not be read: {e.Message}", e);
            _health.Doubt();
        }
    }

    private bool Maintain(long nowMs, bool isRetentionDue)
    {
        foreach (var log in _logs.Values)
        {
            try
            {
                if (log.Failure is not null || log.Mutator.IsClosed)
                    continue;
                if (log.Mutator.IsFlushDue(nowMs))
                    log.Mutator.Flush();
                if (!isRetentionDue)
                    continue;
                log.Mutator.DeleteOldSegments(nowMs, log.HighWatermark);
                log.Mutator.Producers.RemoveExpired(nowMs, _options.ProducerIdExpirationMs);
            }
            catch (Exception e)
            {
                _environment.Tell(LogEventLevel.Error, log.ToString(), $"The log's upkeep has failed: {e.Message}", e);
                _health.Doubt();
            }
        }
        return true;
    }

    private List<(PartitionLog Log, CheckpointWork Work)> Prepare(long unsyncedBytesMax)
    {
        var prepared = new List<(PartitionLog, CheckpointWork)>();
        foreach (var log in _logs.Values)
        {
            try
            {
                if (log.Mutator.PrepareCheckpoint(unsyncedBytesMax) is { } work)
                    prepared.Add((log, work));
            }
            catch (DiskFullException)
            {
                // The recovery point stays; there is another checkpoint later.
            }
            catch (Exception e)
            {
                log.Mutator.Fail(e);
            }
        }
        return prepared;
    }

    private static bool TrySync(PartitionLog log, CheckpointWork work)
    {
        try
        {
            work.Sync();
            return true;
        }
        catch (Exception e)
        {
            if (!log.Mutator.IsClosed)
                log.Mutator.Fail(e);
            return false;
        }
    }

    private bool CloseLogs()
    {
        var failed = 0;
        void Close(PartitionLog log)
        {
            try
            {
                log.Mutator.CloseCleanly();
                if (log.Failure is not null)
                    Interlocked.Increment(ref failed);
            }
            catch (Exception e)
            {
                Interlocked.Increment(ref failed);
                _environment.Tell(LogEventLevel.Error, log.ToString(), $"The log could not be closed cleanly: {e.Message}", e);
            }
        }
        if (_options.Drive == LogWriterDrive.Thread)
            Parallel.ForEach(_logs.Values, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(4, _options.RecoveryThreads) }, Close);
        else
            _logs.Values.ToList().ForEach(Close);
        return failed == 0;
    }

    private void TryWriteWatermarks()
    {
        try
        {
            Checkpoints.WriteWatermarks();
        }
        catch (Exception e)
        {
            _environment.Tell(LogEventLevel.Error, Path, $"The high watermarks could not be written down: {e.Message}", e);
            _health.Doubt();
        }
    }

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);
}
