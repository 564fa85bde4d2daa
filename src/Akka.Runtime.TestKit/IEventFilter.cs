using Akka.Event;

namespace Akka.TestKit;

/// <summary>Says which log events the test knows of.</summary>
public interface IEventFilter
{
    bool Apply(LogEvent logEvent);
}
