using Akka.Event;

namespace Akka.TestKit.Internal;

/// <summary>A condition on log events that counts those that meet it. Runs in the logger's turn; the count may be read anywhere.</summary>
internal sealed class LogEventFilter(string description, Func<LogEvent, bool> matches) : IEventFilter
{
    /// <summary>Hears of each match, when somebody counts.</summary>
    public Action? Matched { get; set; }

    public bool Apply(LogEvent logEvent)
    {
        if (!matches(logEvent))
            return false;
        Matched?.Invoke();
        return true;
    }

    public override string ToString() => description;
}
