namespace Akka.Broker.Storage;

/// <summary>
/// Holds a thread that works beside traffic to so many bytes a second of reading and writing: it waits when it is faster. What was not used within a stretch is gone.
/// One thread.
/// </summary>
internal sealed class IoThrottle(long bytesPerSecondMax, TimeProvider time, CancellationToken stopped)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(300);

    private long _windowStart = time.GetTimestamp();
    private long _windowBytes;

    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public void ThrowIfStopped() => stopped.ThrowIfCancellationRequested();

    /// <summary>So much was read or written.</summary>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public void Take(int bytes)
    {
        if (bytesPerSecondMax == long.MaxValue)
            return;
        _windowBytes += bytes;
        var elapsed = time.GetElapsedTime(_windowStart);
        var debt = TimeSpan.FromSeconds(Math.Max(0, (double)_windowBytes / bytesPerSecondMax - elapsed.TotalSeconds));
        if (debt > TimeSpan.FromMilliseconds(1))
        {
            // The worker's own thread, which has nothing else to do.
            Wait(debt);
            elapsed = time.GetElapsedTime(_windowStart);
        }

        if (elapsed < Window)
            return;
        _windowStart = time.GetTimestamp();
        _windowBytes = 0;
    }

    private void Wait(TimeSpan debt)
    {
        using var over = new ManualResetEventSlim();
        using var timer = time.CreateTimer(static o => ((ManualResetEventSlim)o!).Set(), over, debt, Timeout.InfiniteTimeSpan);
        over.Wait(stopped);
    }
}
