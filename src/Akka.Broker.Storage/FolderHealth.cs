using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage;

/// <summary>
/// Whether a data folder can be written to. A log that fails may be alone with that, or the first of all on a disk that dies; a small file that is written and
/// synced tells which, without waiting until each of the others has met the fault:
/// <code>
///   a log, or a file of the folder's own, has failed ─▶ Doubt ─▶ probe ─┬─ written, or no space: that log alone
///                                                                      └─ failed: the folder is offline, with all that is in it, until the next start
/// </code>
/// Any thread doubts; the folder's second thread probes.
/// </summary>
internal sealed class FolderHealth(string path, LogEnvironment environment, BesideWriter beside)
{
    private static readonly byte[] ProbeBytes = "The disk of this folder can be written to.\n"u8.ToArray();
    private volatile Exception? _failure;
    private int _isInDoubt;

    /// <summary>Why the folder is offline; null while it is not.</summary>
    public Exception? Failure => _failure;

    /// <summary>Told once, when the folder has gone offline. Set by the folder.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>Something of the folder has failed: finds out whether all of it has.</summary>
    public void Doubt()
    {
        if (_failure is null && Interlocked.Exchange(ref _isInDoubt, 1) == 0)
            _ = beside.RunAsync(Probe);
    }

    private void Probe()
    {
        Volatile.Write(ref _isInDoubt, 0);
        try
        {
            var probe = Path.Combine(path, LogFileNames.Probe);
            using (var file = environment.Disk.Open(probe, DiskFileMode.Create))
            {
                file.Write(0, ProbeBytes);
                file.Sync();
            }
            environment.Disk.DeleteFile(probe);
        }
        catch (DiskFullException)
        {
            // Nothing is broken.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_failure is not null)
                return;
            _failure = e;
            Failed(e);
        }
    }
}
