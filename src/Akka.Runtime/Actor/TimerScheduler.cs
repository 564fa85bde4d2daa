using System.Diagnostics.CodeAnalysis;

namespace Akka.Actor;

/// <summary>
/// The keyed timers of one actor. Each start gives the timer a new generation, and a tick of an older one is dropped: after a cancel,
/// a restart of the key or a restart of the actor nothing arrives any more, even if it is in the mailbox already.
/// In the actor's turns only.
/// </summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, Timer> _timers = [];
    private long _generation;

    public IReadOnlyCollection<object> ActiveTimers => _timers.Keys;

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => StartSingleTimer(key, msg, timeout, cell.Self);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender)
    {
        var tick = NewTick(key, msg);
        var cancelable = new Cancelable(cell.System.Scheduler);
        _timers[key] = new Timer(tick, cancelable, Repeats: false);
        cell.System.Scheduler.ScheduleTellOnce(timeout, cell.Self, tick, sender, cancelable);
    }

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => StartPeriodicTimer(key, msg, interval, interval, cell.Self);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender) =>
        StartPeriodicTimer(key, msg, interval, interval, sender);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) =>
        StartPeriodicTimer(key, msg, initialDelay, interval, cell.Self);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender)
    {
        var tick = NewTick(key, msg);
        var cancelable = new Cancelable(cell.System.Scheduler);
        _timers[key] = new Timer(tick, cancelable, Repeats: true);
        cell.System.Scheduler.ScheduleTellRepeatedly(initialDelay, interval, cell.Self, tick, sender, cancelable);
    }

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer))
            timer.Cancelable.Cancel();
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values)
            timer.Cancelable.Cancel();
        _timers.Clear();
    }

    /// <summary>The message of a tick that has come; false if its timer was cancelled or replaced meanwhile.</summary>
    internal bool TryTake(Tick tick, [NotNullWhen(true)] out object? message)
    {
        message = null;
        if (!ReferenceEquals(tick.Owner, this) || !_timers.TryGetValue(tick.Key, out var timer) || timer.Tick.Generation != tick.Generation)
            return false;
        if (!timer.Repeats)
            _timers.Remove(tick.Key);
        message = tick.Message;
        return true;
    }

    private Tick NewTick(object key, object msg)
    {
        Cancel(key);
        return msg is INotInfluenceReceiveTimeout
            ? new QuietTick(this, key, ++_generation, msg)
            : new Tick(this, key, ++_generation, msg);
    }

    internal class Tick(TimerScheduler owner, object key, long generation, object message) : IWrappedMessage, INoSerializationVerificationNeeded
    {
        public TimerScheduler Owner { get; } = owner;

        public object Key { get; } = key;

        public long Generation { get; } = generation;

        public object Message { get; } = message;
    }

    private sealed class QuietTick(TimerScheduler owner, object key, long generation, object message)
        : Tick(owner, key, generation, message), INotInfluenceReceiveTimeout;

    private readonly record struct Timer(Tick Tick, ICancelable Cancelable, bool Repeats);
}
