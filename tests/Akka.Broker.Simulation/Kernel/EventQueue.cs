namespace Akka.Broker.Simulation.Kernel;

/// <summary>
/// Virtual time: what is to happen, in the order in which it happens. Two events of one instant run in the order in which they were scheduled, so that a run
/// depends on its seed alone.
/// </summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Scheduled, (long AtUs, long Order)> _queue = new();
    private long _order;

    /// <summary>Microseconds since the run began.</summary>
    public long NowUs { get; private set; }

    public long NowMs => NowUs / 1000;

    /// <summary>How many events have run.</summary>
    public long Count { get; private set; }

    /// <summary>Runs <paramref name="action"/> so much later; with an owner only while it lives, and not while it is paused.</summary>
    public Scheduled After(long delayUs, Action action, ILifetime? owner = null)
    {
        var scheduled = new Scheduled(action, owner);
        _queue.Enqueue(scheduled, (NowUs + Math.Max(0, delayUs), _order++));
        return scheduled;
    }

    /// <summary>Runs the next event; false if there is none before the limit.</summary>
    public bool RunNext(long untilUs)
    {
        while (_queue.TryPeek(out var scheduled, out var when) && when.AtUs <= untilUs)
        {
            _queue.Dequeue();
            if (scheduled.IsCancelled || scheduled.Owner is { IsAlive: false })
                continue;
            if (scheduled.Owner is { } owner && owner.PausedUntilUs > when.AtUs)
            {
                _queue.Enqueue(scheduled, (owner.PausedUntilUs, when.Order));
                continue;
            }
            NowUs = when.AtUs;
            Count++;
            scheduled.Action();
            return true;
        }
        NowUs = untilUs;
        return false;
    }
}

/// <summary>One event to come.</summary>
internal sealed class Scheduled(Action action, ILifetime? owner)
{
    public Action Action { get; } = action;

    public ILifetime? Owner { get; } = owner;

    public bool IsCancelled { get; private set; }

    public void Cancel() => IsCancelled = true;
}

/// <summary>Whose events end with it.</summary>
internal interface ILifetime
{
    bool IsAlive { get; }

    /// <summary>Until then it does nothing; what falls due meanwhile runs when it wakes.</summary>
    long PausedUntilUs { get; }
}
