using Akka.Event;

namespace Akka.Remote;

/// <summary>What happens to remoting and its connections; published on the event stream.</summary>
public abstract class RemotingLifecycleEvent
{
    /// <summary>How important it is to a log's reader.</summary>
    public abstract LogLevel LogLevel();
}
