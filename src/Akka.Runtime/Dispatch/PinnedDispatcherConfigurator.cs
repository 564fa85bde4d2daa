using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>A thread for each actor.</summary>
internal sealed class PinnedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : MessageDispatcherConfigurator(config, prerequisites)
{
    public override MessageDispatcher Dispatcher() => new DedicatedThreadsDispatcher(this, threadCount: 1, endsWithActor: true);
}
