using Akka.Broker.Partitions;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// A long poll: over when one of its partitions shows more than was asked from, stops being led here, the time is up, or the connection closes.
/// It listens from the first <see cref="Watch"/> to <see cref="Dispose"/>, and may be told late or twice; only the first counts.
/// </summary>
internal sealed class FetchWaiter(TimerWheel wheel) : WheelEntry, IPoll, IDisposable
{
    private readonly TaskCompletionSource<bool> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Watched> _watched = [];
    private volatile bool _isSoon;

    /// <summary>Looks out for records of the partition that come at or behind an offset; a replica also for a watermark that it does not know.</summary>
    public void Watch(LedPartition partition, long fromOffset, ReadLimit limit, long knownWatermark)
    {
        var watched = new Watched(this, partition, fromOffset, limit, knownWatermark);
        _watched.Add(watched);
        partition.Subscribe(watched);
        // What changed between the read and the subscription is told to nobody.
        watched.OnViewChanged(partition);
    }

    /// <summary>True if something is there to be read, false if the time was up.</summary>
    /// <exception cref="OperationCanceledException">The connection was closed.</exception>
    public async ValueTask<bool> WaitAsync(long maxWaitMs, CancellationToken connectionClosed)
    {
        if (_over.Task.IsCompleted)
            return await _over.Task.ConfigureAwait(false);
        wheel.Schedule(this, maxWaitMs);
        if (_isSoon)
            wheel.Hasten(this, IPoll.SoonMs);
        using var registration = connectionClosed.UnsafeRegister(static waiter => ((FetchWaiter)waiter!)._over.TrySetCanceled(), this);
        return await _over.Task.ConfigureAwait(false);
    }

    public void Hurry() => _over.TrySetResult(true);

    public void HurrySoon()
    {
        if (_isSoon)
            return;
        // Who schedules it looks at this afterwards.
        _isSoon = true;
        wheel.Hasten(this, IPoll.SoonMs);
    }

    public void Dispose()
    {
        wheel.Cancel(this);
        foreach (var watched in _watched)
            watched.Partition.Unsubscribe(watched);
        _over.TrySetResult(false);
    }

    protected internal override void OnExpired() => _over.TrySetResult(false);

    private sealed class Watched(FetchWaiter waiter, LedPartition partition, long fromOffset, ReadLimit limit, long knownWatermark) : IPartitionViewListener
    {
        public LedPartition Partition { get; } = partition;

        public void OnViewChanged(LedPartition changed)
        {
            var view = changed.View;
            var isNews = limit.Of(view) > fromOffset || (limit == ReadLimit.LogEnd && view.HighWatermark != knownWatermark);
            if (isNews || changed.IsClosed)
                waiter._over.TrySetResult(true);
        }
    }
}
