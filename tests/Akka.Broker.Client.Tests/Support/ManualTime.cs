namespace Akka.Broker.Client.Tests.Support;

/// <summary>A clock that stands until it is moved; timers go off while it is, in their order, on the mover's thread. Thread-safe.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    public long NowMs => GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Timers that will go off.</summary>
    public int Armed
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_gate)
            end = _now + by;
        while (true)
        {
            Timer? next;
            lock (_gate)
            {
                next = _timers.Where(t => t.At <= end).MinBy(t => t.At);
                _now = next is null ? end : next.At > _now ? next.At!.Value : _now;
                next?.Pass();
            }
            if (next is null)
                return;
            next.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset? At { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var isDue = false;
            lock (time._gate)
            {
                time._timers.Remove(this);
                _period = period;
                At = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                isDue = dueTime == TimeSpan.Zero;
                if (isDue)
                    Pass();
                else if (At is not null)
                    time._timers.Add(this);
            }
            // Due at once: as a real timer does, on another thread.
            if (isDue)
                ThreadPool.QueueUserWorkItem(static t => ((Timer)t!).Fire(), this);
            return true;
        }

        /// <summary>Under the lock: it goes off now.</summary>
        public void Pass()
        {
            time._timers.Remove(this);
            At = _period > TimeSpan.Zero ? time._now + _period : null;
            if (At is not null)
                time._timers.Add(this);
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
