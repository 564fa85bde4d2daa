namespace Akka.Broker.Client.Producing;

/// <summary>Waits until everything is reported that is there when the sender hears of it. Any thread.</summary>
internal sealed class FlushWaiter
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // One for whoever is still adding.
    private int _left = 1;

    public Task Task => _done.Task;

    public void Add() => Interlocked.Increment(ref _left);

    public void Done()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _done.TrySetResult();
    }
}
