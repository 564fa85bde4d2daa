using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Dispatch;

/// <summary>The dispatchers of a system by the path of their configuration.</summary>
public sealed class Dispatchers
{
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";

    internal const string InternalDispatcherId = "akka.actor.internal-dispatcher";

    private readonly ConcurrentDictionary<string, MessageDispatcherConfigurator> _configurators = new();
    private readonly ActorSystem _system;

    internal Dispatchers(ActorSystem system, IDispatcherPrerequisites prerequisites)
    {
        _system = system;
        Prerequisites = prerequisites;
        DefaultGlobalDispatcher = Lookup(DefaultDispatcherId);
    }

    public IDispatcherPrerequisites Prerequisites { get; }

    public MessageDispatcher DefaultGlobalDispatcher { get; }

    public Config DefaultDispatcherConfig => _system.Settings.Config.GetConfig(DefaultDispatcherId);

    public bool HasDispatcher(string id) => _configurators.ContainsKey(id) || _system.Settings.Config.HasPath(id);

    /// <summary>The dispatcher configured at that path. A missing path is an error.</summary>
    public MessageDispatcher Lookup(string dispatcherName) =>
        _configurators.GetOrAdd(string.IsNullOrEmpty(dispatcherName) ? DefaultDispatcherId : dispatcherName, MakeConfigurator).Dispatcher();

    public bool RegisterConfigurator(string id, MessageDispatcherConfigurator configurator) => _configurators.TryAdd(id, configurator);

    internal void ShutDown()
    {
        foreach (var configurator in _configurators.Values)
        {
            if (configurator is not PinnedDispatcherConfigurator)
                configurator.Dispatcher().ShutDown();
        }
    }

    private MessageDispatcherConfigurator MakeConfigurator(string id)
    {
        var settings = _system.Settings.Config;
        if (!settings.HasPath(id))
            throw new ConfigurationException($"Dispatcher [{id}] is not configured");
        var config = ConfigurationFactory.ParseString($"id = \"{id}\"")
            .WithFallback(settings.GetConfig(id))
            .WithFallback(settings.GetConfig(DefaultDispatcherId));
        var type = config.GetString("type", "Dispatcher");
        return type switch
        {
            "Dispatcher" when config.GetString("executor", "") == "fork-join-executor" => new DedicatedThreadsConfigurator(config, Prerequisites),
            "Dispatcher" or "TaskDispatcher" => new ThreadPoolDispatcherConfigurator(config, Prerequisites),
            "ForkJoinDispatcher" => new DedicatedThreadsConfigurator(config, Prerequisites),
            "PinnedDispatcher" => new PinnedDispatcherConfigurator(config, Prerequisites),
            _ => Custom(type, id, config),
        };
    }

    private MessageDispatcherConfigurator Custom(string type, string id, Config config)
    {
        var found = TypeResolver.Resolve(type, $"{id}.type");
        return Activator.CreateInstance(found, config, Prerequisites) as MessageDispatcherConfigurator
            ?? throw new ConfigurationException($"{id}.type: [{type}] is no MessageDispatcherConfigurator");
    }
}
