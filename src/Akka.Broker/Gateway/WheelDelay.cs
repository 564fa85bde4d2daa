namespace Akka.Broker.Gateway;

/// <summary>A pause on the gateway's timer wheel.</summary>
internal sealed class WheelDelay : WheelEntry
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="OperationCanceledException">It was cancelled before the time was over.</exception>
    public static async ValueTask WaitAsync(TimerWheel wheel, long delayMs, CancellationToken cancelled)
    {
        var delay = new WheelDelay();
        wheel.Schedule(delay, delayMs);
        try
        {
            await delay._over.Task.WaitAsync(cancelled).ConfigureAwait(false);
        }
        finally
        {
            wheel.Cancel(delay);
        }
    }

    protected internal override void OnExpired() => _over.TrySetResult();
}
