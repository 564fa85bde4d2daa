using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>Makes the dispatcher that a section of the configuration describes.</summary>
public abstract class MessageDispatcherConfigurator
{
    protected MessageDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    public Config Config { get; }

    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>The dispatcher for the next actor: always the same one unless the kind gives each actor its own.</summary>
    public abstract MessageDispatcher Dispatcher();
}
