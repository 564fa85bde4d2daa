using Akka.Broker.Protocol;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// What a data folder notes of its logs for the next start: an <see cref="OffsetCheckpoint"/> each for recovery points, log starts, high watermarks, and
/// how far logs are compacted. Each file is swapped whole, so that a crash leaves it as it was or as it is now. Any thread.
/// </summary>
internal sealed class FolderCheckpoints(string folder, LogEnvironment environment, Func<IEnumerable<PartitionLog>> logs)
{
    private readonly OffsetCheckpoint _recoveryPoints = FileOf(folder, environment, LogFileNames.RecoveryPointCheckpoint);
    private readonly OffsetCheckpoint _logStarts = FileOf(folder, environment, LogFileNames.LogStartCheckpoint);
    private readonly OffsetCheckpoint _highWatermarks = FileOf(folder, environment, LogFileNames.HighWatermarkCheckpoint);
    private readonly OffsetCheckpoint _firstDirty = FileOf(folder, environment, LogFileNames.CleanerCheckpoint);

    /// <exception cref="CorruptFileException">One of the files is not what it should be.</exception>
    public NotedOffsets Read() => new(_recoveryPoints.Read(), _logStarts.Read(), _highWatermarks.Read(), ReadFirstDirty());

    /// <summary>Whether something is noted that must not be believed of a new log of this name.</summary>
    public bool Has(TopicPartition partition) => _recoveryPoints.Has(partition) || _logStarts.Has(partition) || _firstDirty.Has(partition);

    /// <summary>What the file says: a start after a crash believes it, and so scans nothing before it. 0 if it does not say.</summary>
    public long WrittenRecoveryPoint(PartitionLog log) => _recoveryPoints.WrittenOf(log.Id.TopicPartition);

    public void WriteAll()
    {
        WriteStartsAndRecoveryPoints();
        WriteWatermarks();
    }

    public void WriteWatermarks() => _highWatermarks.Write(() => logs().ToDictionary(l => l.Id.TopicPartition, l => l.HighWatermark));

    public void WriteFirstDirty() => _firstDirty.Write(() => logs()
        .Where(l => l.Mutator.FirstDirtyOffset > l.LogStartOffset)
        .ToDictionary(l => l.Id.TopicPartition, l => l.Mutator.FirstDirtyOffset));

    public void WriteStartsAndRecoveryPoints()
    {
        WriteFirstDirty();
        _recoveryPoints.Write(() => logs().ToDictionary(l => l.Id.TopicPartition, l => l.Mutator.CheckpointedRecoveryPoint));
        _logStarts.Write(() => logs()
            .Where(l => l.LogStartOffset > l.Mutator.Contents.Segments[0].BaseOffset)
            .ToDictionary(l => l.Id.TopicPartition, l => l.LogStartOffset));
    }

    private static OffsetCheckpoint FileOf(string folder, LogEnvironment environment, string name) => new(environment.Disk, Path.Combine(folder, name));

    private IReadOnlyDictionary<TopicPartition, long> ReadFirstDirty()
    {
        try
        {
            return _firstDirty.Read();
        }
        catch (CorruptFileException e)
        {
            environment.Tell(LogEventLevel.Warning, folder, $"{e.Message} Compacted logs are gone over from their start.");
            return new Dictionary<TopicPartition, long>();
        }
    }
}

/// <summary>What the files said at the start; logs without an entry are at 0.</summary>
internal sealed record NotedOffsets(
    IReadOnlyDictionary<TopicPartition, long> RecoveryPoints,
    IReadOnlyDictionary<TopicPartition, long> LogStarts,
    IReadOnlyDictionary<TopicPartition, long> HighWatermarks,
    IReadOnlyDictionary<TopicPartition, long> FirstDirty);
