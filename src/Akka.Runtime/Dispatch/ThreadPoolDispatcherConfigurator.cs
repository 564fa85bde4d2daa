using Akka.Configuration;

namespace Akka.Dispatch;

internal sealed class ThreadPoolDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly ThreadPoolDispatcher _dispatcher;

    public ThreadPoolDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new ThreadPoolDispatcher(this);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
