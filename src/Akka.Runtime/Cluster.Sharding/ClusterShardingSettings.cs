using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>The section <c>akka.cluster.sharding</c>.</summary>
public sealed class ClusterShardingSettings : INoSerializationVerificationNeeded
{
    /// <summary>Null for all nodes.</summary>
    public readonly string Role;
    public readonly bool RememberEntities;

    /// <summary>Zero for never.</summary>
    public readonly TimeSpan PassivateIdleEntityAfter;
    public readonly StateStoreMode StateStoreMode;
    public readonly TimeSpan ShardRegionQueryTimeout;
    public readonly TuningParameters TuningParameters;
    public readonly ClusterSingletonManagerSettings CoordinatorSingletonSettings;

    private ClusterShardingSettings(
        string? role,
        TimeSpan passivateIdleEntityAfter,
        StateStoreMode stateStoreMode,
        TimeSpan queryTimeout,
        TuningParameters tuning,
        ClusterSingletonManagerSettings coordinatorSingleton)
    {
        Role = role!;
        PassivateIdleEntityAfter = passivateIdleEntityAfter;
        StateStoreMode = stateStoreMode;
        ShardRegionQueryTimeout = queryTimeout;
        TuningParameters = tuning;
        CoordinatorSingletonSettings = coordinatorSingleton;
    }

    public static ClusterShardingSettings Create(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSharding.DefaultConfig());
        var config = system.Settings.Config;
        var section = config.GetConfig("akka.cluster.sharding");
        return Create(section, config.GetConfig(section.GetString("coordinator-singleton", "akka.cluster.singleton")));
    }

    public static ClusterShardingSettings Create(Config config, Config singletonConfig)
    {
        if (config.IsNullOrEmpty())
        {
            throw ConfigurationException.NullOrEmptyConfig<ClusterShardingSettings>("akka.cluster.sharding");
        }

        RefuseRemembering(config.GetBoolean("remember-entities"));
        var idle = config.GetString("passivate-idle-entity-after", "off");
        var role = config.GetString("role", "");
        return new ClusterShardingSettings(
            string.IsNullOrEmpty(role) ? null : role,
            idle is "off" ? TimeSpan.Zero : config.GetTimeSpan("passivate-idle-entity-after"),
            config.GetString("state-store-mode", "persistence").ToLowerInvariant() switch
            {
                "persistence" => StateStoreMode.Persistence,
                "ddata" => StateStoreMode.DData,
                var mode => throw new ConfigurationException($"akka.cluster.sharding.state-store-mode is '{mode}'; allowed: persistence, ddata"),
            },
            config.GetTimeSpan("shard-region-query-timeout", TimeSpan.FromSeconds(3)),
            new TuningParameters(config),
            ClusterSingletonManagerSettings.Create(singletonConfig));
    }

    public ClusterShardingSettings WithRole(string role) => new(
        role, PassivateIdleEntityAfter, StateStoreMode, ShardRegionQueryTimeout, TuningParameters, CoordinatorSingletonSettings);

    public ClusterShardingSettings WithRememberEntities(bool rememberEntities)
    {
        RefuseRemembering(rememberEntities);
        return this;
    }

    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration) => new(
        Role, duration, StateStoreMode, ShardRegionQueryTimeout, TuningParameters, CoordinatorSingletonSettings);

    public ClusterShardingSettings WithStateStoreMode(StateStoreMode mode) => new(
        Role, PassivateIdleEntityAfter, mode, ShardRegionQueryTimeout, TuningParameters, CoordinatorSingletonSettings);

    public ClusterShardingSettings WithTuningParameters(TuningParameters tuningParameters) => new(
        Role, PassivateIdleEntityAfter, StateStoreMode, ShardRegionQueryTimeout, tuningParameters, CoordinatorSingletonSettings);

    public ClusterShardingSettings WithCoordinatorSingletonSettings(ClusterSingletonManagerSettings coordinatorSingletonSettings) => new(
        Role, PassivateIdleEntityAfter, StateStoreMode, ShardRegionQueryTimeout, TuningParameters, coordinatorSingletonSettings);

    private static void RefuseRemembering(bool rememberEntities)
    {
        if (rememberEntities)
        {
            throw new ConfigurationException("akka.cluster.sharding.remember-entities: this runtime does not remember entities; allowed: off");
        }
    }
}
