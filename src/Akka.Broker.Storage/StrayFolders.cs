using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage;

/// <summary>A folder that no topic was known for when it was put aside.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="SinceMs">When it was put aside, in ms since the Unix epoch.</param>
/// <param name="RemovedMs">When it is removed, unless somebody takes it away before.</param>
public sealed record StrayFolder(string Path, long SinceMs, long RemovedMs);

/// <summary>
/// The <c>….-stray</c> folders of a data folder: told at start, removed after <c>stray.retention.ms</c>. When a folder was put aside is the time of the
/// empty file <c>stray</c> in it; one that lacks it, after a crash or by hand, begins its time when it is seen.
/// Called on one thread at a time.
/// </summary>
internal sealed class StrayFolders(string path, LogEnvironment environment, long retentionMs)
{
    private const string Mark = "stray";

    private IDisk Disk => environment.Disk;

    public IReadOnlyList<StrayFolder> List()
    {
        var strays = new List<StrayFolder>();
        foreach (var name in Disk.FoldersIn(path))
        {
            if (!name.EndsWith(LogFileNames.StrayFolder, StringComparison.Ordinal))
                continue;
            var folder = Path.Combine(path, name);
            var mark = Path.Combine(folder, Mark);
            if (!Disk.FileExists(mark))
                Disk.Open(mark, DiskFileMode.Create).Dispose();
            var since = Disk.LastWriteTimeMs(mark);
            strays.Add(new StrayFolder(folder, since, since > long.MaxValue - retentionMs ? long.MaxValue : since + retentionMs));
        }
        return strays;
    }

    public void TellOf(long nowMs)
    {
        foreach (var stray in TryList())
        {
            environment.Tell(
                LogEventLevel.Warning, stray.Path,
                $"No topic was known for this folder when it was put aside; it is removed in {Math.Max(0, stray.RemovedMs - nowMs) / 3_600_000} hours. Move it away to keep it.");
        }
    }

    public void RemoveOld(long nowMs)
    {
        foreach (var stray in TryList())
        {
            if (stray.RemovedMs > nowMs)
                continue;
            try
            {
                Disk.DeleteFolder(stray.Path);
                environment.Tell(LogEventLevel.Info, stray.Path, "This folder, put aside since no topic was known for it, is removed: its time is over.");
            }
            catch (IOException e)
            {
                environment.Tell(LogEventLevel.Warning, stray.Path, $"Could not be removed and is tried again later: {e.Message}", e);
            }
        }
    }

    private IReadOnlyList<StrayFolder> TryList()
    {
        try
        {
            return List();
        }
        catch (IOException e)
        {
            environment.Tell(LogEventLevel.Warning, path, $"Folders that were put aside could not be looked for: {e.Message}", e);
            return [];
        }
    }
}
