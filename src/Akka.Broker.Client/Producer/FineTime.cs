namespace Akka.Broker.Client.Producing;

/// <summary>
/// A clock whose timers go off within about a millisecond. The runtime's own look at a clock of the kernel's that most machines move on every 4 ms only: a linger of 5 ms would
/// take 8. One thread waits for all of them, and is there as long as there is a timer; callbacks run on it and must return at once. Thread-safe.
/// <para>Invariants: a timer goes off once for each time it is set, and not before its time; the thread runs while a timer is there.</para>
/// </summary>
/// <param name="clock">What is read; it must be the machine's.</param>
internal sealed class FineTime(TimeProvider clock) : TimeProvider
{
    private readonly object _gate = new();
    private readonly List<FineTimer> _timers = [];
    private long _wakesAt = long.MinValue;
    private bool _isRunning;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    /// <summary>Of timers that go off once; <paramref name="period"/> is infinite.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FineTimer(this, callback, state);
        lock (_gate)
        {
            _timers.Add(timer);
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "akka-broker-client-timers" }.Start();
            }
        }
        timer.Change(dueTime, period);
        return timer;
    }

    private void Run()
    {
        var due = new List<FineTimer>();
        while (WaitForDue(due))
        {
            due.ForEach(static timer => timer.GoOff());
            due.Clear();
        }
    }

    /// <summary>False: there is no timer any more.</summary>
    private bool WaitForDue(List<FineTimer> due)
    {
        lock (_gate)
        {
            while (true)
            {
                _isRunning = _timers.Count > 0;
                if (!_isRunning)
                    return false;
                var now = clock.GetTimestamp();
                var next = long.MaxValue;
                foreach (var timer in _timers)
                {
                    if (timer.TryGoOff(now))
                        due.Add(timer);
                    else
                        next = Math.Min(next, timer.DueAt);
                }
                if (due.Count > 0)
                    return true;
                _wakesAt = next;
                var wait = next == long.MaxValue ? Timeout.Infinite : (int)Math.Min(int.MaxValue, Math.Ceiling(clock.GetElapsedTime(now, next).TotalMilliseconds));
                Monitor.Wait(_gate, wait);
                _wakesAt = long.MinValue;
            }
        }
    }

    /// <summary>What belongs to the clock is under its lock.</summary>
    private sealed class FineTimer(FineTime owner, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        public long DueAt { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(period, Timeout.InfiniteTimeSpan);
            lock (owner._gate)
            {
                if (_isDisposed)
                    return false;
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : owner.GetTimestamp() + (long)(dueTime.TotalSeconds * owner.TimestampFrequency);
                if (DueAt < owner._wakesAt)
                    Monitor.Pulse(owner._gate);
                return true;
            }
        }

        public bool TryGoOff(long now)
        {
            if (DueAt > now)
                return false;
            DueAt = long.MaxValue;
            return true;
        }

        public void GoOff() => callback(state);

        public void Dispose()
        {
            lock (owner._gate)
            {
                _isDisposed = true;
                owner._timers.Remove(this);
                Monitor.Pulse(owner._gate);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
