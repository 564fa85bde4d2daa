using System.Threading.Tasks.Sources;

namespace Akka.Broker.Client.Producing;

/// <summary>The task of one record's delivery. Pooled: it goes back when its result is taken, which a caller does once. Any thread.</summary>
internal sealed class PendingDelivery(PendingDeliveryPool pool) : IValueTaskSource<DeliveryReport>, IDeliveryHandler
{
    // Continuations are the application's code: they run elsewhere than on the producer's thread.
    private ManualResetValueTaskSourceCore<DeliveryReport> _core = new() { RunContinuationsAsynchronously = true };

    public ValueTask<DeliveryReport> Task => new(this, _core.Version);

    public void OnDelivery(in DeliveryReport report, object? state)
    {
        if (report.Error is { } error)
            _core.SetException(error);
        else
            _core.SetResult(report);
    }

    DeliveryReport IValueTaskSource<DeliveryReport>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            pool.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<DeliveryReport>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<DeliveryReport>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

/// <summary>Those that wait for their next record. Any thread.</summary>
internal sealed class PendingDeliveryPool
{
    private const int KeptMax = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<PendingDelivery> _idle = new();

    public PendingDelivery Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out var idle))
                return idle;
        }
        return new PendingDelivery(this);
    }

    public void Return(PendingDelivery delivery)
    {
        lock (_gate)
        {
            if (_idle.Count < KeptMax)
                _idle.Push(delivery);
        }
    }
}
