namespace Akka.Broker.Tests.Gateway;

/// <summary>Time that passes when a test says so. Timers that come due fire on the test's thread, in order.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private long _now;

    /// <summary>How often a timer has gone off.</summary>
    public int Fires { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20_000).AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (NextDue(end) is { } timer)
        {
            Fires++;
            timer.Fire();
        }
        Volatile.Write(ref _now, end);
    }

    private ManualTimer? NextDue(long end)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.DueAt <= end).MinBy(t => t.DueAt);
            if (next is not null)
                Volatile.Write(ref _now, Math.Max(_now, next.DueAt));
            return next;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _period;

        public long DueAt { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                _period = period.Ticks;
                if (dueTime < TimeSpan.Zero)
                    return true;
                DueAt = time._now + dueTime.Ticks;
                time._timers.Add(this);
                return true;
            }
        }

        public void Fire()
        {
            lock (time._gate)
            {
                if (_period > 0)
                    DueAt += _period;
                else
                    time._timers.Remove(this);
            }
            callback(state);
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
