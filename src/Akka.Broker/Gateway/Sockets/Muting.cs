namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// For how long a client that is over its quota is not read. <see cref="Extend"/> by any thread; one loop waits, before each request that it takes.
/// </summary>
internal sealed class Muting(TimeProvider time, TimerWheel wheel)
{
    /// <summary>A timestamp; 0: not muted.</summary>
    private long _until;

    public bool IsOn => Volatile.Read(ref _until) != 0;

    /// <summary>From now on for as long, unless it is for longer already.</summary>
    public void Extend(int throttleTimeMs)
    {
        var until = time.GetTimestamp() + (long)(throttleTimeMs / 1000.0 * time.TimestampFrequency);
        for (var seen = Volatile.Read(ref _until); until > seen;)
        {
            var found = Interlocked.CompareExchange(ref _until, until, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <exception cref="OperationCanceledException">The client's connection was closed meanwhile.</exception>
    public async ValueTask WaitUntilOverAsync(CancellationToken closed)
    {
        while (true)
        {
            var until = Volatile.Read(ref _until);
            var leftMs = (until - time.GetTimestamp()) * 1000.0 / time.TimestampFrequency;
            if (leftMs <= 0)
            {
                Interlocked.CompareExchange(ref _until, 0, until);
                return;
            }
            await WheelDelay.WaitAsync(wheel, (long)Math.Ceiling(leftMs), closed).ConfigureAwait(false);
        }
    }
}
