namespace Akka.Broker.Quorum;

/// <summary>The newest of something: one publishes it, whoever likes reads it or waits for one that will do. Thread-safe.</summary>
internal sealed class Awaitable<T>(T first) where T : class
{
    private readonly List<(Func<T, bool> Condition, TaskCompletionSource<T> Holds)> _waiting = [];
    private volatile T _current = first;

    public T Current => _current;

    /// <summary>Completes with the first for which the condition, which must be quick and pure, holds. The present one counts.</summary>
    public Task<T> WaitForAsync(Func<T, bool> condition, CancellationToken cancellation)
    {
        var holds = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            var now = _current;
            if (condition(now))
                return Task.FromResult(now);
            _waiting.Add((condition, holds));
        }
        return holds.Task.WaitAsync(cancellation);
    }

    public void Publish(T next)
    {
        if (ReferenceEquals(_current, next))
            return;
        lock (_waiting)
        {
            _current = next;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (!_waiting[i].Condition(next))
                    continue;
                _waiting[i].Holds.TrySetResult(next);
                _waiting.RemoveAt(i);
            }
        }
    }
}
