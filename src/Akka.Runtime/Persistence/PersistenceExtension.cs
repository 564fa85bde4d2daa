using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Persistence;

/// <summary>
/// The journals and snapshot stores of one actor system, each started when it is first asked for as a system actor that is named like
/// its configuration path. Any thread.
/// </summary>
public class PersistenceExtension : IExtension
{
    private const string JournalFallback = "akka.persistence.journal-plugin-fallback";
    private const string SnapshotStoreFallback = "akka.persistence.snapshot-store-plugin-fallback";
    private const string NoSnapshotStore = "akka.persistence.no-snapshot-store";

    private readonly ExtendedActorSystem _system;
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _plugins = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TimeSpan> _eventTimeouts = new(StringComparer.Ordinal);
    private readonly string _defaultJournal;
    private readonly string _defaultSnapshotStore;

    public PersistenceExtension(ExtendedActorSystem system)
    {
        _system = system;
        system.Settings.InjectTopLevelFallback(Persistence.DefaultConfig());
        var config = system.Settings.Config;
        _defaultJournal = config.GetString("akka.persistence.journal.plugin", "");
        var snapshotStore = config.GetString("akka.persistence.snapshot-store.plugin", "");
        _defaultSnapshotStore = string.IsNullOrEmpty(snapshotStore) ? NoSnapshotStore : snapshotStore;
        RecoveryPermits = new RecoveryPermits(Math.Max(1, config.GetInt("akka.persistence.max-concurrent-recoveries", 50)));
        foreach (var journal in config.GetStringList("akka.persistence.journal.auto-start-journals"))
        {
            JournalFor(journal);
        }

        foreach (var store in config.GetStringList("akka.persistence.snapshot-store.auto-start-snapshot-stores"))
        {
            SnapshotStoreFor(store);
        }
    }

    internal RecoveryPermits RecoveryPermits { get; }

    /// <summary>The journal of a plugin id, started if need be; the default one for an empty id.</summary>
    public IActorRef JournalFor(string journalPluginId) =>
        Plugin(string.IsNullOrEmpty(journalPluginId) ? _defaultJournal : journalPluginId, JournalFallback, "akka.persistence.journal.plugin");

    /// <summary>The snapshot store of a plugin id, started if need be; the default one, or one that has none, for an empty id.</summary>
    public IActorRef SnapshotStoreFor(string snapshotPluginId) =>
        Plugin(
            string.IsNullOrEmpty(snapshotPluginId) ? _defaultSnapshotStore : snapshotPluginId,
            SnapshotStoreFallback,
            "akka.persistence.snapshot-store.plugin");

    /// <summary>A reference's path without its address: an id for actors that need none of their own.</summary>
    public string PersistenceId(IActorRef actor) => actor.Path.ToStringWithoutAddress();

    internal static Config JournalConfig(ActorSystem system, string pluginId) => PluginConfig(system, pluginId, JournalFallback);

    internal static Config SnapshotStoreConfig(ActorSystem system, string pluginId) => PluginConfig(system, pluginId, SnapshotStoreFallback);

    internal TimeSpan RecoveryEventTimeout(string journalPluginId) => _eventTimeouts.GetOrAdd(
        string.IsNullOrEmpty(journalPluginId) ? _defaultJournal : journalPluginId,
        static (id, system) => JournalConfig(system, id).GetTimeSpan("recovery-event-timeout", TimeSpan.FromSeconds(30)),
        _system);

    private static Config PluginConfig(ActorSystem system, string pluginId, string fallback)
    {
        var config = system.Settings.Config;
        return (config.HasPath(pluginId) ? config.GetConfig(pluginId) : Config.Empty).WithFallback(config.GetConfig(fallback));
    }

    private IActorRef Plugin(string pluginId, string fallback, string defaultKey)
    {
        if (string.IsNullOrEmpty(pluginId))
        {
            throw new ConfigurationException($"{defaultKey} names no plugin, and the persistent actor names none either");
        }

        return _plugins.GetOrAdd(pluginId, id => new Lazy<IActorRef>(() => Start(id, fallback))).Value;
    }

    private IActorRef Start(string pluginId, string fallback)
    {
        if (!_system.Settings.Config.HasPath(pluginId))
        {
            throw new ConfigurationException($"there is no configuration for the persistence plugin {pluginId}");
        }

        var config = PluginConfig(_system, pluginId, fallback);
        var className = config.GetString("class", "");
        if (string.IsNullOrEmpty(className))
        {
            throw new ConfigurationException($"{pluginId}.class is missing: the persistence plugin names no class");
        }

        var type = TypeResolver.Resolve(className, pluginId + ".class");
        var arguments = type.GetConstructor([typeof(Config)]) is null ? Array.Empty<object>() : [config];
        var props = Props.Create(type, arguments).WithDispatcher(config.GetString("plugin-dispatcher", ""));
        return _system.SystemActorOf(props, pluginId);
    }
}
