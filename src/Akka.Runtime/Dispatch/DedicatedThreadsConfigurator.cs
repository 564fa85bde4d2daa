using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>A fixed number of threads that all actors of the dispatcher share.</summary>
internal sealed class DedicatedThreadsConfigurator : MessageDispatcherConfigurator
{
    private readonly DedicatedThreadsDispatcher _dispatcher;

    public DedicatedThreadsConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new DedicatedThreadsDispatcher(this, ThreadCount(config), endsWithActor: false);

    public override MessageDispatcher Dispatcher() => _dispatcher;

    private static int ThreadCount(Config config)
    {
        if (config.HasPath("dedicated-thread-pool.thread-count"))
            return Math.Max(1, config.GetInt("dedicated-thread-pool.thread-count"));
        var wanted = (int)Math.Ceiling(Environment.ProcessorCount * config.GetDouble("fork-join-executor.parallelism-factor", 1));
        var least = config.GetInt("fork-join-executor.parallelism-min", 8);
        return Math.Clamp(wanted, least, Math.Max(least, config.GetInt("fork-join-executor.parallelism-max", 64)));
    }
}
