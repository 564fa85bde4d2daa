using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// Whether a data folder can be written to and read. A log that fails may be alone with that, or the first of all on a disk that dies; a small file that is written,
/// synced and read, and a block of some other segments, tell which, without waiting until each of the others has met the fault:
/// <code>
///   a log, or a file of the folder's own, has failed ─▶ Doubt ──────▶ probe ────────────┬─ done, or no space: that log alone
///   a segment could not be read ─▶ DoubtReads ─▶ probe, and a block of each sample ──────┴─ failed: the folder is offline, with all that is in it, until the next start
/// </code>
/// One segment that cannot be read is a bad sector, which a repair makes good; a second one is a disk that dies. What the page cache holds is read all the same: such a disk is
/// found by the first that it does not hold. Any thread doubts; the folder's second thread probes.
/// </summary>
internal sealed class FolderHealth(string path, LogEnvironment environment, BesideWriter beside)
{
    private const int SamplesMax = 16;
    private static readonly byte[] ProbeBytes = "The disk of this folder can be written to.\n"u8.ToArray();
    private static readonly TimeSpan ReadProbeInterval = TimeSpan.FromSeconds(1);

    private volatile Exception? _failure;
    private int _isInDoubt;
    private long _readProbedAt;

    /// <summary>Why the folder is offline; null while it is not.</summary>
    public Exception? Failure => _failure;

    /// <summary>Told once, when the folder has gone offline. Set by the folder.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>The folder's. Set by the folder.</summary>
    public required Func<IEnumerable<PartitionLog>> Logs { get; init; }

    /// <summary>Something of the folder has failed: finds out whether all of it has.</summary>
    public void Doubt()
    {
        if (_failure is null && Interlocked.Exchange(ref _isInDoubt, 1) == 0)
            _ = beside.RunAsync(() => { Volatile.Write(ref _isInDoubt, 0); Probe(WriteAndRead); });
    }

    /// <summary>A segment could not be read: finds out whether others can. Who reads on and on is no reason to ask the disk more than once a second.</summary>
    public void DoubtReads(LogSegment unreadable)
    {
        var last = Volatile.Read(ref _readProbedAt);
        if (_failure is not null || (last != 0 && environment.Time.GetElapsedTime(last) < ReadProbeInterval))
            return;
        // One of those that come at once.
        if (Interlocked.CompareExchange(ref _readProbedAt, environment.Timestamp, last) == last)
            _ = beside.RunAsync(() => Probe(() => { ReadSamples(unreadable); WriteAndRead(); }));
    }

    private void WriteAndRead()
    {
        var probe = Path.Combine(path, LogFileNames.Probe);
        using (var file = environment.Disk.Open(probe, DiskFileMode.Create))
        {
            file.Write(0, ProbeBytes);
            file.Sync();
            file.Read(0, new byte[ProbeBytes.Length]);
        }
        environment.Disk.DeleteFile(probe);
    }

    private void ReadSamples(LogSegment unreadable)
    {
        var block = new byte[ProbeBytes.Length];
        foreach (var segment in SamplesBeside(unreadable))
        {
            if (!segment.TryAcquire())
                continue;
            try
            {
                segment.LogFile.Read(0, block);
            }
            finally
            {
                segment.Release();
            }
        }
    }

    /// <summary>The oldest and the newest segments of the folder's logs.</summary>
    private IEnumerable<LogSegment> SamplesBeside(LogSegment unreadable) => Logs()
        .Where(l => l.Failure is null && !l.Mutator.IsClosed)
        .SelectMany(l => (LogSegment[])[l.Mutator.Contents.Segments[0], l.Mutator.Contents.Segments[^1]])
        .Where(s => s != unreadable && s.Size > 0)
        .Distinct()
        .Take(SamplesMax);

    private void Probe(Action probe)
    {
        try
        {
            probe();
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
