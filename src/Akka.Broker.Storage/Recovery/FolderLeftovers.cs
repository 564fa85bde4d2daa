using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Recovery;

/// <summary>
/// Clears a log's folder of what an earlier process left unfinished: files that waited for their removal, half-written ones, indexes without their log.
/// A compaction that had all its <c>.swap</c> files is finished: they replace the segments whose offsets they cover. One that still had
/// <c>.cleaned</c> files is dropped, since the originals are whole then. See <see cref="Compaction.SegmentSwap"/>; Kafka leaves the same.
/// </summary>
internal static class FolderLeftovers
{
    private static readonly string[] Removed = [LogFileNames.Deleted, LogFileNames.Cleaned, ".tmp"];
    private static readonly string[] IndexExtensions = [LogFileNames.OffsetIndex, LogFileNames.TimeIndex, LogFileNames.TransactionIndex];

    public static void Clean(LogEnvironment environment, string name, string folder)
    {
        var disk = environment.Disk;
        var files = disk.FilesIn(folder);
        var isHalfCleaned = files.Any(f => f.EndsWith(LogFileNames.Cleaned, StringComparison.Ordinal));
        foreach (var file in files)
        {
            if (Array.Exists(Removed, e => file.EndsWith(e, StringComparison.Ordinal)) || (isHalfCleaned && file.EndsWith(LogFileNames.Swap, StringComparison.Ordinal)))
                disk.DeleteFile(Path.Combine(folder, file));
        }
        foreach (var file in disk.FilesIn(folder))
        {
            if (LogFileNames.TryParse(file, LogFileNames.Log + LogFileNames.Swap, out var baseOffset))
                Swap(environment, name, folder, baseOffset);
        }
        foreach (var file in disk.FilesIn(folder))
        {
            if (file.EndsWith(LogFileNames.Swap, StringComparison.Ordinal) || IsIndexWithoutLog(environment, folder, file))
                disk.DeleteFile(Path.Combine(folder, file));
        }
    }

    private static void Swap(LogEnvironment environment, string name, string folder, long baseOffset)
    {
        var disk = environment.Disk;
        var path = Path.Combine(folder, LogFileNames.Of(baseOffset, LogFileNames.Log));
        var end = baseOffset + 1;
        using (var file = disk.Open(path + LogFileNames.Swap, Disks.DiskFileMode.Open))
        {
            var batches = new BatchScanner(file, 0, file.Length);
            while (batches.MoveNext())
                end = batches.Current.NextOffset;
            batches.Dispose();
        }
        foreach (var old in disk.FilesIn(folder))
        {
            if (!LogFileNames.TryParse(old, LogFileNames.Log, out var oldBase) || oldBase < baseOffset || oldBase >= end)
                continue;
            disk.DeleteFile(Path.Combine(folder, old));
            foreach (var extension in IndexExtensions)
                disk.DeleteFile(Path.Combine(folder, LogFileNames.Of(oldBase, extension)));
        }
        foreach (var extension in IndexExtensions)
        {
            var index = Path.Combine(folder, LogFileNames.Of(baseOffset, extension));
            if (disk.FileExists(index + LogFileNames.Swap))
                disk.Move(index + LogFileNames.Swap, index);
        }
        disk.Move(path + LogFileNames.Swap, path);
        environment.Tell(LogEventLevel.Info, name, $"Finished a compaction: {path} is in place.");
    }

    private static bool IsIndexWithoutLog(LogEnvironment environment, string folder, string file)
    {
        foreach (var extension in IndexExtensions)
        {
            if (LogFileNames.TryParse(file, extension, out var baseOffset))
                return !environment.Disk.FileExists(Path.Combine(folder, LogFileNames.Of(baseOffset, LogFileNames.Log)));
        }
        return false;
    }
}
