using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>The logger of tests: prints what no filter has muted, and lets filters see dead letters as warnings.</summary>
public class TestEventListener : DefaultLogger
{
    private readonly List<IEventFilter> _filters = [];

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger initialize:
                foreach (var type in new[] { typeof(MuteFilters), typeof(UnmuteFilters), typeof(DeadLetter), typeof(UnhandledMessage) })
                    initialize.LoggingBus.Subscribe(Context.Self, type);
                Sender.Tell(new LoggerInitialized());
                return true;
            case MuteFilters mute:
                _filters.AddRange(mute.Filters);
                mute.Done.TrySetResult();
                return true;
            case UnmuteFilters unmute:
                foreach (var filter in unmute.Filters)
                    _filters.Remove(filter);
                return true;
            case LogEvent logEvent:
                if (!IsMuted(logEvent))
                    Print(logEvent);
                return true;
            case DeadLetter letter:
                OnDeadLetter(letter);
                return true;
            case UnhandledMessage unhandled:
                var line = new Warning(
                    unhandled.Recipient.Path.ToString(), unhandled.Recipient.GetType(), $"Unhandled message from {unhandled.Sender}: {unhandled.Message}");
                if (!IsMuted(line))
                    Print(line);
                return true;
            default:
                return base.Receive(message);
        }
    }

    private bool IsMuted(LogEvent logEvent) => _filters.Count > 0 && _filters.ToArray().Any(filter => filter.Apply(logEvent));

    private void OnDeadLetter(DeadLetter letter)
    {
        if (letter.Message is Dispatch.SysMsg.SystemMessage)
            return;
        var line = new Warning(letter.Recipient.Path.ToString(), letter.Recipient.GetType(), letter);
        IsMuted(line);
    }
}
