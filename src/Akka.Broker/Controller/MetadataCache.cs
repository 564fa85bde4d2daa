using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Controller;

/// <summary>
/// This node's newest <see cref="MetadataImage"/>, read by any thread without a lock. The controller (later: the follower of the metadata log) publishes,
/// in the order of the log; everybody else reads, waits for an offset or listens.
/// </summary>
public sealed class MetadataCache
{
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];
    private volatile MetadataImage _current = MetadataImage.Empty;
    private volatile int _controllerId = -1;

    /// <summary>Told on the publisher's thread, in order, after <see cref="Current"/> has changed: (old, new). Return at once.</summary>
    public event Action<MetadataImage, MetadataImage>? Changed;

    public MetadataImage Current => _current;

    /// <summary>The node that leads the metadata log as far as this node knows; -1 if it knows none.</summary>
    public int ControllerId
    {
        get => _controllerId;
        internal set => _controllerId = value;
    }

    /// <summary>Completes with the first image that holds everything up to <paramref name="offset"/>.</summary>
    public Task<MetadataImage> WaitForAsync(long offset, CancellationToken cancellation = default) =>
        WaitForAsync(image => image.Offset >= offset, cancellation);

    /// <summary>Completes with the first image for which <paramref name="condition"/>, which must be quick and pure, holds.</summary>
    public Task<MetadataImage> WaitForAsync(Func<MetadataImage, bool> condition, CancellationToken cancellation = default)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (condition(_current))
                return Task.FromResult(_current);
            if (cancellation.IsCancellationRequested)
                return Task.FromCanceled<MetadataImage>(cancellation);
            waiter = new Waiter(condition);
            _waiters.Add(waiter);
        }
        waiter.Cancellation = cancellation.UnsafeRegister(_ => Abandon(waiter, cancellation), null);
        return waiter.Completion.Task;
    }

    internal void Publish(MetadataImage next)
    {
        MetadataImage last;
        List<Waiter> satisfied = [];
        lock (_gate)
        {
            last = _current;
            Invariant.Check(next.Offset >= last.Offset);
            _current = next;
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (!_waiters[i].Condition(next))
                    continue;
                satisfied.Add(_waiters[i]);
                _waiters.RemoveAt(i);
            }
        }
        foreach (var waiter in satisfied)
        {
            waiter.Cancellation.Dispose();
            waiter.Completion.TrySetResult(next);
        }
        Changed?.Invoke(last, next);
    }

    private void Abandon(Waiter waiter, CancellationToken cancellation)
    {
        lock (_gate)
            _waiters.Remove(waiter);
        waiter.Completion.TrySetCanceled(cancellation);
    }

    private sealed class Waiter(Func<MetadataImage, bool> condition)
    {
        public Func<MetadataImage, bool> Condition { get; } = condition;

        public TaskCompletionSource<MetadataImage> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenRegistration Cancellation { get; set; }
    }
}
