using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>
/// A scheduler whose time stands still until the test moves it. What becomes due is done on the test's thread, in the order of its time.
/// Chosen by <c>akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"</c>.
/// </summary>
public class TestScheduler : IScheduler, IAdvancedScheduler
{
    private readonly PriorityQueue<Entry, (DateTimeOffset Due, long Order)> _queue = new();
    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow;
    private readonly ILoggingAdapter _log;
    private DateTimeOffset _now;
    private long _order;

    public TestScheduler(Config schedulerConfig, ILoggingAdapter log)
    {
        _log = log;
        _now = _start;
    }

    public DateTimeOffset Now => TimeNow;

    public TimeSpan MonotonicClock => TimeNow - _start;

    public TimeSpan HighResMonotonicClock => TimeNow - _start;

    public IAdvancedScheduler Advanced => this;

    protected DateTimeOffset TimeNow
    {
        get
        {
            lock (_queue)
                return _now;
        }
    }

    /// <summary>Moves time on, doing what becomes due on the way, also what that adds.</summary>
    public void Advance(TimeSpan offset) => AdvanceTo(TimeNow + offset);

    public void AdvanceTo(DateTimeOffset when)
    {
        if (when < TimeNow)
            throw new InvalidOperationException($"time does not go back: it is {TimeNow:O}, asked for was {when:O}");
        while (TakeDue(when) is { } entry)
        {
            if (entry.Cancelable is { IsCancellationRequested: true })
                continue;
            try
            {
                entry.Work();
            }
            catch (Exception e)
            {
                _log.Error(e, "scheduled work failed: {0}", e.Message);
            }
            if (entry.Interval is { } interval)
                Enqueue(entry with { Due = entry.Due + interval });
        }
    }

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender) =>
        ScheduleTellOnce(delay, receiver, message, sender, null);

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable) =>
        Schedule(delay, null, () => receiver.Tell(message, sender), cancelable);

    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender) =>
        ScheduleTellRepeatedly(initialDelay, interval, receiver, message, sender, null);

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    public void ScheduleOnce(TimeSpan delay, Action action) => ScheduleOnce(delay, action, null);

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) => Schedule(delay, null, action, cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        ScheduleRepeatedly(initialDelay, interval, action, null);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    public void ScheduleOnce(TimeSpan delay, IRunnable action) => ScheduleOnce(delay, action, null);

    public void ScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) => Schedule(delay, null, action.Run, cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action) =>
        ScheduleRepeatedly(initialDelay, interval, action, null);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan? interval, Action work, ICancelable? cancelable)
    {
        if (delay < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(delay), delay, "the delay must not be negative");
        if (interval <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(interval), interval, "the interval must be greater than zero");
        Enqueue(new Entry(TimeNow + delay, interval, work, cancelable));
    }

    private void Enqueue(Entry entry)
    {
        lock (_queue)
            _queue.Enqueue(entry, (entry.Due, _order++));
    }

    private Entry? TakeDue(DateTimeOffset until)
    {
        lock (_queue)
        {
            if (!_queue.TryPeek(out var entry, out _) || entry.Due > until)
            {
                _now = until;
                return null;
            }
            _queue.Dequeue();
            if (entry.Due > _now)
                _now = entry.Due;
            return entry;
        }
    }

    private sealed record Entry(DateTimeOffset Due, TimeSpan? Interval, Action Work, ICancelable? Cancelable);
}
