namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// What a compaction may take of the disk: it counts what is read and written, and waits when that goes faster than
/// <c>log.cleaner.io.max.bytes.per.second</c>. One thread.
/// </summary>
internal sealed class CompactionBudget(LogCleanerOptions options, TimeProvider time, CancellationToken stopped)
{
    /// <summary>So long a stretch is looked at: what was not used before it is gone.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(300);

    private long _windowStart = time.GetTimestamp();
    private long _windowBytes;

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public int ReadBufferBytes => Math.Max(4096, options.IoBufferBytes / 2);

    public int WriteBufferBytes => Math.Max(4096, options.IoBufferBytes / 2);

    public void ThrowIfStopped() => stopped.ThrowIfCancellationRequested();

    public void OnRead(int bytes)
    {
        BytesRead += bytes;
        Take(bytes);
    }

    public void OnWritten(int bytes)
    {
        BytesWritten += bytes;
        Take(bytes);
    }

    /// <summary>How long to wait before going on, for the bytes taken since the stretch began.</summary>
    internal TimeSpan Debt(TimeSpan elapsed) =>
        TimeSpan.FromSeconds(Math.Max(0, (double)_windowBytes / options.IoBytesPerSecondMax - elapsed.TotalSeconds));

    private void Take(int bytes)
    {
        if (options.IoBytesPerSecondMax == long.MaxValue)
            return;
        _windowBytes += bytes;
        var elapsed = time.GetElapsedTime(_windowStart);
        var debt = Debt(elapsed);
        if (debt > TimeSpan.FromMilliseconds(1))
        {
            // The worker's own thread, which has nothing else to do.
            if (!Wait(debt))
                throw new OperationCanceledException(stopped);
            elapsed = time.GetElapsedTime(_windowStart);
        }
        if (elapsed < Window)
            return;
        _windowStart = time.GetTimestamp();
        _windowBytes = 0;
    }

    private bool Wait(TimeSpan debt)
    {
        using var over = new ManualResetEventSlim();
        using var timer = time.CreateTimer(static o => ((ManualResetEventSlim)o!).Set(), over, debt, Timeout.InfiniteTimeSpan);
        try
        {
            over.Wait(stopped);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
