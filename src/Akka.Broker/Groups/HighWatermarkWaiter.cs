using Akka.Broker.Partitions;

namespace Akka.Broker.Groups;

/// <summary>Waits until a partition's watermark has reached an offset. A leader that takes over knows at first only an older one.</summary>
internal sealed class HighWatermarkWaiter : IPartitionViewListener
{
    private readonly TaskCompletionSource<bool> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _offset;

    private HighWatermarkWaiter(long offset) => _offset = offset;

    /// <summary>False if the leadership ends before.</summary>
    public static async Task<bool> WaitAsync(LedPartition led, long offset, CancellationToken cancellation)
    {
        var waiter = new HighWatermarkWaiter(offset);
        led.Subscribe(waiter);
        try
        {
            waiter.OnViewChanged(led);
            return await waiter._reached.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            led.Unsubscribe(waiter);
        }
    }

    public void OnViewChanged(LedPartition partition)
    {
        if (partition.IsClosed)
            _reached.TrySetResult(false);
        else if (partition.View.HighWatermark >= _offset)
            _reached.TrySetResult(true);
    }
}
