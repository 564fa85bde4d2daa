using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The default scheduler: a <see cref="TimerWheel"/> with <c>tick-duration</c> and <c>ticks-per-wheel</c>. Repeated work keeps its rate:
/// each time is an interval after the one that was due before, not after the one that was late.
/// </summary>
public sealed class HashedWheelTimerScheduler : SchedulerBase, IDisposable
{
    public HashedWheelTimerScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log)
    {
        var tick = scheduler.GetTimeSpan("akka.scheduler.tick-duration", TimeSpan.FromMilliseconds(10));
        var slots = scheduler.GetInt("akka.scheduler.ticks-per-wheel", 512);
        if (tick < TimeSpan.FromMilliseconds(1))
            throw new ConfigurationException($"akka.scheduler.tick-duration is {tick}; it must be 1ms at least");
        Wheel = new TimerWheel(tick, slots, "akka-scheduler");
    }

    public override TimeSpan MonotonicClock => Wheel.Elapsed;

    public override TimeSpan HighResMonotonicClock => Wheel.Elapsed;

    internal TimerWheel Wheel { get; }

    protected override DateTimeOffset TimeNow => DateTimeOffset.Now;

    public void Dispose() => Wheel.Dispose();

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable) =>
        new ScheduledTell(this, receiver, message, sender, cancelable).Start(delay, null);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable) =>
        new ScheduledTell(this, receiver, message, sender, cancelable).Start(initialDelay, interval);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        new ScheduledAction(this, action, cancelable).Start(delay, null);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        new ScheduledAction(this, action.Run, cancelable).Start(delay, null);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        new ScheduledAction(this, action, cancelable).Start(initialDelay, interval);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        new ScheduledAction(this, action.Run, cancelable).Start(initialDelay, interval);

    private abstract class Scheduled(HashedWheelTimerScheduler scheduler, ICancelable? cancelable) : ITimeout, ICanceled
    {
        private TimeSpan? _interval;
        private TimeSpan _due;
        private WheelTimer? _timer;

        public void Start(TimeSpan delay, TimeSpan? interval)
        {
            if (cancelable is { IsCancellationRequested: true })
                return;
            _interval = interval;
            _due = scheduler.Wheel.Elapsed + delay;
            Volatile.Write(ref _timer, scheduler.Wheel.Add(delay, this));
            switch (cancelable)
            {
                case Cancelable known:
                    known.Listen(this);
                    break;
                case not null when cancelable.Token.CanBeCanceled:
                    cancelable.Token.UnsafeRegister(static self => ((Scheduled)self!).OnCancelled(), this);
                    break;
            }
        }

        public void OnCancelled() => Volatile.Read(ref _timer)?.Cancel();

        public void OnTimeout()
        {
            if (cancelable is { IsCancellationRequested: true })
                return;
            try
            {
                Work();
            }
            catch (Exception e)
            {
                scheduler.Log.Error(e, "scheduled work failed: {0}", e.Message);
            }
            if (_interval is not { } interval || cancelable is { IsCancellationRequested: true })
                return;
            _due += interval;
            try
            {
                Volatile.Write(ref _timer, scheduler.Wheel.Add(_due - scheduler.Wheel.Elapsed, this));
            }
            catch (SchedulerException)
            {
                // Shut down meanwhile: the repetition ends with it.
            }
            if (cancelable is { IsCancellationRequested: true })
                OnCancelled();
        }

        protected abstract void Work();
    }

    private sealed class ScheduledTell(
        HashedWheelTimerScheduler scheduler, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable)
        : Scheduled(scheduler, cancelable)
    {
        protected override void Work() => receiver.Tell(message, sender);
    }

    private sealed class ScheduledAction(HashedWheelTimerScheduler scheduler, Action action, ICancelable? cancelable)
        : Scheduled(scheduler, cancelable)
    {
        protected override void Work() => action();
    }
}
