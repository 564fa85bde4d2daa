using Akka.Actor;

namespace Akka.Event;

/// <summary>Logs dead letters, up to <c>akka.log-dead-letters</c> of them, and goes on after <c>akka.log-dead-letters-suspend-duration</c>.</summary>
public class DeadLetterListener : ActorBase
{
    private readonly EventStream _eventStream = Context.System.EventStream;
    private readonly Settings _settings = Context.System.Settings;
    private TimeSpan? _silentUntil;
    private int _count;

    protected override void PreStart()
    {
        _eventStream.Subscribe(Self, typeof(DeadLetter));
        _eventStream.Subscribe(Self, typeof(Dropped));
        _eventStream.Subscribe(Self, typeof(UnhandledMessage));
    }

    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop() => _eventStream.Unsubscribe(Self);

    protected override bool Receive(object message)
    {
        if (message is not AllDeadLetters letter || (letter is UnhandledMessage && !_settings.DebugUnhandledMessage))
            return true;
        if (letter is UnhandledMessage)
        {
            Log(letter, "");
            return true;
        }
        var now = Context.System.Scheduler.MonotonicClock;
        if (_silentUntil is { } until)
        {
            if (now < until)
                return true;
            _silentUntil = null;
            _count = 0;
        }
        _count++;
        var max = _settings.LogDeadLetters;
        if (max == int.MaxValue || _count < max)
        {
            Log(letter, "");
        }
        else if (_count == max)
        {
            var suspend = _settings.LogDeadLettersSuspendDuration;
            var forever = suspend == Timeout.InfiniteTimeSpan;
            _silentUntil = forever ? TimeSpan.MaxValue : now + suspend;
            Log(letter, forever ? ", no further one is logged" : $", none is logged for {suspend}");
        }
        return true;
    }

    private void Log(AllDeadLetters letter, string more)
    {
        var (source, type) = (letter.Recipient?.Path.ToString() ?? "", letter.Recipient?.GetType() ?? typeof(DeadLetterListener));
        var from = letter.Sender is null or DeadLetterActorRef ? "without sender" : $"from {letter.Sender}";
        var what = $"[{letter.Message.GetType().Name}] {from} to {letter.Recipient}";
        _eventStream.Publish(letter switch
        {
            UnhandledMessage => (LogEvent)new Debug(source, type, $"Unhandled message {what}: {letter.Message}"),
            Dropped dropped => new Info(source, type, $"Dropped {what}: {dropped.Reason} (dead letter {_count}{more})"),
            _ => new Info(source, type, $"Nobody received {what} (dead letter {_count}{more})"),
        });
    }
}
