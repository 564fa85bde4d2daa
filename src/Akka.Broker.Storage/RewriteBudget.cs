using Akka.Broker.Storage.Compaction;

namespace Akka.Broker.Storage;

/// <summary>What a rewriting of segments may take of the disk and of memory: it counts what is read and written, and waits where the throttle says so. One thread.</summary>
internal sealed class RewriteBudget(int ioBufferBytes, IoThrottle throttle, Action<int>? onRead = null)
{
    public RewriteBudget(LogCleanerOptions options, TimeProvider time, CancellationToken stopped)
        : this(options.IoBufferBytes, new IoThrottle(options.IoBytesPerSecondMax, time, stopped))
    {
    }

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public int ReadBufferBytes => Math.Max(4096, ioBufferBytes / 2);

    public int WriteBufferBytes => Math.Max(4096, ioBufferBytes / 2);

    public void ThrowIfStopped() => throttle.ThrowIfStopped();

    public void OnRead(int bytes)
    {
        BytesRead += bytes;
        onRead?.Invoke(bytes);
        throttle.Take(bytes);
    }

    public void OnWritten(int bytes)
    {
        BytesWritten += bytes;
        throttle.Take(bytes);
    }
}
