using Akka.Broker.Protocol;
using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Epochs;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Offline;

/// <summary>
/// Goes over a data folder that no broker serves and says what is wrong with it and what the next start would do about that. It reads every record's bytes and
/// changes nothing.
/// <code>
///            checkpoint: all below it was synced
///   ┌────────────────┴──────────────┬──────────┐
///   │ a bad batch here is damage    │ here it is what a crash leaves: the start cuts it
///   └───────────────────────────────┴──────────┘
/// </code>
/// A log that notes how far it was synced (<see cref="SyncedEndFile"/>) draws that line itself.
/// One thread.
/// </summary>
public sealed class FolderVerifier
{
    private const string FromReplica = "Move the partition's folder away and start the broker: it copies the partition from another replica. Without one, the records from there on are lost.";
    private const string FromVoters =
        "Start the broker: it fetches what is missing from the controller, and votes for no log without it until then. If it is the only voter, restore the folder from a backup.";
    private const string ByScrubbing = "Start the broker: it repairs the segment from another replica in sync, and serves the others meanwhile. Without one, the damaged records are lost.";

    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly List<Finding> _findings = [];
    private int _partitions;
    private long _batches;
    private long _bytes;

    private FolderVerifier(IDisk disk, string folder) => (_disk, _folder) = (disk, folder);

    /// <param name="disk">Where the folder is.</param>
    /// <param name="folder">A data folder.</param>
    /// <exception cref="DataFolderLockedException">A broker serves it.</exception>
    /// <exception cref="CorruptFileException">It is no data folder.</exception>
    public static FolderReport Verify(IDisk disk, string folder)
    {
        if (!disk.FileExists(Path.Combine(folder, LogFileNames.MetaProperties)))
            throw new CorruptFileException(folder, "it is no data folder: there is no meta.properties in it");
        using var folderLock = disk.TryLock(Path.Combine(folder, LogFileNames.Lock)) ?? throw new DataFolderLockedException(folder);
        return new FolderVerifier(disk, folder).Run();
    }

    private FolderReport Run()
    {
        if (Read(() => MetaProperties.Read(_disk, _folder), LogFileNames.MetaProperties, "Write it anew: it says whose the folder is.") is null)
            return Report();
        var isClean = _disk.FileExists(Path.Combine(_folder, LogFileNames.CleanStop));
        var recovered = Read(() => Checkpoint(LogFileNames.RecoveryPointCheckpoint), LogFileNames.RecoveryPointCheckpoint, "Delete it: the next start scans all logs.") ?? Nothing;
        var starts = Read(() => Checkpoint(LogFileNames.LogStartCheckpoint), LogFileNames.LogStartCheckpoint, "Delete it: records that were deleted by request may be seen again.") ?? Nothing;
        foreach (var name in _disk.FoldersIn(_folder))
        {
            if (LogFileNames.TryParseFolder(name, out var partition))
                VerifyLog(Path.Combine(_folder, name), recovered.GetValueOrDefault(partition), starts.GetValueOrDefault(partition), isClean);
        }

        return Report();
    }

    private static IReadOnlyDictionary<TopicPartition, long> Nothing { get; } = new Dictionary<TopicPartition, long>();

    private IReadOnlyDictionary<TopicPartition, long> Checkpoint(string name) => new OffsetCheckpoint(_disk, Path.Combine(_folder, name)).Read();

    private FolderReport Report() => new(_findings, _partitions, _batches, _bytes);

    private void VerifyLog(string folder, long recoveryPoint, long logStart, bool isClean)
    {
        _partitions++;
        Read(() => (object)PartitionMetadataFile.Read(_disk, folder), Path.Combine(Path.GetFileName(folder), LogFileNames.PartitionMetadata), "Restore it from another replica's folder: it says which topic the records belong to.");
        if (Try(() => LeaderEpochCheckpoint.Read(_disk, folder)) is { } unreadable)
            Add(FindingKind.Rebuilt, Path.Combine(folder, LogFileNames.LeaderEpochCheckpoint), unreadable, "The next start makes it again from the batches.");
        SyncedEnd? noted = null;
        if (Try(() => noted = SyncedEndFile.Open(_disk, folder).End) is { } unread)
            Add(FindingKind.Damaged, Path.Combine(folder, LogFileNames.SyncedEnd), unread, "Copy the folder to a sound disk.");
        var synced = Math.Max(recoveryPoint, noted?.Offset ?? 0);
        var (fromTail, fromMiddle) = noted is null ? (FromReplica, ByScrubbing) : (FromVoters, FromVoters);
        var end = logStart;
        var segments = SegmentsOf(folder);
        for (var i = 0; i < segments.Count; i++)
        {
            var isLast = i == segments.Count - 1;
            if (i > 0 && segments[i] < end)
            {
                Add(FindingKind.Damaged, Path.Combine(folder, LogFileNames.Of(segments[i], LogFileNames.Log)), $"the segment begins at {segments[i]}, and the one before it ends at {end}", FromReplica);
                return;
            }

            var verifier = new SegmentVerifier(_disk, folder, segments[i]);
            var bad = verifier.ReadLog();
            (_batches, _bytes, end) = (_batches + verifier.Batches, _bytes + verifier.Bytes, verifier.EndOffset);
            if (bad is not null)
            {
                AddBad(verifier, bad, isLast ? fromTail : fromMiddle, isLast, isSynced: isClean || end < synced, segments.Count - 1 - i);
                return;
            }

            AddIndex(verifier, LogFileNames.OffsetIndex, verifier.OffsetFault);
            AddIndex(verifier, LogFileNames.TimeIndex, verifier.TimeFault);
        }

        if (end < synced)
            Add(FindingKind.Damaged, folder, $"the log ends at offset {end}, and was synced up to {synced}: what lies between is gone", fromTail);
    }

    private void AddBad(SegmentVerifier verifier, BadBatch bad, string repair, bool isLast, bool isSynced, int behind)
    {
        var text = $"at byte {bad.Position} of {verifier.Length}: {bad.Reason}; valid up to offset {verifier.EndOffset}";
        if (isSynced || !isLast)
            Add(FindingKind.Damaged, verifier.LogPath, text + (isSynced ? "; these bytes had been synced" : $"; {behind} segments lie behind it"), repair);
        else
            Add(FindingKind.Cut, verifier.LogPath, text, $"The next start cuts {verifier.Length - bad.Position} bytes; the log ends at offset {verifier.EndOffset} then.");
    }

    private void AddIndex(SegmentVerifier verifier, string extension, string? wrong)
    {
        if (wrong is not null)
            Add(FindingKind.Rebuilt, verifier.PathOf(extension), wrong, "The next start after a crash makes it again from the records; to have it made, delete the file and .kafka_cleanshutdown.");
    }

    private List<long> SegmentsOf(string folder)
    {
        var segments = new List<long>();
        foreach (var name in _disk.FilesIn(folder))
        {
            if (LogFileNames.TryParse(name, LogFileNames.Log, out var baseOffset))
                segments.Add(baseOffset);
        }

        return segments;
    }

    private T? Read<T>(Func<T?> read, string file, string repair)
        where T : class
    {
        T? value = null;
        if (Try(() => value = read()) is { } wrong)
            Add(FindingKind.Damaged, Path.Combine(_folder, file), wrong, repair);
        return value;
    }

    private static string? Try(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception wrong) when (wrong is StorageException or IOException)
        {
            return wrong.Message;
        }
    }

    private void Add(FindingKind kind, string path, string text, string repair) => _findings.Add(new Finding(kind, path, text, repair));
}
